"""What a refund could not take back is owed: repaid from the next points and red packets, never from a balance."""

import pytest

from engine.programs.dues import clawback_due, dues_of_member, open_dues
from engine.rules.benefits.points import Points
from engine.rules.benefits.red_packet import RedPacket
from engine.store.script import update
from tests import make
from tests.checkout.refunds import given_back
from tests.checkout.test_claw_back import spend_points
from tests.checkout.town import CUCUMBER, NOODLES, TENANT, Town

MANY_POINTS = make.campaign("points", Points(earn_points=1000, every_minor=100), phase="reward")


def packet(minor: int, **more: object):
    more = {"limits": {"budget_minor": 10**6}, **more}
    return make.campaign("packet", RedPacket(friend_minor=minor), phase="reward", **more)


async def empty_wallet_owing(town: Town, packet_minor: int, **more: object) -> str:
    """Wei earned a red packet larger than the payment, spent it, and the payment was refunded."""
    town.run(packet(packet_minor, **more))
    await town.join("lin")
    await town.join("wei", balance=1000, invited_by="lin")
    payment = await town.paid("wei", {**NOODLES, "unit_price_minor": 1000})
    town.run()
    if packet_minor:
        await town.paid("wei", {**NOODLES, "unit_price_minor": packet_minor})
    done = await given_back(town, payment.payment_id)
    assert (done.refund.deducted_minor, done.refund.due_minor) == (1000, packet_minor - 1000)
    assert await town.balance("wei") == 0
    return payment.payment_id


async def owed(town: Town, member_id: str = "wei") -> list[tuple[str, int, int, str]]:
    dues = await dues_of_member(town.desk, member_id)
    return [(due.kind, due.amount, due.repaid, due.state) for due in dues.items]


async def test_red_packet_beyond_the_refund_is_owed_and_shown(town: Town) -> None:
    payment_id = await empty_wallet_owing(town, 1800)
    assert await owed(town) == [("red_packet", 800, 0, "open")]
    [due] = (await open_dues(town.desk)).items
    assert (due.member_id, due.payment_id, due.currency) == ("wei", payment_id, "CNY")
    await town.assert_books()


@pytest.mark.parametrize(("next_minor", "left", "state"), [(799, 0, "open"), (800, 0, "repaid"), (801, 1, "repaid")])
async def test_next_red_packet_repays_first(town: Town, next_minor: int, left: int, state: str) -> None:
    await empty_wallet_owing(town, 1800, funding=make.funding(bank_x=100))
    town.run(packet(next_minor))
    await town.give("wei", 100)
    await town.paid("wei", {**CUCUMBER, "unit_price_minor": 100})
    assert await town.balance("wei") == left
    assert await owed(town) == [("red_packet", 800, min(800, next_minor), state)]
    # The bank gave 18.00, got 10.00 with the refund and up to 8.00 now; the platform pays the new packet.
    assert await town.account("funder:bank:x") == -800 + min(800, next_minor)
    assert await town.account("funder:platform") == -next_minor
    await town.assert_books()


@pytest.mark.parametrize(("spent_minor", "points", "repaid"), [(79, 0, 790), (80, 0, 800), (81, 10, 800)])
async def test_next_points_repay_money_at_their_worth(town: Town, spent_minor: int, points: int, repaid: int) -> None:
    await empty_wallet_owing(town, 1800, funding=make.funding(bank_x=100))
    town.run(make.campaign("points", Points(earn_points=10, every_minor=1), phase="reward"))
    await town.give("wei", spent_minor)
    await town.paid("wei", {**CUCUMBER, "unit_price_minor": spent_minor})
    assert await town.points("wei") == points
    assert (await owed(town))[0][2] == repaid
    assert await town.account("funder:bank:x") == -800 + repaid
    assert await town.account("funder:platform") == -repaid
    await town.assert_books()


async def test_points_owed_are_netted_from_the_next_red_packet(town: Town) -> None:
    # 10,000 points for 10.00, all gone: the refund's 10.00 is deducted for 1,000 of them, 9,000 are owed.
    town.run(MANY_POINTS)
    await town.join("lin")
    await town.join("wei", balance=1000, invited_by="lin")
    payment = await town.paid("wei", {**NOODLES, "unit_price_minor": 1000})
    await spend_points(town, "wei", 10_000)
    done = await given_back(town, payment.payment_id)
    assert (done.refund.deducted_minor, done.refund.due_points) == (1000, 9000)
    town.run(packet(500))
    await town.give("wei", 100)
    await town.paid("wei", {**CUCUMBER, "unit_price_minor": 100})
    assert await town.balance("wei") == 0
    assert await owed(town) == [("points", 9000, 500, "open")]
    assert await town.account("funder:platform") == 1000  # the packet came out of what is owed


async def test_inviter_owes_and_repays_with_the_next_invite(corridor: Town) -> None:
    # Lin's packet of 10.00 was spent when the friend's payment is refunded; the next friend's 10.00 goes there.
    await corridor.join("lin")
    await corridor.join("wei", "zhou", balance=30_000, invited_by="lin")
    first = await corridor.paid("wei", {**NOODLES, "quantity": 2})
    await corridor.relay()
    assert await corridor.balance("lin") == 1000
    await corridor.paid("lin", {**CUCUMBER, "unit_price_minor": 1000})
    spent = await corridor.balance("lin")
    await given_back(corridor, first.payment_id)
    await corridor.relay()
    assert await owed(corridor, "lin") == [("red_packet", 1000, 0, "open")]
    await corridor.paid("zhou", {**NOODLES, "quantity": 2})
    await corridor.relay()
    assert await corridor.balance("lin") == spent
    assert await owed(corridor, "lin") == [("red_packet", 1000, 1000, "repaid")]
    await corridor.assert_books()


async def test_money_in_another_currency_is_not_repaid(town: Town) -> None:
    await empty_wallet_owing(town, 1800)
    [row] = await town.rows(clawback_due, tenant_id=TENANT)

    def in_yen():
        key = {name: row[name] for name in ("tenant_id", "home_id", "due_id")}
        yield update(clawback_due, [{**key, "currency": "JPY"}])

    await town.desk.database.write(in_yen())
    town.run(packet(500))
    await town.give("wei", 100)
    await town.paid("wei", {**CUCUMBER, "unit_price_minor": 100})
    assert await town.balance("wei") == 500
