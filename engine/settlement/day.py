"""The settlement day: the date in the merchant's zone, cut off at its midnight, 23 or 25 hours long when clocks change.

>>> day_of(datetime(2027, 3, 28, 21, 59, 59, tzinfo=UTC), "Europe/Berlin")
datetime.date(2027, 3, 28)
>>> end_of(date(2027, 3, 28), "Europe/Berlin")
datetime.datetime(2027, 3, 28, 22, 0, tzinfo=datetime.timezone.utc)
"""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.errors import Conflict, Invalid

DAY: Final = timedelta(days=1)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Days outside have no instants in every zone.
_FIRST, _LAST = date(1970, 1, 2), date(9998, 12, 31)


def day_of(instant: datetime, timezone: str) -> date:
    """Return the settlement day that *instant* (aware) falls into."""
    return instant.astimezone(ZoneInfo(timezone)).date()


def end_of(day: date, timezone: str) -> datetime:
    """Return the cut-off of *day*: the first instant of the next one, in UTC."""
    return datetime.combine(day + DAY, time(0), ZoneInfo(timezone)).astimezone(UTC)


def yesterday(now: datetime, timezone: str) -> date:
    """Return the last day that is over."""
    return day_of(now, timezone) - DAY


def read_day(text: str) -> date:
    """Read ``2027-03-28``. Raises: Invalid ``invalid_field``."""
    day: date | None = None
    if _DAY.fullmatch(text):
        with contextlib.suppress(ValueError):  # the 30th of February
            day = date.fromisoformat(text)
    if day is None or not _FIRST <= day <= _LAST:
        raise Invalid("invalid_field", f"{text!r} is not a day: write it as 2027-03-28.", path="day")
    return day


def require_over(day: date, now: datetime, timezone: str) -> None:
    """Refuse a day that is not over. Raises: Conflict ``day_not_over`` with the instant of its cut-off."""
    ends_at = end_of(day, timezone)
    if now < ends_at:
        raise Conflict(
            "day_not_over",
            f"{day} is not over in {timezone}: it ends at {ends_at:%Y-%m-%dT%H:%M:%SZ}. Ask after that.",
            day=day.isoformat(),
            ends_at=ends_at,
        )
