"""Schedules looked at only at their edges say what each says by itself, in whatever order they are asked."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rules.campaign import Pattern, Schedule
from engine.rules.reach.openings import WALK_MAX, Openings
from engine.rules.schedule import is_open
from tests import make

DAY = datetime(2026, 3, 28, tzinfo=UTC)
HOURS = st.sampled_from([time(0), time(2, 30), time(9), time(12), time(22)])
INSTANTS = st.integers(0, 4 * 24 * 2).map(lambda halves: DAY + timedelta(minutes=30 * halves))
SCHEDULES = st.builds(
    Schedule,
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin"]),
    INSTANTS,
    st.none() | INSTANTS,
    st.just(()) | st.lists(st.builds(Pattern, st.just(()) | st.just((6,)), HOURS, HOURS), max_size=2).map(tuple),
)
ASKED = st.tuples(INSTANTS, st.sampled_from([-1, 0, 1])).map(lambda pair: pair[0] + timedelta(microseconds=pair[1]))


@settings(deadline=None)
@given(st.lists(SCHEDULES, min_size=1, max_size=4), st.lists(ASKED, min_size=1, max_size=8), st.booleans())
def test_openings_equal_a_look_at_each(schedules, asked, in_order) -> None:
    openings = Openings(schedules)
    for now in sorted(asked) if in_order else asked:
        expected = sum(is_open(schedule, now) << place for place, schedule in enumerate(schedules))
        assert openings.at(now) == expected


def test_openings_walk_edge_by_edge_and_look_afresh_after_long() -> None:
    daily = Schedule("UTC", DAY, None, (Pattern((), time(9), time(10)),))
    openings = Openings([daily, make.ALWAYS])
    for minutes, expected in ((0, 2), (539, 2), (540, 3), (599, 3), (600, 2), (540, 3), (601, 2)):
        assert openings.at(DAY + timedelta(minutes=minutes)) == expected
    assert openings.at(DAY + timedelta(minutes=555) + 3 * WALK_MAX) == 3
    assert openings.at(DAY - timedelta(minutes=1)) == 2
