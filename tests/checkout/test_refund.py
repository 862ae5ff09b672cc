"""Refunds by line and quantity: whatever the steps, they sum to the whole, and the books balance."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.checkout.payment import order_claim, payment_cell, payment_line, payment_part, redemption
from engine.errors import Invalid
from engine.ledger.counters import counter
from engine.programs.coupon import coupon
from engine.rules.benefits.points import Points
from engine.rules.campaign import RefundRule, Schedule
from tests import make
from tests.checkout.town import CUCUMBER, MANGO, NOODLES, START, TEA, TENANT, Town, body, discounts, problem


async def used(town: Town, campaign_id: str, limit: str) -> int:
    rows = await town.rows(counter, tenant_id=TENANT, campaign_id=campaign_id, limit_name=limit)
    return sum(row["used"] for row in rows)


async def test_one_of_three_lines_comes_back_to_the_cent(corridor: Town) -> None:
    # Cucumber: 11.29 paid, 0.71 of the platform's 5.00. Points 80 x 11.29 / 80.00 = 11.29: 11. Red packet and voucher stay.
    await corridor.join("lin")
    await corridor.join("wei", balance=30000, invited_by="lin")
    payment = await corridor.paid("wei", {**NOODLES, "quantity": 2}, CUCUMBER, TEA)
    before = await corridor.balance("wei")
    done = await corridor.refunded(payment.payment_id, {"cucumber": 1})
    assert done.refund.amount_minor == 1129
    assert {part.funder: part.amount_minor for part in done.refund.funders} == {"platform": 71}
    assert (done.refund.points_clawed_back, done.refund.coupons_clawed_back) == (11, ())
    assert await corridor.balance("wei") == before + 1129
    assert await corridor.points("wei") == 69
    assert done.payment.refunded_minor == 1129
    assert {line.line_id: line.refunded_minor for line in done.payment.lines} == {
        "noodles": 0,
        "cucumber": 1129,
        "tea": 0,
    }
    # The fee was 0.46 of 76.00; of 12.00 that is 0.0726: 0.07.
    [part] = await corridor.rows(payment_part, tenant_id=TENANT, merchant_id="noodle-house")
    assert part["returned_fee_minor"] == 7
    assert await corridor.account("payable:noodle-house") == 7153 + 447 - 46 - 1129 - 71 + 7
    await corridor.assert_books()


async def test_more_than_was_bought_is_refused_and_changes_nothing(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    payment = await corridor.paid("wei", {**NOODLES, "quantity": 2})
    await corridor.refunded(payment.payment_id, {"noodles": 1})
    before = await corridor.balance("wei"), await corridor.rows(payment_line, tenant_id=TENANT)
    answer = await corridor.refund(payment.payment_id, {"noodles": 2})
    assert problem(answer) == ("refused", "refund_exceeds_payment")
    assert body(answer)["fields"]["left"] == 1
    assert (await corridor.balance("wei"), await corridor.rows(payment_line, tenant_id=TENANT)) == before


async def test_line_that_was_not_sold_is_invalid(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    payment = await corridor.paid("wei", NOODLES)
    with pytest.raises(Invalid, match="no line"):
        await corridor.refund(payment.payment_id, {"nothing": 1})


async def test_same_key_refunds_once(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    payment = await corridor.paid("wei", {**NOODLES, "quantity": 3})
    answers = await asyncio.gather(*(corridor.refund(payment.payment_id, {"noodles": 1}, key="k") for _ in range(20)))
    assert len(set(answers)) == 1
    [line] = await corridor.rows(payment_line, tenant_id=TENANT)
    assert line["refunded_quantity"] == 1


async def test_refunds_at_once_never_give_back_more_than_was_paid(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    payment = await corridor.paid("wei", {**NOODLES, "quantity": 3})
    answers = await asyncio.gather(*(corridor.refund(payment.payment_id, {"noodles": 2}) for _ in range(5)))
    assert sorted(map(problem, answers)) == [("done", ""), *[("refused", "refund_exceeds_payment")] * 4]
    await corridor.assert_books()


async def test_full_refund_gives_limits_back_but_not_the_first_order(town: Town) -> None:
    town.run(make.campaign("off", make.amount_off(500), limits={"budget_minor": 10_000, "uses_per_member": 1}))
    await town.join("wei", balance=30000)
    payment = await town.paid("wei", {**NOODLES, "quantity": 2})
    await town.refunded(payment.payment_id, {"noodles": 1})
    assert (await used(town, "off", "budget"), await used(town, "off", "uses")) == (250, 1)
    await town.refunded(payment.payment_id)
    assert (await used(town, "off", "budget"), await used(town, "off", "uses")) == (0, 0)
    assert await used(town, "", "orders") == 2  # the member's and the phone's
    assert {row["state"] for row in await town.rows(redemption, tenant_id=TENANT)} == {"returned"}
    [claim] = await town.rows(order_claim, tenant_id=TENANT)
    assert claim["state"] == "held"
    assert await town.balance("wei") == 30000
    await town.assert_books()


async def test_terms_of_the_version_that_decided_say_what_comes_back(town: Town) -> None:
    kept = RefundRule(budget="spent", uses="spent")
    town.run(make.campaign("off", make.amount_off(500), limits={"budget_minor": 10_000, "uses_total": 5}, refund=kept))
    await town.join("wei", balance=30000)
    payment = await town.paid("wei", NOODLES)
    town.run()
    await town.refunded(payment.payment_id)
    assert (await used(town, "off", "budget"), await used(town, "off", "uses")) == (500, 1)
    await town.assert_books()


@pytest.mark.parametrize(("days", "state"), [(6, "usable"), (8, "expired")])
async def test_used_coupon_comes_back_with_the_whole_payment(corridor: Town, days: int, state: str) -> None:
    # Issued on 6 March at noon for 7 days: valid through 13 March, Shanghai.
    await corridor.join("wei", balance=50000)
    await corridor.paid("wei", {**NOODLES, "quantity": 3})
    payment = await corridor.paid("wei", {**NOODLES, "quantity": 2})
    assert discounts(payment) == {"noodle-voucher": 1200}
    corridor.wait(days=days)
    half = await corridor.refunded(payment.payment_id, {"noodles": 1})
    assert half.refund.coupons_returned == ()
    done = await corridor.refunded(payment.payment_id)
    [row] = await corridor.rows(coupon, tenant_id=TENANT)
    assert done.refund.coupons_returned == (row["coupon_id"],)
    assert (row["state"], row["payment_id"], row["used_at"]) == (state, "", None)
    await corridor.assert_books()


@pytest.mark.parametrize(("days", "left"), [(1, 0), (3, 1)])
async def test_flash_stock_returns_only_while_the_deal_runs(town: Town, days: int, left: int) -> None:
    runs = Schedule(timezone="Asia/Shanghai", start=START - timedelta(days=1), until=START + timedelta(days=2))
    town.run(make.campaign("flash", make.fixed_price(990), phase="item", schedule=runs, limits={"units_total": 5}))
    await town.join("wei", balance=30000)
    payment = await town.paid("wei", MANGO)
    town.wait(days=days)
    await town.refunded(payment.payment_id)
    assert await used(town, "flash", "units") == left
    await town.assert_books()


async def test_payment_of_nothing_gives_the_funders_their_part_back(town: Town) -> None:
    town.run(make.campaign("free", make.percent_off(100), limits={"budget_minor": 10_000}))
    await town.join("wei")
    payment = await town.paid("wei", {**CUCUMBER, "quantity": 2})
    done = await town.refunded(payment.payment_id, {"cucumber": 1})
    assert (done.refund.amount_minor, [part.amount_minor for part in done.refund.funders]) == (0, [1200])
    assert await town.account("funder:platform") == -1200
    await town.refunded(payment.payment_id)
    assert await town.account("funder:platform") == 0
    assert await used(town, "free", "budget") == 0
    await town.assert_books()


lines_bought = st.lists(st.tuples(st.integers(1, 7), st.integers(0, 5_000), st.booleans()), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    bought=lines_bought,
    off=st.integers(1, 3_000),
    percent=st.integers(1, 60),
    share=st.integers(0, 100),
)
def test_any_refunds_sum_to_the_whole(
    sqlite_town: Any, data: st.DataObject, bought: list[tuple[int, int, bool]], off: int, percent: int, share: int
) -> None:
    funded = make.funding(platform=share, merchant=100 - share)
    lines = [
        {**NOODLES, "id": f"l{place}", "quantity": quantity, "unit_price_minor": price}
        | ({"merchant_id": "tea-corner"} if tea and place else {})
        for place, (quantity, price, tea) in enumerate(bought)
    ]
    draws = st.permutations([line["id"] for line in lines for _ in range(line["quantity"])])
    order = data.draw(draws)
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=len(order), max_size=len(order)))

    async def story(town: Town) -> None:
        town.run(
            make.campaign("off", make.amount_off(off), funding=funded, limits={"budget_minor": 10**9}),
            make.campaign("percent", make.percent_off(percent), group="x", phase="item"),
            make.campaign("points", Points(earn_points=1, every_minor=100), phase="reward"),
        )
        await town.join("wei", balance=10**6)
        payment = await town.paid("wei", *lines)
        left, back, step = list(order), 0, 0
        while left:
            taken, left = left[: sizes[step]], left[sizes[step] :]
            done = await town.refunded(payment.payment_id, {id_: taken.count(id_) for id_ in taken})
            assert done.refund.amount_minor >= 0
            back, step = back + done.refund.amount_minor, step + 1
        assert back == payment.paid_minor
        assert await town.balance("wei") == 10**6
        assert await town.points("wei") == 0
        for name in ("payable:noodle-house", "payable:tea-corner", "funder:platform", "fees"):
            assert await town.account(name) == 0
        assert all(
            row["refunded_minor"] == row["amount_minor"] for row in await town.rows(payment_cell, tenant_id=TENANT)
        )
        assert await used(town, "off", "budget") == 0
        await town.assert_books()

    sqlite_town(story)
