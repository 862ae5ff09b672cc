"""When a job is due. A slot is named by the schedule, never by the instant at which somebody looked.

>>> Every(10).latest(datetime(2027, 1, 1, 12, 0, 9, tzinfo=UTC)).name
'2027-01-01T12:00:00Z'
>>> [slot.name for slot in Daily(time(3), "Asia/Shanghai").last(2, datetime(2027, 3, 1, 12, tzinfo=UTC))]
['2027-02-28', '2027-03-01']
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

#: Missed days that are made up for, one after the other.
DAYS_CAUGHT_UP: Final = 31


class Slot(NamedTuple):
    """One due run. Names of one schedule sort like their instants."""

    name: str
    due_at: datetime


class Schedule(Protocol):
    """Says which slots were due."""

    @property
    def catch_up(self) -> int:
        """How many slots, the latest included, are run when they were missed; 1 makes up for none."""
        ...

    @property
    def period(self) -> timedelta:
        """About how long it is from one slot to the next."""
        ...

    @property
    def look_seconds(self) -> float:
        """How often to look."""
        ...

    def latest(self, now: datetime) -> Slot:
        """Return the last slot due at or before *now* (aware)."""
        ...

    def last(self, count: int, now: datetime) -> list[Slot]:
        """Return the last *count* slots due at or before *now* (aware), oldest first."""
        ...


class Every(NamedTuple):
    """Each *seconds*, aligned to the epoch so that every process names the same slots.

    What such jobs do is found by its state, so one run makes up for any number that were missed; a job whose slots each
    count says how many of them to *catch_up*.
    """

    seconds: int
    catch_up: int = 1

    @property
    def period(self) -> timedelta:
        """The pause between slots."""
        return timedelta(seconds=self.seconds)

    @property
    def look_seconds(self) -> float:
        """As often as it is due."""
        return self.seconds

    def latest(self, now: datetime) -> Slot:
        """Return the last slot due at or before *now*."""
        return self.last(1, now)[0]

    def last(self, count: int, now: datetime) -> list[Slot]:
        """Return the last *count* slots due at or before *now*, oldest first."""
        latest = int(now.timestamp()) // self.seconds * self.seconds
        due = (datetime.fromtimestamp(latest - self.seconds * back, UTC) for back in reversed(range(count)))
        return [Slot(due_at.strftime("%Y-%m-%dT%H:%M:%SZ"), due_at) for due_at in due]


class Daily(NamedTuple):
    """Once each local day at *at*; the slot is the local date, so a day of 23 or 25 hours still has one.

    A local time that a change of the clock leaves out is due when the gap ends; one that comes twice, the first time.
    """

    at: time
    timezone: str
    catch_up: int = DAYS_CAUGHT_UP

    @property
    def period(self) -> timedelta:
        """A day."""
        return timedelta(days=1)

    @property
    def look_seconds(self) -> float:
        """Within the minute."""
        return 60

    def latest(self, now: datetime) -> Slot:
        """Return the last slot due at or before *now*."""
        return self.last(1, now)[0]

    def last(self, count: int, now: datetime) -> list[Slot]:
        """Return the last *count* slots due at or before *now*, oldest first."""
        today = now.astimezone(ZoneInfo(self.timezone)).date()
        days = [self._due_at((today - timedelta(days=back)).isoformat()) for back in reversed(range(count + 1))]
        return [slot for slot in days if slot.due_at <= now][-count:]

    def _due_at(self, local_date: str) -> Slot:
        local = datetime.combine(datetime.fromisoformat(local_date), self.at, ZoneInfo(self.timezone))
        return Slot(local_date, local.astimezone(UTC))
