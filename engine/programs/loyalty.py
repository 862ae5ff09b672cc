"""Tier and points of a member: what they are now, which points expire when, and the last movements.

The tier counts the points earned in the last 12 months less those clawed back: plain from 0, silver from 1,000, gold
from 5,000. It moves with the window, up and down.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam

from engine.desk import Desk
from engine.ledger.accounts import balance_script, points_lock
from engine.programs.points import points_entry, points_lot
from engine.rules.decision import Words
from engine.store.instants import from_micros, to_micros
from engine.store.script import Row, Script, query
from engine.wire.loyalty import Loyalty, PointsEntry, PointsLot, Tier

WINDOW: Final = timedelta(days=365)
ENTRIES_SHOWN: Final = 50


class Level(NamedTuple):
    """A tier and the points it begins at."""

    id: str
    name: Words
    from_points: int


LEVELS: Final = (
    Level("plain", Words(en="Member", zh="普通会员"), 0),
    Level("silver", Words(en="Silver", zh="银卡会员"), 1_000),
    Level("gold", Words(en="Gold", zh="金卡会员"), 5_000),
)

_OURS = sa.and_(points_entry.c.tenant_id == bindparam("tenant_id"), points_entry.c.home_id == bindparam("member_id"))
_EARNED: Final = sa.select(sa.func.coalesce(sa.func.sum(points_entry.c.points), 0).label("points")).where(
    _OURS, points_entry.c.at > bindparam("since"), points_entry.c.kind != "expired"
)
_LATEST: Final = (
    sa.select(points_entry)
    .where(_OURS)
    .order_by(points_entry.c.at.desc(), points_entry.c.entry_id.desc())
    .limit(ENTRIES_SHOWN)
)
_LOTS: Final = (
    sa.select(points_lot)
    .where(
        points_lot.c.tenant_id == bindparam("tenant_id"),
        points_lot.c.home_id == bindparam("member_id"),
        points_lot.c.left > 0,
    )
    .order_by(points_lot.c.expires_at)
)


async def loyalty(desk: Desk, member_id: str) -> Loyalty:
    """Return the member's tier, points, lots by expiry and last movements, newest first."""
    return await desk.database.read(_loyalty_script(desk.settings.tenant_id, member_id, desk.clock.now()))


def _loyalty_script(tenant_id: str, member_id: str, now: datetime) -> Script[Loyalty]:
    earned = yield from earned_script(tenant_id, member_id, now)
    points = yield from points_script(tenant_id, member_id)
    lots = yield query(_LOTS, tenant_id=tenant_id, member_id=member_id)
    entries = yield query(_LATEST, tenant_id=tenant_id, member_id=member_id)
    return Loyalty(tier=tier(earned), points=points, lots=_lots(lots), entries=tuple(map(_entry, entries)))


def earned_script(tenant_id: str, member_id: str, now: datetime) -> Script[int]:
    """Read the points that count for the tier: earned in the last 12 months less those clawed back, at least 0."""
    rows = yield query(_EARNED, tenant_id=tenant_id, member_id=member_id, since=to_micros(now - WINDOW))
    return max(int(rows[0]["points"]), 0)


def points_script(tenant_id: str, member_id: str) -> Script[int]:
    """Read the balance of points."""
    return (yield from balance_script(points_lock(tenant_id, member_id)))


def tier(earned: int) -> Tier:
    """Return the tier of a member who earned *earned* points in 12 months, and how far the next one is."""
    level = [level for level in LEVELS if level.from_points <= earned][-1]
    following = next((level for level in LEVELS if level.from_points > earned), None)
    return Tier(
        id=level.id,
        name=level.name,
        points_12_months=earned,
        next_id=following.id if following else None,
        next_name=following.name if following else None,
        next_at_points=following.from_points if following else None,
    )


def _lots(rows: list[Row]) -> tuple[PointsLot, ...]:
    points_by_end: defaultdict[int, int] = defaultdict(int)
    for row in rows:
        points_by_end[row["expires_at"]] += row["left"]
    return tuple(PointsLot(points=points, expires_at=from_micros(end)) for end, points in points_by_end.items())


def _entry(row: Row) -> PointsEntry:
    return PointsEntry(
        at=from_micros(row["at"]),
        points=row["points"],
        reason=msgspec.json.decode(row["reason"], type=Words),
        payment_id=row["payment_id"] or None,
        balance_after=row["balance_after"],
    )
