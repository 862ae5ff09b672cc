"""What a refunded payment had earned goes back, as far as it is there."""

import pytest

from engine.checkout.payment import reward
from engine.ledger import accounts
from engine.ledger.transfers import Transfer, post
from engine.ledger.work import Answer, Rows, Work
from engine.programs.coupon import coupon
from engine.programs.coupons import coupons
from engine.programs.dues import clawback_due
from engine.programs.points import points_entry, points_lot
from engine.programs.referral import referral
from engine.rules.benefits.issue_coupon import IssueCoupon
from engine.rules.benefits.points import Points
from engine.rules.campaign import Campaign, CouponTerms, RefundRule
from tests import make
from tests.checkout.town import CUCUMBER, NOODLES, TENANT, Town

POINTS = make.campaign("points", Points(earn_points=1, every_minor=100), phase="reward")


def gift(count: int = 1, **more: object) -> list[Campaign]:
    issue = IssueCoupon(campaign_id="voucher", count=count)
    return [
        make.campaign("gift", issue, phase="reward", limits={"uses_per_member": 1}),
        make.campaign("voucher", make.amount_off(300), coupon=CouponTerms(7, **more)),  # type: ignore[arg-type]
    ]


async def spend_points(town: Town, member_id: str, points: int) -> None:
    """Take points away as spending them will: the lots are not looked at."""

    def decide(rows: Rows) -> Answer:
        post(
            rows,
            Transfer(
                tenant_id=TENANT,
                home_id=member_id,
                transfer_id="spent",
                debit=accounts.points(member_id),
                credit=accounts.POINTS_ISSUED,
                amount_minor=points,
                currency="PTS",
                kind="points_spent",
                created_at=town.clock.now(),
            ),
        )
        return Answer("done", "", b"")

    locks = [accounts.points_lock(TENANT, member_id)]
    await town.desk.sequencer.submit(
        Work(tenant_id=TENANT, caller="test", key=None, fingerprint=b"", locks=locks, decide=decide)
    )


async def states(town: Town, *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in await town.rows(reward, tenant_id=TENANT)]


async def test_points_go_back_from_their_own_lot_first(town: Town) -> None:
    town.run(POINTS)
    await town.join("wei", balance=30000)
    first = await town.paid("wei", NOODLES)  # 32 points
    await town.paid("wei", CUCUMBER)  # 12 points
    await town.refunded(first.payment_id)
    assert {
        row["payment_id"] == first.payment_id: row["left"] for row in await town.rows(points_lot, tenant_id=TENANT)
    } == {
        True: 0,
        False: 12,
    }
    entries = await town.rows(points_entry, tenant_id=TENANT)
    assert sorted((row["points"], row["balance_after"]) for row in entries) == [(-32, 12), (12, 44), (32, 32)]
    await town.assert_books()


async def test_points_that_are_gone_are_deducted_at_their_worth(town: Town) -> None:
    # 32 points earned, 30 spent: 2 go back, 30 x 0.01 are deducted from the 32.00.
    town.run(POINTS)
    await town.join("wei", balance=3200)
    payment = await town.paid("wei", NOODLES)
    await spend_points(town, "wei", 30)
    done = await town.refunded(payment.payment_id)
    assert (done.refund.amount_minor, done.refund.points_clawed_back, done.refund.deducted_minor) == (3200, 2, 30)
    assert await town.balance("wei") == 3170
    assert await town.points("wei") == 0
    assert await town.rows(clawback_due, tenant_id=TENANT) == []


async def test_points_above_the_refund_s_money_are_due_and_repaid_from_the_next(town: Town) -> None:
    # 3,200 points for 32.00 (100 per yuan), of which all are spent; the 1st of 32 units gives 1.00 = 100 points' worth.
    town.run(make.campaign("points", Points(earn_points=1000, every_minor=100), phase="reward"))
    await town.join("wei", balance=10000)
    payment = await town.paid("wei", {**NOODLES, "quantity": 32, "unit_price_minor": 100})
    await spend_points(town, "wei", 32_000)
    done = await town.refunded(payment.payment_id, {"noodles": 1})
    assert (done.refund.amount_minor, done.refund.deducted_minor) == (100, 100)
    [due] = await town.rows(clawback_due, tenant_id=TENANT)
    assert (due["amount"], due["kind"], due["state"]) == (900, "points", "open")
    await town.paid("wei", {**CUCUMBER, "unit_price_minor": 500})  # earns 5,000, repays 900
    assert await town.points("wei") == 4100
    [due] = await town.rows(clawback_due, tenant_id=TENANT)
    assert (due["repaid"], due["state"]) == (900, "repaid")


