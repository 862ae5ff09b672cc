"""What clawing back does to limits, and to a wallet that can't cover everything."""

from engine.ledger.counters import counter
from engine.programs.referral import referral
from engine.rules.benefits.points import Points
from engine.rules.benefits.red_packet import RedPacket
from tests import make
from tests.checkout.test_claw_back import gift, spend_points
from tests.checkout.town import NOODLES, TENANT, Town

FOUR = {**NOODLES, "quantity": 4}


def packet(id_: str, amount: int, **more: object):
    return make.campaign(id_, RedPacket(friend_minor=amount), phase="reward", **more)


async def taken(town: Town, campaign_id: str, limit: str) -> int:
    rows = await town.rows(counter, tenant_id=TENANT, campaign_id=campaign_id, limit_name=limit)
    return sum(row["used"] + row["reserved"] for row in rows)


async def test_use_of_a_reward_comes_back_with_the_last_part(town: Town) -> None:
    # The coupon went back with the first half already; its use of "once per member" comes back when all is back.
    town.run(*gift())
    await town.join("wei", balance=30000)
    payment = await town.paid("wei", FOUR)
    await town.refunded(payment.payment_id, {"noodles": 2})
    assert await taken(town, "gift", "uses") == 1
    await town.refunded(payment.payment_id)
    assert await taken(town, "gift", "uses") == 0
    assert [one.kind for one in (await town.paid("wei", NOODLES)).rewards] == ["coupon"]
    await town.assert_books()


async def test_use_of_a_reward_that_is_borne_stays_used(town: Town) -> None:
    town.run(*gift())
    await town.join("wei", balance=30000)
    first = await town.paid("wei", NOODLES)
    await town.paid("wei", NOODLES)  # spends the coupon
    await town.refunded(first.payment_id)
    assert await taken(town, "gift", "uses") == 1


async def test_what_was_in_the_wallet_covers_one_reward_only(town: Town) -> None:
    # 10.00 back into a wallet of 5.00: packets of 8.00 and 6.00 take 5.00 of it and 9.00 of the refund; 20 points
    # that are gone are worth 0.20 more. 10.00 + 5.00 - 8.00 - 6.00 - 0.20 = 0.80 stays.
    points = make.campaign("zz-points", Points(earn_points=2, every_minor=100), phase="reward")
    town.run(packet("a-packet", 800), packet("b-packet", 600), points)
    await town.join("lin")
    await town.join("wei", balance=1000, invited_by="lin")
    payment = await town.paid("wei", {**NOODLES, "unit_price_minor": 1000})  # the packets fill the wallet: 14.00
    town.run()
    await town.paid("wei", {**NOODLES, "unit_price_minor": 900})
    await spend_points(town, "wei", 20)
    done = await town.refunded(payment.payment_id)
    assert (done.refund.amount_minor, done.refund.deducted_minor) == (1000, 920)
    assert await town.balance("wei") == 80


async def test_last_reward_is_due_when_nothing_is_left(town: Town) -> None:
    # A wallet of 5.00 and 10.00 back: packets of 8.00 and 9.00 take all 15.00; nothing is left for the points.
    points = make.campaign("zz-points", Points(earn_points=2, every_minor=100), phase="reward")
    town.run(packet("a-packet", 800), packet("b-packet", 900), points)
    await town.join("lin")
    await town.join("wei", balance=1000, invited_by="lin")
    payment = await town.paid("wei", {**NOODLES, "unit_price_minor": 1000})
    town.run()
    await town.paid("wei", {**NOODLES, "unit_price_minor": 1200})
    await spend_points(town, "wei", 20)
    done = await town.refunded(payment.payment_id)
    assert (done.refund.amount_minor, done.refund.deducted_minor) == (1000, 1000)
    assert await town.balance("wei") == 0


async def test_budget_of_a_cancelled_inviter_s_packet_comes_back(corridor: Town) -> None:
    await corridor.join("lin")
    await corridor.join("wei", balance=30000, invited_by="lin")
    payment = await corridor.paid("wei", NOODLES)
    assert await taken(corridor, "invite-red-packet", "budget") == 1800
    await corridor.refunded(payment.payment_id)
    await corridor.relay()
    assert await taken(corridor, "invite-red-packet", "budget") == 0
    await corridor.assert_books()


async def test_budget_of_an_inviter_s_packet_that_was_given_stays_spent(corridor: Town) -> None:
    await corridor.join("lin")
    await corridor.join("wei", balance=30000, invited_by="lin")
    payment = await corridor.paid("wei", NOODLES)
    await corridor.relay()
    await corridor.refunded(payment.payment_id)
    await corridor.relay()
    assert [row["state"] for row in await corridor.rows(referral, tenant_id=TENANT)] == ["due"]
    assert await taken(corridor, "invite-red-packet", "budget") == 1000
    await corridor.assert_books()
