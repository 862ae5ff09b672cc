"""Which of many schedules are open: looked at again only where one of them opens or closes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from engine.rules.campaign import Schedule
from engine.rules.reach.postings import bits_of
from engine.rules.schedule import opening_hours, stretch

NEVER: Final = datetime.max.replace(tzinfo=UTC)
#: After so long without a question looking at every schedule once is cheaper than going from edge to edge.
WALK_MAX: Final = timedelta(days=1)


class Period(NamedTuple):
    """The schedules that are open from *start* until the first of *edges*."""

    start: datetime
    until: datetime
    is_open: int
    edges: list[tuple[datetime, int]]  # a heap: when the answer of which schedule may change


class Openings:
    """The schedules of some campaigns; remembers the last two periods, so that neighbours of an edge cost nothing."""

    __slots__ = ("_periods", "_schedules")

    def __init__(self, schedules: Sequence[Schedule]) -> None:
        """Look at nothing yet."""
        self._schedules = tuple(schedules)
        self._periods: tuple[Period, ...] = ()

    def at(self, now: datetime) -> int:
        """Return the set of the schedules that are open at *now*. Periods are not changed, so threads may ask."""
        for start, until, is_open, _ in self._periods:
            if start <= now < until:
                return is_open
        return self._look(now)

    def _look(self, now: datetime) -> int:
        last = self._periods[0] if self._periods else None
        if last is not None and now < last.start:
            return self._fresh(now).is_open
        period = self._fresh(now) if last is None or now - last.start > WALK_MAX else self._walked(last, now)
        self._periods = (period,) if last is None else (period, last)
        return period.is_open

    def _fresh(self, now: datetime) -> Period:
        """Look at every schedule; equal hours are looked at once."""
        hours = cache(opening_hours)
        stretches = [stretch(schedule, now, hours) for schedule in self._schedules]
        edges = [(one.until, place) for place, one in enumerate(stretches) if one.until is not None]
        heapify(edges)
        return _period(now, bits_of([one.is_open for one in stretches]), edges)

    def _walked(self, period: Period, now: datetime) -> Period:
        """Go from edge to edge until *now*, looking at the schedules that have one."""
        start, is_open, edges = period.start, period.is_open, period.edges.copy()
        hours = cache(opening_hours)
        while edges and edges[0][0] <= now:
            start, place = heappop(edges)
            found = stretch(self._schedules[place], start, hours)
            is_open = is_open & ~(1 << place) | found.is_open << place
            if found.until is not None:
                heappush(edges, (found.until, place))
        return _period(start, is_open, edges)


def _period(start: datetime, is_open: int, edges: list[tuple[datetime, int]]) -> Period:
    return Period(start, edges[0][0] if edges else NEVER, is_open, edges)
