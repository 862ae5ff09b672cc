from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from engine.programs.loyalty import loyalty, tier
from engine.programs.points import expires_at
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
