"""Which slot is due: aligned, named by the schedule, one for each local day whatever the clock does."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.jobs.running.slots import Daily, Every

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds_past", "name"),
    [
        (-0.001, "2027-01-01T11:59:50Z"),
        (0, "2027-01-01T12:00:00Z"),
        (9.999, "2027-01-01T12:00:00Z"),
        (10, "2027-01-01T12:00:10Z"),
    ],
)
def test_every_ten_seconds_is_due_at_the_edge(seconds_past: float, name: str) -> None:
    assert Every(10).latest(NOON + timedelta(seconds=seconds_past)).name == name


@pytest.mark.parametrize(
    ("now", "name"),
    [
        (datetime(2027, 1, 1, 18, 59, 59, tzinfo=UTC), "2027-01-01"),
        (datetime(2027, 1, 1, 19, 0, tzinfo=UTC), "2027-01-02"),  # 03:00 in Shanghai
        (datetime(2027, 1, 2, 18, 59, tzinfo=UTC), "2027-01-02"),
    ],
)
def test_daily_slot_is_the_local_date(now: datetime, name: str) -> None:
    assert Daily(time(3), "Asia/Shanghai").latest(now).name == name


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Helsinki", "Australia/Lord_Howe", "Asia/Shanghai"])
@pytest.mark.parametrize("at", [time(1, 30), time(2, 15), time(3, 0)])
def test_each_local_day_of_a_year_has_exactly_one_slot(zone: str, at: time) -> None:
    names = [
        Daily(at, zone).latest(datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * step)).name
        for step in range(365 * 96)
    ]
    first, last = datetime.fromisoformat(names[0]), datetime.fromisoformat(names[-1])
    changes = [names[0], *(after for before, after in itertools.pairwise(names) if after != before)]
    assert changes == [(first + timedelta(days=day)).date().isoformat() for day in range((last - first).days + 1)]


@given(st.integers(0, 20 * 365 * 86_400), st.integers(1, 86_400))
def test_later_instants_never_have_earlier_slots(seconds: int, later_seconds: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    for schedule in (Every(10), Every(60), Daily(time(3), "Asia/Shanghai")):
        before, after = schedule.latest(now), schedule.latest(now + timedelta(seconds=later_seconds))
        assert before.due_at <= now
        assert (before.name, before.due_at) <= (after.name, after.due_at)
