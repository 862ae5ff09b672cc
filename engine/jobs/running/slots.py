"""When a job is due. A slot is named by the schedule, never by the instant at which somebody looked.

>>> Every(10).latest(datetime(2027, 1, 1, 12, 0, 9, tzinfo=UTC)).name
'2027-01-01T12:00:00Z'
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo


class Slot(NamedTuple):
    """One due run. Names of one schedule sort like their instants."""

    name: str
    due_at: datetime


class Schedule(Protocol):
    """Says which slot was due last."""

    def latest(self, now: datetime) -> Slot:
        """Return the last slot due at or before *now* (aware). Slots missed before it are not made up for."""
        ...

    @property
    def look_seconds(self) -> float:
        """How often to look."""
        ...


class Every(NamedTuple):
    """Each *seconds*, aligned to the epoch so that every process names the same slots."""

    seconds: int

    @property
    def look_seconds(self) -> float:
        """As often as it is due."""
        return self.seconds

    def latest(self, now: datetime) -> Slot:
        """Return the last slot due at or before *now*."""
        due_at = datetime.fromtimestamp(int(now.timestamp()) // self.seconds * self.seconds, UTC)
        return Slot(due_at.strftime("%Y-%m-%dT%H:%M:%SZ"), due_at)


class Daily(NamedTuple):
    """Once each local day at *at*; the slot is the local date, so a day of 23 or 25 hours still has one."""

    at: time
    timezone: str

    @property
    def look_seconds(self) -> float:
        """Within the minute."""
        return 60

    def latest(self, now: datetime) -> Slot:
        """Return the last slot due at or before *now*."""
        local = now.astimezone(ZoneInfo(self.timezone)).date()
        due_at = self._due_at(local.isoformat())
        return due_at if due_at.due_at <= now else self._due_at((local - timedelta(days=1)).isoformat())

    def _due_at(self, local_date: str) -> Slot:
        local = datetime.combine(datetime.fromisoformat(local_date), self.at, ZoneInfo(self.timezone))
        return Slot(local_date, local.astimezone(UTC))
