"""Where the time comes from: one protocol, the real clock, and one that tests move by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Gives the present instant."""

    def now(self) -> datetime:
        """Return the present instant in UTC, aware."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant in UTC, aware."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        """Stand at *start* (aware)."""
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return where the clock stands."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move forward by *step* (backward when negative)."""
        self._now += step

    def set(self, instant: datetime) -> None:
        """Stand at *instant* (aware)."""
        self._now = instant.astimezone(UTC)
