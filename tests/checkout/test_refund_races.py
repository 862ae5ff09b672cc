"""A refund meets another refund, the use of what it takes back, and its expiry: one winner each, and the books hold."""

import asyncio
import random
from collections import Counter

import msgspec
import pytest

from engine.checkout.payment import reward
from engine.ledger.work import Answer
from engine.programs.coupon import coupon
from engine.programs.coupons import expire_due
from engine.rules.benefits.points import Points
from engine.store.instants import from_micros
from engine.wire.payments import Payment, Refunded
from tests import make
from tests.checkout.refunds import asked_back, money, units
from tests.checkout.test_claw_back import gift
from tests.checkout.town import CUCUMBER, NOODLES, TENANT, Town, discounts, problem

#: From at once to when the others are done, on either database.
TURNS = (0, 0, 2, 20, 200, 1000)


async def _after(turns: int) -> None:
    """Let other tasks go first *turns* times."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def _round(town: Town, number: int, chance: random.Random) -> str:
    """Refund, redeem and expire one coupon at once; return what became of it."""
    member_id = f"m{number}"
    await town.join(member_id, balance=10_000)
    first = await town.paid(member_id, NOODLES)
    [held] = await town.rows(coupon, tenant_id=TENANT, home_id=member_id, issued_by=first.payment_id)

    async def refund() -> Answer:
        await _after(chance.choice(TURNS))
        return await asked_back(town, first.payment_id)

    async def redeem() -> Answer:
        await _after(chance.choice(TURNS))
        return await town.charge(member_id, CUCUMBER)

    async def expire() -> None:
        await _after(chance.choice(TURNS))
        town.clock.set(from_micros(held["valid_until"]))
        await expire_due(town.desk)

    refunded, redeemed, _ = await asyncio.gather(refund(), redeem(), expire())
    assert (refunded.kind, redeemed.kind) == ("done", "done")
    [after] = await town.rows(coupon, tenant_id=TENANT, home_id=member_id, issued_by=first.payment_id)
    [given] = await town.rows(reward, tenant_id=TENANT, payment_id=first.payment_id)
    took = discounts(msgspec.json.decode(redeemed.body, type=Payment)).get("voucher", 0)
    back = msgspec.json.decode(refunded.body, type=Refunded).refund.coupons_clawed_back
    assert (after["state"] == "used") == (took == 300)
    assert (after["state"] == "revoked") == (back == (after["coupon_id"],))
    assert given["state"] == {"used": "borne", "expired": "borne", "revoked": "clawed_back"}[after["state"]]
    return str(after["state"])


@pytest.mark.parametrize("rounds", [25, pytest.param(100, marks=pytest.mark.laws)])
async def test_refund_redeem_and_expire_of_one_coupon_have_one_winner(town: Town, rounds: int) -> None:
    town.run(*gift())
    chance = random.Random(rounds)
    ends = Counter([await _round(town, number, chance) for number in range(rounds)])
    assert sum(ends.values()) == rounds
    assert set(ends) <= {"used", "revoked", "expired"}
    assert len(ends) > 1, ends
    await town.assert_books()


async def test_refunds_by_units_and_amounts_at_once_never_pass_what_was_paid(town: Town) -> None:
    town.run(make.campaign("points", Points(earn_points=1, every_minor=100), phase="reward"))
    await town.join("wei", balance=30_000)
    payment = await town.paid("wei", {**NOODLES, "quantity": 3})  # 96.00
    asked = [{"lines": units(noodles=1)}, {"lines": money(noodles=2500)}, {"amount_minor": 2500}] * 3
    answers = await asyncio.gather(*(asked_back(town, payment.payment_id, **one) for one in asked))
    assert {problem(one) for one in answers} == {("done", ""), ("refused", "refund_exceeds_payment")}
    assert (await asked_back(town, payment.payment_id)).code in {"", "refund_exceeds_payment"}
    assert await town.balance("wei") == 30_000
    assert await town.points("wei") == 0
    await town.assert_books()


async def test_refund_and_use_of_the_points_it_takes_back_leave_none_below_zero(town: Town) -> None:
    town.run(make.campaign("points", Points(earn_points=100, every_minor=100), phase="reward"))
    await town.join("wei", balance=30_000)
    payments = [await town.paid("wei", NOODLES) for _ in range(4)]
    answers = await asyncio.gather(*(asked_back(town, payment.payment_id) for payment in payments for _ in range(3)))
    assert Counter(map(problem, answers)) == {("done", ""): 4, ("refused", "refund_exceeds_payment"): 8}
    assert (await town.points("wei"), await town.balance("wei")) == (0, 30_000)
    await town.assert_books()
