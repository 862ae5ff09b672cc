"""Reserve, then commit, release or expire."""

import pytest

from engine.checkout.expire import expire_due
from engine.checkout.payment import payment_part, redemption
from engine.errors import NotFound
from engine.ledger.counters import counter
from engine.ledger.transfers import transfer
from engine.programs.coupon import coupon
from engine.rules.campaign import Campaign
from tests import make
from tests.checkout.town import CUCUMBER, NOODLES, TEA, TENANT, Town, body, discounts, problem


def five_off(**limits: int) -> Campaign:
    return make.campaign("five-off", make.amount_off(500), limits={"uses_total": 1, **limits})


async def taken(town: Town, campaign_id: str) -> tuple[int, int]:
    rows = await town.rows(counter, tenant_id=TENANT, campaign_id=campaign_id)
    return sum(row["used"] for row in rows), sum(row["reserved"] for row in rows)


async def test_reservation_holds_money_limits_and_the_order(town: Town) -> None:
    town.run(five_off())
    await town.join("wei", balance=3200)
    held = await town.paid("wei", NOODLES, capture=False, order_ref="o")
    assert (held.state, held.paid_minor, held.committed_at) == ("reserved", 2700, None)
    assert held.expires_at is not None
    assert await town.balance("wei") == 500
    assert await taken(town, "five-off") == (0, 1)
    assert await town.account("payable:noodle-house") == 0
    assert problem(await town.charge("wei", CUCUMBER)) == ("refused", "insufficient_balance")
    assert problem(await town.charge("wei", CUCUMBER, order_ref="o")) == ("conflict", "order_ref_taken")
    assert await town.events("wei") == ["payment.reserved"]
    await town.assert_books()


async def test_commit_does_what_a_charge_does(corridor: Town) -> None:
    await corridor.join("lin")
    await corridor.join("wei", balance=30000, invited_by="lin")
    lunch = ({**NOODLES, "quantity": 2}, CUCUMBER, TEA)
    held = await corridor.paid("wei", *lunch, capture=False)
    answer = await corridor.commit(held.payment_id)
    assert body(answer)["state"] == "committed"
    assert {(one["kind"], one["amount"], one["state"]) for one in body(answer)["rewards"]} == {
        ("points", 80, "given"),
        ("red_packet", 800, "given"),
        ("coupon", 1, "given"),
    }
    assert await corridor.balance("wei") == 30000 - 8000 + 800
    assert await corridor.account("payable:noodle-house") == 7153 + 447 - 46
    assert {row["state"] for row in await corridor.rows(redemption, tenant_id=TENANT)} == {"used"}
    await corridor.assert_books()


async def test_commit_takes_the_fee_of_the_reservation(town: Town) -> None:
    await town.join("wei", balance=10000)
    held = await town.paid("wei", NOODLES, capture=False)
    await town.commit(held.payment_id)
    [part] = await town.rows(payment_part, tenant_id=TENANT)
    assert part["fee_minor"] == 19  # 0.6 % of 32.00 = 0.192
    assert await town.account("fees") == 19


async def test_release_frees_money_limits_coupon_and_order(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    await corridor.paid("wei", {**NOODLES, "quantity": 3})  # earns the voucher
    balance = await corridor.balance("wei")
    held = await corridor.paid("wei", {**NOODLES, "quantity": 2}, capture=False, order_ref="o")
    assert discounts(held) == {"noodle-voucher": 1200}
    [row] = await corridor.rows(coupon, tenant_id=TENANT)
    assert (row["state"], row["payment_id"]) == ("locked", held.payment_id)
    released = await corridor.release(held.payment_id)
    assert body(released)["state"] == "released"
    [row] = await corridor.rows(coupon, tenant_id=TENANT)
    assert (row["state"], row["payment_id"]) == ("usable", "")
    assert await corridor.balance("wei") == balance
    assert await taken(corridor, "noodle-voucher") == (0, 0)
    again = await corridor.paid("wei", {**NOODLES, "quantity": 2}, order_ref="o")
    assert discounts(again) == {"noodle-voucher": 1200}
    await corridor.assert_books()


async def test_first_order_comes_again_after_a_release(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    held = await corridor.paid("wei", NOODLES, capture=False)
    assert discounts(await corridor.paid("wei", NOODLES)) == {}
    await corridor.release(held.payment_id)
    await corridor.join("ann", balance=30000)
    held = await corridor.paid("ann", NOODLES, capture=False)
    await corridor.release(held.payment_id)
    assert discounts(await corridor.paid("ann", NOODLES)) == {"welcome-5": 500}


async def test_reservation_expires_at_its_time_and_not_before(town: Town) -> None:
    town.run(five_off())
    await town.join("wei", balance=3200)
    held = await town.paid("wei", NOODLES, capture=False)
    town.wait(seconds=300, microseconds=-1)
    assert await expire_due(town.desk) == 0
    town.wait(microseconds=1)
    assert await expire_due(town.desk) == 1
    assert await expire_due(town.desk) == 0
    assert await town.balance("wei") == 3200
    assert await taken(town, "five-off") == (0, 0)
    assert {row["state"] for row in await town.rows(transfer, tenant_id=TENANT, payment_id=held.payment_id)} == {
        "expired"
    }
    assert await town.events("wei") == ["payment.reserved", "payment.expired"]
    await town.assert_books()


async def test_commit_after_the_hold_is_refused_though_the_job_has_not_run(town: Town) -> None:
    await town.join("wei", balance=3200)
    held = await town.paid("wei", NOODLES, capture=False)
    town.wait(seconds=300)
    answer = await town.commit(held.payment_id)
    assert (problem(answer), body(answer)["fields"]["state"]) == (("conflict", "payment_state"), "expired")


@pytest.mark.parametrize("first", ["commit", "release", "expire"])
@pytest.mark.parametrize("second", ["commit", "release"])
async def test_ended_reservation_can_t_be_ended_again(town: Town, first: str, second: str) -> None:
    await town.join("wei", balance=3200)
    held = await town.paid("wei", NOODLES, capture=False)
    if first == "expire":
        town.wait(seconds=300)
        await expire_due(town.desk)
    else:
        await getattr(town, first)(held.payment_id)
    answer = await getattr(town, second)(held.payment_id)
    assert problem(answer) == ("conflict", "payment_state")
    await town.assert_books()


async def test_another_merchant_s_payment_is_not_found(town: Town) -> None:
    await town.join("wei", balance=3200)
    held = await town.paid("wei", NOODLES, capture=False)
    for change in (town.commit, town.release, town.refund):
        with pytest.raises(NotFound, match="payment_not_found"):
            await change(held.payment_id, merchant_id="tea-corner")


async def test_reservation_that_was_not_committed_is_not_refunded(town: Town) -> None:
    await town.join("wei", balance=3200)
    held = await town.paid("wei", NOODLES, capture=False)
    assert problem(await town.refund(held.payment_id)) == ("conflict", "payment_state")
