"""Refunds by amount, of a line and of the payment, among refunds by units: exact, never more than is left."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.checkout.payment import payment_cell, payment_part, refund
from engine.errors import Invalid
from engine.ledger.counters import counter
from engine.rules.benefits.points import Points
from engine.rules.campaign import RefundRule
from engine.wire.payments import Refunded
from tests import make
from tests.checkout.refunds import asked_back, given_back, money, units
from tests.checkout.town import CUCUMBER, NOODLES, TEA, TENANT, Town, body, problem

OFF = make.campaign("off", make.amount_off(500), limits={"budget_minor": 100_000, "uses_per_member": 2})


async def used(town: Town, campaign_id: str, limit: str) -> int:
    rows = await town.rows(counter, tenant_id=TENANT, campaign_id=campaign_id, limit_name=limit)
    return sum(row["used"] for row in rows)


async def test_five_yuan_of_a_line_come_back_exactly_and_funders_get_their_part(town: Town) -> None:
    # 32.00 less 5.00: 27.00 paid. 9.00 of it are a third: a third of the 5.00 is 1.67, of the fee 0.19 it is 0.06.
    town.run(OFF, make.campaign("points", Points(earn_points=1, every_minor=100), phase="reward"))
    await town.join("wei", balance=10_000)
    payment = await town.paid("wei", NOODLES)
    done = await given_back(town, payment.payment_id, lines=money(noodles=900), reason="cold")
    assert (done.refund.amount_minor, done.refund.reason, done.refund.by) == (900, "cold", "till:1")
    assert [(one.quantity, one.amount_minor) for one in done.refund.lines] == [(0, 900)]
    assert [part.amount_minor for part in done.refund.funders] == [167]
    assert done.refund.points_clawed_back == 9
    assert await town.balance("wei") == 10_000 - 2700 + 900
    [part] = await town.rows(payment_part, tenant_id=TENANT)
    assert (part["fee_minor"], part["returned_fee_minor"]) == (19, 6)
    assert await used(town, "off", "budget") == 333
    assert await used(town, "off", "uses") == 1
    [row] = await town.rows(refund, tenant_id=TENANT)
    assert row["caller"] == "till:1"
    await town.assert_books()


async def test_amount_of_the_payment_is_shared_over_its_merchants(town: Town) -> None:
    await town.join("wei", balance=10_000)
    payment = await town.paid("wei", NOODLES, TEA)
    done = await given_back(town, payment.payment_id, amount_minor=500)
    assert {one.line_id: one.amount_minor for one in done.refund.lines} == {"noodles": 320, "tea": 180}
    assert await town.account("payable:tea-corner") == 1800 - 180
    await town.assert_books()


async def test_all_the_money_by_amount_is_the_whole_payment(town: Town) -> None:
    town.run(OFF)
    await town.join("wei", balance=10_000)
    payment = await town.paid("wei", {**NOODLES, "quantity": 2})
    await given_back(town, payment.payment_id, amount_minor=payment.paid_minor - 1)
    assert await used(town, "off", "uses") == 1
    await given_back(town, payment.payment_id, amount_minor=1)
    assert (await used(town, "off", "uses"), await used(town, "off", "budget")) == (0, 0)
    for asked in ({}, {"amount_minor": 1}, {"lines": units(noodles=1)}):
        assert problem(await asked_back(town, payment.payment_id, **asked)) == ("refused", "refund_exceeds_payment")
    await town.assert_books()


@pytest.mark.parametrize(("more", "code"), [(0, ""), (1, "refund_exceeds_payment")])
@pytest.mark.parametrize("of_line", [True, False])
async def test_never_more_than_is_left(town: Town, more: int, code: str, of_line: bool) -> None:
    await town.join("wei", balance=10_000)
    payment = await town.paid("wei", {**NOODLES, "quantity": 2}, CUCUMBER)
    await given_back(town, payment.payment_id, lines=units(noodles=1))
    asked = {"lines": money(noodles=3200 + more)} if of_line else {"amount_minor": 3200 + 1200 + more}
    answer = await asked_back(town, payment.payment_id, **asked)
    assert answer.code == code
    if code:
        assert body(answer)["fields"]["left_minor"] == (3200 if of_line else 4400)
    await town.assert_books()


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"lines": [{"line_id": "noodles"}]}, "lines.0"),
        ({"lines": [{"line_id": "noodles", "quantity": 1, "amount_minor": 1}]}, "lines.0"),
        ({"lines": units(noodles=1), "amount_minor": 1}, "amount_minor"),
        ({"lines": money(soup=1)}, "lines"),
    ],
)
async def test_unclear_request_names_the_field(town: Town, asked: dict[str, Any], path: str) -> None:
    await town.join("wei", balance=10_000)
    payment = await town.paid("wei", NOODLES)
    with pytest.raises(Invalid, match="invalid_field") as no:
        await asked_back(town, payment.payment_id, **asked)
    assert no.value.fields["path"] == path


async def test_units_and_an_amount_of_one_line_in_one_refund(town: Town) -> None:
    await town.join("wei", balance=10_000)
    payment = await town.paid("wei", {**NOODLES, "quantity": 2})
    done = await given_back(town, payment.payment_id, lines=[*units(noodles=1), *money(noodles=150)])
    assert [(one.quantity, one.amount_minor) for one in done.refund.lines] == [(1, 3350)]
    await town.assert_books()


async def test_one_refund_gives_back_at_most_the_limit(town: Town) -> None:
    town.desk.settings = msgspec.structs.replace(town.desk.settings, refund_max_minor=1000)
    await town.join("wei", balance=10_000)
    payment = await town.paid("wei", NOODLES)
    answer = await asked_back(town, payment.payment_id, amount_minor=1001)
    assert problem(answer) == ("refused", "refund_over_limit")
    assert body(answer)["fields"] == {"limit_minor": 1000, "amount_minor": 1001}
    assert (await given_back(town, payment.payment_id, amount_minor=1000)).refund.amount_minor == 1000


async def test_a_payment_is_refunded_200_times_at_most(town: Town) -> None:
    await town.join("wei", balance=10_000)
    payment = await town.paid("wei", NOODLES)
    for _ in range(200):
        await given_back(town, payment.payment_id, amount_minor=1)
    assert problem(await asked_back(town, payment.payment_id, amount_minor=1)) == ("refused", "refund_over_limit")
    await town.assert_books()


async def test_coupon_and_uses_that_are_spent_stay_spent(town: Town) -> None:
    spent = RefundRule(uses="spent", coupon="spent", budget="spent")
    from engine.rules.benefits.issue_coupon import IssueCoupon

    gift = make.campaign("gift", IssueCoupon(campaign_id="voucher"), phase="reward", limits={"uses_per_member": 1})
    town.run(gift, make.voucher("voucher", make.amount_off(300), refund=spent, limits={"uses_total": 9}))
    await town.join("wei", balance=30000)
    await town.paid("wei", CUCUMBER)
    second = await town.paid("wei", CUCUMBER)
    assert second.discount_minor == 300
    done = await given_back(town, second.payment_id)
    assert done.refund.coupons_returned == ()
    assert await used(town, "voucher", "uses") == 1
    assert (await town.paid("wei", CUCUMBER)).discount_minor == 0
    await town.assert_books()


bought = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 5_000), st.booleans()), min_size=1, max_size=3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("units"), st.integers(0, 2), st.integers(1, 4)),
        st.tuples(st.just("money"), st.integers(0, 2), st.integers(1, 6_000)),
        st.tuples(st.just("payment"), st.just(0), st.integers(1, 8_000)),
    ),
    max_size=8,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bought=bought, taken=steps, off=st.integers(1, 3_000), percent=st.integers(1, 100), share=st.integers(0, 100))
def test_any_mixture_of_refunds_sums_to_the_whole(
    sqlite_town: Any,
    bought: list[tuple[int, int, bool]],
    taken: list[tuple[str, int, int]],
    off: int,
    percent: int,
    share: int,
) -> None:
    funded = make.funding(platform=share, merchant=100 - share)
    lines = [
        {**NOODLES, "id": f"l{place}", "quantity": quantity, "unit_price_minor": price}
        | ({"merchant_id": "tea-corner"} if tea and place else {})
        for place, (quantity, price, tea) in enumerate(bought)
    ]

    async def story(town: Town) -> None:
        town.run(
            make.campaign("off", make.amount_off(off), funding=funded, limits={"budget_minor": 10**9}),
            make.campaign("percent", make.percent_off(percent), group="x", phase="item", funding=funded),
            make.campaign("points", Points(earn_points=1, every_minor=100), phase="reward"),
        )
        await town.join("wei", balance=10**6)
        payment = await town.paid("wei", *lines)
        back = 0
        for kind, place, amount in [*taken, ("rest", 0, 0)]:
            line = f"l{min(place, len(lines) - 1)}"
            asked = {
                "units": {"lines": units(**{line: amount})},
                "money": {"lines": money(**{line: amount})},
                "payment": {"amount_minor": amount},
                "rest": {},
            }[kind]
            answer = await asked_back(town, payment.payment_id, **asked)
            assert answer.code in {"", "refund_exceeds_payment"}
            if answer.kind == "done":
                done = msgspec.json.decode(answer.body, type=Refunded)
                assert done.refund.amount_minor >= 0
                assert done.refund.amount_minor == sum(one.amount_minor for one in done.refund.lines)
                back += done.refund.amount_minor
                assert done.payment.refunded_minor == back <= payment.paid_minor
                if kind in {"payment", "money"}:
                    assert done.refund.amount_minor == amount
                await town.assert_books()
        assert back == payment.paid_minor
        assert await town.balance("wei") == 10**6
        assert await town.points("wei") == 0
        for name in ("payable:noodle-house", "payable:tea-corner", "funder:platform", "fees"):
            assert await town.account(name) == 0
        cells = await town.rows(payment_cell, tenant_id=TENANT)
        assert all(row["refunded_minor"] == row["amount_minor"] for row in cells)
        assert await used(town, "off", "budget") == 0

    sqlite_town(story)
