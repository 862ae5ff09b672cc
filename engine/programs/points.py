"""Points: lots that expire together, and the history of every movement.

A point earned lives 12 months, to the end of that month in the deployment's time zone: earned on 10 March 2027, it is
there through 31 March 2028. The balance is the ``points:<member>`` account; lots say which points it consists of.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Column, Index, Table, Text

from engine.store.metadata import metadata

LIFE_MONTHS: Final = 12
#: What a point is worth when points that must go back are no longer there: 0.01 of the currency.
WORTH_MINOR: Final = 1

points_lot = Table(
    "points_lot",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the member
    Column("lot_id", Text, primary_key=True),
    Column("points", BigInteger, nullable=False),
    Column("left", BigInteger, nullable=False),
    Column("earned_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("payment_id", Text, nullable=False),
    Index("points_lot_by_payment", "tenant_id", "home_id", "payment_id"),
)
points_entry = Table(
    "points_entry",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the member
    Column("entry_id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),  # + earned, - clawed back
    Column("kind", Text, nullable=False),  # earned | clawed_back | repaid
    Column("reason", Text, nullable=False),  # Words as JSON
    Column("payment_id", Text, nullable=False),
    Column("balance_after", BigInteger, nullable=False),
    Index("points_entry_by_time", "tenant_id", "home_id", "at", "entry_id"),
)


def expires_at(earned_at: datetime, timezone: str) -> datetime:
    """Return when points earned at *earned_at* are over: the first instant of the month after the 12 months."""
    local = earned_at.astimezone(ZoneInfo(timezone))
    months = local.year * 12 + local.month + LIFE_MONTHS  # the month after the last, counted from year 0
    start = datetime(months // 12, months % 12 + 1, 1, tzinfo=local.tzinfo)
    return start.astimezone(earned_at.tzinfo)
