from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from engine.programs.loyalty import loyalty, tier
from engine.programs.points import expires_at
from engine.programs.points_expiry import expire_points
from engine.rules.benefits.points import Points
from engine.store.database import Database
from tests import make
from tests.checkout.town import CUCUMBER, NOODLES, Town, town_on


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    built = await town_on(database)
    built.run(make.campaign("points", Points(earn_points=1, every_minor=100), phase="reward"))
    await built.join("wei", balance=10**6)
    yield built
    await built.desk.sequencer.close()


@pytest.mark.parametrize(
    ("earned", "level", "next_at"),
    [(0, "plain", 1000), (999, "plain", 1000), (1000, "silver", 5000), (4999, "silver", 5000), (5000, "gold", None)],
)
def test_tier_begins_at_its_points(earned: int, level: str, next_at: int | None) -> None:
    assert (tier(earned).id, tier(earned).next_at_points) == (level, next_at)


@pytest.mark.parametrize(
    ("earned_at", "over"),
    [
        (datetime(2027, 3, 10, tzinfo=UTC), datetime(2028, 3, 31, 16, tzinfo=UTC)),
        (datetime(2027, 3, 31, 16, tzinfo=UTC), datetime(2028, 4, 30, 16, tzinfo=UTC)),  # 1 April in Shanghai
        (datetime(2027, 12, 31, 15, 59, tzinfo=UTC), datetime(2028, 12, 31, 16, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2029, 2, 28, 16, tzinfo=UTC)),
    ],
)
def test_points_live_12_months_to_the_end_of_the_month(earned_at: datetime, over: datetime) -> None:
    assert expires_at(earned_at, "Asia/Shanghai") == over


async def test_member_s_points_lots_and_movements(town: Town) -> None:
    first = await town.paid("wei", NOODLES)
    town.wait(days=40)
    await town.paid("wei", CUCUMBER)
    await town.refunded(first.payment_id)
    shown = await loyalty(town.desk, "wei")
    assert (shown.points, shown.tier.id, shown.tier.points_12_months) == (12, "plain", 12)
    assert [(lot.points, lot.expires_at) for lot in shown.lots] == [(12, datetime(2028, 4, 30, 16, tzinfo=UTC))]
    moved = {(entry.points, entry.balance_after) for entry in shown.entries}
    assert moved == {(-32, 12), (12, 44), (32, 32)}


async def test_points_of_more_than_a_year_ago_do_not_count_for_the_tier(town: Town) -> None:
    await town.paid("wei", {**NOODLES, "unit_price_minor": 100_000})
    assert (await loyalty(town.desk, "wei")).tier.id == "silver"
    town.wait(days=365)
    shown = await loyalty(town.desk, "wei")
    assert (shown.tier.id, shown.points) == ("plain", 1000)


async def test_points_left_of_a_lot_expire_at_its_end(town: Town) -> None:
    first = await town.paid("wei", {**NOODLES, "quantity": 2})
    await town.refunded(first.payment_id, {"noodles": 1})
    town.clock.set(datetime(2028, 3, 31, 16, tzinfo=UTC) - timedelta(microseconds=1))
    assert await expire_points(town.desk) == 0
    town.wait(microseconds=1)
    assert [await expire_points(town.desk) for _ in range(2)] == [1, 0]
    shown = await loyalty(town.desk, "wei")
    assert (shown.points, shown.lots, shown.entries[0].points) == (0, (), -32)
    assert (await town.events("wei"))[-1] == "points.changed"
    await town.assert_books()


async def test_points_that_expired_are_deducted_from_a_late_refund(town: Town) -> None:
    # Spent or expired, they are gone: 32 points at 0.01 are 0.32 of the 32.00.
    payment = await town.paid("wei", NOODLES)
    town.wait(days=400)
    await expire_points(town.desk)
    done = await town.refunded(payment.payment_id)
    assert (done.refund.points_clawed_back, done.refund.deducted_minor) == (0, 32)
    await town.assert_books()
