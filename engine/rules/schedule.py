"""When a campaign is open: half-open windows, weekly patterns in local time, and the natural day, week and month.

A local time in a clock gap moves forward by the gap; where the clock repeats an hour, a window starts at the first
and ends at the last of the two. Source: docs/semantics.md, rule 2.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from engine.rules.campaign import Pattern, Schedule

#: How far ahead a weekly pattern is looked through: it opens within eight days or never.
PATTERN_DAYS_AHEAD = 8

NaturalWindow = Literal["day", "week", "month"]


class Stretch(NamedTuple):
    """Whether a schedule is open now, and the instant from which that may be otherwise (None: never again)."""

    is_open: bool
    until: datetime | None


Hours = Callable[[str, tuple[Pattern, ...], datetime], Stretch]


def instant(day: date, at: time, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """Return the UTC instant of local time *at* on *day*; *last* takes the second of a repeated hour."""
    first = datetime.combine(day, at, zone)
    second = first.replace(fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    repeats = before is not None and after is not None and before > after
    return (second if last and repeats else first).astimezone(UTC)


def window_start(kind: NaturalWindow, now: datetime, zone: ZoneInfo) -> str:
    """Return the ISO date on which the natural *kind* of window around *now* starts in *zone*."""
    today = now.astimezone(zone).date()
    if kind == "week":
        today -= timedelta(days=today.weekday())
    elif kind == "month":
        today = today.replace(day=1)
    return today.isoformat()


def is_open(schedule: Schedule, now: datetime) -> bool:
    """Say whether *schedule* is open at *now*."""
    return stretch(schedule, now).is_open


def opening_hours(timezone: str, on: tuple[Pattern, ...], now: datetime) -> Stretch:
    """Return whether one of the weekly patterns *on* is open at *now* and until when that answer holds."""
    zone = ZoneInfo(timezone)
    spans = [span for pattern in on for span in _spans(pattern, now, zone)]
    edges = [edge for span in spans for edge in span if edge > now]
    return Stretch(is_open=any(start <= now < end for start, end in spans), until=min(edges, default=None))


def stretch(schedule: Schedule, now: datetime, hours: Hours = opening_hours) -> Stretch:
    """Return whether *schedule* is open at *now* and until when that answer holds; *hours* tells of its patterns."""
    if now < schedule.start:
        return Stretch(is_open=False, until=schedule.start)
    if schedule.until is not None and now >= schedule.until:
        return Stretch(is_open=False, until=None)
    if not schedule.on:
        return Stretch(is_open=True, until=schedule.until)
    found = hours(schedule.timezone, schedule.on, now)
    edges = [edge for edge in (found.until, schedule.until) if edge is not None]
    return Stretch(is_open=found.is_open, until=min(edges, default=None))


def _spans(pattern: Pattern, now: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Return the pattern's openings from yesterday on; one that runs past midnight belongs to the day it starts."""
    yesterday = now.astimezone(zone).date() - timedelta(days=1)
    nights = timedelta(days=1 if pattern.start >= pattern.until else 0)
    days = (yesterday + timedelta(days=ahead) for ahead in range(PATTERN_DAYS_AHEAD + 2))
    return [
        (instant(day, pattern.start, zone), instant(day + nights, pattern.until, zone, last=True))
        for day in days
        if not pattern.days or day.weekday() in pattern.days
    ]
