"""Instants are stored as microseconds since 1970 in UTC: one integer, the same on both databases.

>>> from_micros(to_micros(datetime(2027, 3, 1, tzinfo=UTC)))
datetime.datetime(2027, 3, 1, 0, 0, tzinfo=datetime.timezone.utc)
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """Return *instant* as microseconds UTC, exact.

    Raises: TypeError when *instant* has no time zone.
    """
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the instant *micros* microseconds after 1970, aware, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)
