"""A refund is shown before it is made; with the digest it is made as shown or not at all."""

import pytest

from engine.checkout.payment import refund
from engine.errors import Invalid
from engine.rules.benefits.points import Points
from tests import make
from tests.checkout.refunds import asked_back, given_back, money, shown_back, units
from tests.checkout.test_claw_back import gift, spend_points
from tests.checkout.town import CUCUMBER, NOODLES, TENANT, Town, body, problem

POINTS = make.campaign("points", Points(earn_points=1, every_minor=100), phase="reward")
FOUR = {**NOODLES, "quantity": 4}


async def test_preview_says_what_the_refund_then_does_and_changes_nothing(town: Town) -> None:
    town.run(POINTS, *gift())
    await town.join("wei", balance=30_000)
    payment = await town.paid("wei", FOUR)
    await spend_points(town, "wei", 100)
    before = await town.balance("wei")
    shown = await shown_back(town, payment.payment_id, lines=units(noodles=2), reason="cold")
    # 64 of 128 points should go back, 28 are there: 36 are deducted. The coupon goes back with half of the money.
    assert (shown.refund.amount_minor, shown.refund.points_clawed_back, shown.refund.deducted_minor) == (6400, 28, 36)
    assert (shown.net_minor, len(shown.refund.coupons_clawed_back)) == (6364, 1)
    assert (shown.refund.refund_id, shown.refund.by) == ("", "")
    assert await town.balance("wei") == before
    assert await town.rows(refund, tenant_id=TENANT) == []
    assert await town.points("wei") == 28
    done = await given_back(town, payment.payment_id, lines=units(noodles=2), reason="cold", digest=shown.digest)
    assert await town.balance("wei") == before + shown.net_minor
    assert done.refund.coupons_clawed_back == shown.refund.coupons_clawed_back


@pytest.mark.parametrize(("seconds", "code"), [(299, ""), (300, "refund_changed")])
async def test_digest_holds_for_5_minutes(town: Town, seconds: int, code: str) -> None:
    await town.join("wei", balance=30_000)
    payment = await town.paid("wei", FOUR)
    shown = await shown_back(town, payment.payment_id, amount_minor=100)
    assert shown.valid_until == town.clock.now().replace(minute=town.clock.now().minute + 5)
    town.wait(seconds=seconds)
    assert (await asked_back(town, payment.payment_id, amount_minor=100, digest=shown.digest)).code == code


async def test_what_changed_in_between_is_shown_anew_and_nothing_is_refunded(town: Town) -> None:
    town.run(POINTS)
    await town.join("wei", balance=30_000)
    payment = await town.paid("wei", FOUR)
    shown = await shown_back(town, payment.payment_id)
    await spend_points(town, "wei", 1)
    answer = await asked_back(town, payment.payment_id, digest=shown.digest)
    assert problem(answer) == ("conflict", "refund_changed")
    new = body(answer)["fields"]["preview"]
    assert (new["refund"]["points_clawed_back"], new["net_minor"]) == (127, 12_799)
    assert await town.rows(refund, tenant_id=TENANT) == []
    assert (await given_back(town, payment.payment_id, digest=new["digest"])).refund.deducted_minor == 1


async def test_digest_of_another_refund_is_refused(town: Town) -> None:
    await town.join("wei", balance=30_000)
    payment, other = await town.paid("wei", FOUR), await town.paid("wei", CUCUMBER)
    shown = await shown_back(town, payment.payment_id, lines=money(noodles=100))
    for asked in ({"lines": money(noodles=101)}, {}):
        answer = await asked_back(town, payment.payment_id, digest=shown.digest, **asked)
        assert problem(answer) == ("conflict", "refund_changed")
    answer = await asked_back(town, other.payment_id, amount_minor=100, digest=shown.digest)
    assert problem(answer) == ("conflict", "refund_changed")


@pytest.mark.parametrize("digest", ["", "x", "1.2", "f" * 100, "fffffffffffffffff." + "0" * 64])
async def test_digest_that_is_none_is_invalid(town: Town, digest: str) -> None:
    await town.join("wei", balance=30_000)
    payment = await town.paid("wei", NOODLES)
    with pytest.raises(Invalid, match="digest"):
        await asked_back(town, payment.payment_id, digest=digest)
    with pytest.raises(Invalid, match="digest"):
        await shown_back(town, payment.payment_id, digest=digest)


async def test_preview_refuses_what_the_refund_would(town: Town) -> None:
    await town.join("wei", balance=30_000)
    payment = await town.paid("wei", NOODLES)
    from engine.checkout.refund import preview_refund
    from engine.wire.payments import RefundRequest

    answer = await preview_refund(town.desk, "noodle-house", payment.payment_id, RefundRequest(amount_minor=3201))
    assert problem(answer) == ("refused", "refund_exceeds_payment")
