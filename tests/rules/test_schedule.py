"""Windows are half-open, local, and know what clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from engine.rules.campaign import Pattern, Schedule
from engine.rules.schedule import instant, is_open, stretch, window_start
from tests import make

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
START, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (START - TICK, False),
        (START, True),
        (START + TICK, True),
        (UNTIL - TICK, True),
        (UNTIL, False),
        (UNTIL + TICK, False),
    ],
)
def test_window_is_half_open(now, expected) -> None:
    assert is_open(Schedule("UTC", START, UNTIL), now) is expected


def night(zone: str, days=(), start="22:00", until="02:00") -> Schedule:
    pattern = Pattern(tuple(days), time.fromisoformat(start), time.fromisoformat(until))
    return Schedule(zone, datetime(2026, 1, 1, tzinfo=UTC), None, (pattern,))


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-28T21:59:59", False),
        ("2026-11-28T22:00:00", True),
        ("2026-11-29T01:59:59", True),
        ("2026-11-29T02:00:00", False),
        ("2026-11-29T22:00:00", False),
        ("2026-11-28T01:00:00", False),
    ],
)
def test_night_belongs_to_the_day_it_starts(local, expected) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI).astimezone(UTC)
    assert is_open(night("Asia/Shanghai", days=[5]), now) is expected


def test_local_time_in_a_gap_moves_forward() -> None:
    # On 2026-03-29 Berlin's clocks go from 02:00 to 03:00: 02:30 is 03:30, 01:30 UTC.
    assert instant(date(2026, 3, 29), time(2, 30), BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert instant(date(2026, 3, 29), time(2, 30), BERLIN, last=True) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    schedule = night("Europe/Berlin", start="02:30", until="04:00")
    for minute, expected in ((29, False), (30, True), (31, True)):
        assert is_open(schedule, datetime(2026, 3, 29, 1, minute, tzinfo=UTC)) is expected


def test_repeated_hour_counts_whole() -> None:
    # On 2026-10-25 Berlin's 02:00 to 03:00 comes twice: 00:00 to 02:00 UTC.
    schedule = night("Europe/Berlin", start="02:15", until="02:45")
    for hour, minute, expected in (
        (0, 14, False),
        (0, 15, True),
        (0, 50, True),
        (1, 14, True),
        (1, 44, True),
        (1, 45, False),
    ):
        assert is_open(schedule, datetime(2026, 10, 25, hour, minute, tzinfo=UTC)) is expected


@given(
    st.integers(0, 365 * 86400).map(lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)),
    st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]),
    st.sets(st.integers(0, 6)),
    st.times(),
    st.times(),
)
def test_answer_holds_until_the_instant_it_names(now, zone, days, start, until) -> None:
    schedule = Schedule(
        zone,
        datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
        (Pattern(tuple(sorted(days)), start.replace(fold=0), until.replace(fold=0)),),
    )
    found = stretch(schedule, now)
    assert found.is_open is is_open(schedule, now)
    if found.until is not None:
        assert found.until > now
        for part in (1, 2, 3):
            assert is_open(schedule, now + (found.until - now) * part / 4) is found.is_open
        assert is_open(schedule, found.until - TICK) is found.is_open


@pytest.mark.parametrize(
    ("kind", "now", "expected"),
    [
        ("day", datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC), "2026-11-23"),
        ("day", datetime(2026, 11, 23, 16, 0, tzinfo=UTC), "2026-11-24"),
        ("day", datetime(2026, 11, 23, 16, 0, 1, tzinfo=UTC), "2026-11-24"),
        ("week", datetime(2026, 11, 29, 15, 59, tzinfo=UTC), "2026-11-23"),
        ("week", datetime(2026, 11, 29, 16, 0, tzinfo=UTC), "2026-11-30"),
        ("month", datetime(2026, 11, 30, 15, 59, tzinfo=UTC), "2026-11-01"),
        ("month", datetime(2026, 11, 30, 16, 0, tzinfo=UTC), "2026-12-01"),
    ],
)
def test_natural_windows_start_at_local_midnight(kind, now, expected) -> None:
    assert window_start(kind, now, SHANGHAI) == expected


def test_day_of_a_limit_is_the_natural_day_there() -> None:
    campaign = make.campaign("a", limits={"uses_per_day": 1})
    late = make.facts(now=datetime(2026, 11, 24, 15, 59, tzinfo=UTC))
    [take] = make.priced([campaign], late).applied[0].takes
    assert take.key.window_start == "2026-11-24"
    used = structs.replace(late, counts=make.facts(taken={take.key: 1}).counts)
    assert make.refused(make.priced([campaign], used)) == {"a": "limit_reached"}
    tomorrow = structs.replace(used, now=datetime(2026, 11, 24, 16, 0, tzinfo=UTC))
    assert make.saved(make.priced([campaign], tomorrow)) == {"a": 500}