async def test_unused_coupon_is_revoked_once_half_is_back(town: Town) -> None:
    town.run(*gift())
    await town.join("wei", balance=30000)
    payment = await town.paid("wei", {**NOODLES, "quantity": 4})
    assert (await town.refunded(payment.payment_id, {"noodles": 1})).refund.coupons_clawed_back == ()
    done = await town.refunded(payment.payment_id, {"noodles": 1})
    [row] = await town.rows(coupon, tenant_id=TENANT)
    assert row["state"] == "revoked"
    assert done.refund.coupons_clawed_back == (row["coupon_id"],)
    assert [one.state for one in done.payment.rewards] == ["clawed_back"]
    await town.assert_books()


async def test_used_coupon_is_borne_by_its_funder(town: Town) -> None:
    town.run(*gift())
    await town.join("wei", balance=30000)
    first = await town.paid("wei", NOODLES)
    await town.paid("wei", CUCUMBER)
    done = await town.refunded(first.payment_id)
    assert (done.refund.coupons_clawed_back, done.refund.deducted_minor) == ((), 0)
    assert await states(town, "state") == [("borne",)]
    assert [one.state for one in done.payment.rewards] == ["given"]
    await town.assert_books()


@pytest.mark.parametrize("capture", [True, False])
async def test_borne_coupon_comes_back_expired_when_its_payment_is_undone(town: Town, capture: bool) -> None:
    town.run(*gift())
    await town.join("wei", balance=30000)
    first = await town.paid("wei", NOODLES)
    second = await town.paid("wei", CUCUMBER, capture=capture)
    await town.refunded(first.payment_id)
    await (town.refund(second.payment_id) if capture else town.release(second.payment_id))
    assert (await coupons(town.desk, "wei", "usable")).items == ()
    assert len((await coupons(town.desk, "wei", "expired")).items) == 1
    assert (await town.paid("wei", CUCUMBER)).discount_minor == 0
    await town.assert_books()


async def test_rewards_that_are_to_stay_stay(town: Town) -> None:
    town.run(
        make.campaign(
            "points", Points(earn_points=1, every_minor=100), phase="reward", refund=RefundRule(rewards="keep")
        )
    )
    await town.join("wei", balance=30000)
    payment = await town.paid("wei", NOODLES)
    await town.refunded(payment.payment_id)
    assert await town.points("wei") == 32


async def test_coupons_per_member_are_limited(town: Town) -> None:
    town.run(*gift(count=3, per_member=2))
    await town.join("wei", balance=30000)
    payment = await town.paid("wei", NOODLES)
    assert [one.kind for one in payment.rewards] == ["coupon", "coupon"]
    assert sorted(await states(town, "state")) == [("given",), ("given",), ("lost",)]
    assert len(await town.rows(coupon, tenant_id=TENANT)) == 2
    await town.assert_books()


async def invited(corridor: Town, balance: int = 30000) -> str:
    """Wei, whom Lin invited, has lunch for 71.00; both get a red packet when it is relayed."""
    await corridor.join("lin")
    await corridor.join("wei", balance=balance, invited_by="lin")
    return (await corridor.paid("wei", {**NOODLES, "quantity": 2}, CUCUMBER)).payment_id


async def test_both_red_packets_go_back_with_the_friend_s_first_payment(corridor: Town) -> None:
    payment_id = await invited(corridor)
    await corridor.refunded(payment_id)
    assert await corridor.balance("wei") == 30000
    await corridor.relay()
    assert await corridor.balance("lin") == 0
    assert [row["state"] for row in await corridor.rows(referral, tenant_id=TENANT)] == ["cancelled"]
    assert await corridor.rows(clawback_due, tenant_id=TENANT) == []
    await corridor.assert_books()


async def test_inviter_s_red_packet_that_was_given_is_recorded_as_due(corridor: Town) -> None:
    payment_id = await invited(corridor)
    await corridor.relay()
    assert await corridor.balance("lin") == 1000
    await corridor.refunded(payment_id)
    await corridor.relay()
    await corridor.relay()
    assert await corridor.balance("lin") == 1000
    [due] = await corridor.rows(clawback_due, tenant_id=TENANT)
    assert (due["home_id"], due["amount"], due["kind"]) == ("lin", 1000, "red_packet")
    await corridor.assert_books()


async def test_red_packet_already_spent_comes_out_of_the_refund(corridor: Town) -> None:
    # 76.00 - 5.00 = 71.00 of 71.00; the packet of 8.00 is spent on cucumbers for 8.00; the refund gives 63.00.
    payment_id = await invited(corridor, balance=7100)
    await corridor.paid("wei", {**CUCUMBER, "unit_price_minor": 800})
    assert await corridor.balance("wei") == 0
    done = await corridor.refunded(payment_id)
    assert (done.refund.amount_minor, done.refund.deducted_minor) == (7100, 800)
    assert await corridor.balance("wei") == 6300
    await corridor.assert_books()
