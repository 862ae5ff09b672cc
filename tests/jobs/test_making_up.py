"""Missed days are made up for in order; changes of the clock run each business slot exactly once; late jobs are told."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.jobs.running.alarm import Alarm
from engine.jobs.running.job import find_jobs
from engine.jobs.running.notes import Notes
from engine.jobs.running.slots import DAYS_CAUGHT_UP, Daily, Every
from engine.programs.job_states import jobs_script
from tests.jobs.making_up import Business, desks

ZONES = ["America/New_York", "Europe/Helsinki", "Australia/Lord_Howe", "Asia/Shanghai"]
#: Changes of the clock both ways in each zone, the leap day, the end of a year.
SPANS = [
    (2027, 3, 8),
    (2027, 3, 22),
    (2027, 4, 1),
    (2027, 10, 1),
    (2027, 10, 25),
    (2027, 11, 1),
    (2028, 2, 25),
    (2027, 12, 28),
]


def days(first: datetime, last: datetime, zone: str, at: time) -> list[str]:
    """The local dates whose slot lies in the span, worked out day by day without the schedule."""
    day, found = first.astimezone(ZoneInfo(zone)).date(), []
    while (due := datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)) <= last:
        if due > first:
            found.append(day.isoformat())
        day += timedelta(days=1)
    return found


@pytest.mark.parametrize("zone", ZONES)
async def test_each_local_day_is_done_once_whatever_the_zone_does(sqlite_url: str, zone: str) -> None:
    for at in (time(1, 30), time(2, 15), time(3)):
        for span in SPANS:
            start = datetime(*span, tzinfo=UTC)
            async with desks(sqlite_url, start) as here:
                business = Business(Daily(at, zone), f"at-{at}-from-{span}")
                await here.runner(business).look(business.name)
                business.slots.clear()
                until = start + timedelta(days=7)
                await here.live(business, until, timedelta(minutes=30))
                assert business.slots == days(start, until, zone, at)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-2)], ids=["an hour on", "two hours back"])
@pytest.mark.parametrize("schedule", [Daily(time(3), "Asia/Shanghai"), Every(600)], ids=["daily", "every"])
async def test_clock_set_runs_no_slot_twice_and_none_in_a_burst(
    sqlite_url: str, schedule: Daily | Every, jump: timedelta
) -> None:
    start = datetime(2027, 3, 1, tzinfo=UTC)
    for hour in (17, 18, 19, 20):  # 03:00 in Shanghai is 19:00
        async with desks(sqlite_url, start) as here:
            business = Business(schedule, f"at-{hour}")
            await here.live(business, start + timedelta(hours=hour, minutes=30), timedelta(minutes=10))
            here.clock.advance(jump)
            await here.live(business, start + timedelta(hours=26), timedelta(minutes=10))
            assert len(set(business.slots)) == len(business.slots)
            if isinstance(schedule, Daily):
                # The first look is for the day before its 03:00 came, then the day itself: each once.
                assert business.slots == [f"{start + timedelta(days=day):%Y-%m-%d}" for day in (0, 1)]
            else:
                assert business.slots == sorted(business.slots)
        start += timedelta(days=7)


async def test_missed_days_are_made_up_for_in_order_by_whoever_starts(database_url: str) -> None:
    start = datetime(2027, 2, 25, 12, tzinfo=UTC)
    async with desks(database_url, start) as here:
        business = Business(Daily(time(3), "Asia/Shanghai"))
        await here.runner(business).look("business")
        assert business.slots == ["2027-02-25"]  # a new job makes up for nothing
        here.clock.advance(timedelta(days=5))
        await here.runner(business).look("business")
        assert business.slots[1:] == ["2027-02-26", "2027-02-27", "2027-02-28", "2027-03-01", "2027-03-02"]
        await here.runner(business).look("business")
        assert len(business.slots) == 6


async def test_making_up_is_bounded(sqlite_url: str) -> None:
    async with desks(sqlite_url, datetime(2027, 1, 1, 20, tzinfo=UTC)) as here:
        business = Business(Daily(time(3), "Asia/Shanghai"))
        await here.runner(business).look("business")
        here.clock.advance(timedelta(days=100))
        await here.runner(business).look("business")
        assert len(business.slots) == 1 + DAYS_CAUGHT_UP


async def test_a_day_that_fails_is_tried_again_before_the_next(sqlite_url: str) -> None:
    async with desks(sqlite_url, datetime(2027, 1, 1, 20, tzinfo=UTC)) as here:
        business = Business(Daily(time(3), "Asia/Shanghai"))
        await here.runner(business).look("business")
        here.clock.advance(timedelta(days=3))
        business.fails_at = "2027-01-04"
        runner = here.runner(business)
        for _ in range(2):
            with pytest.raises(ValueError, match="2027-01-04"):
                await runner.look("business")
        assert business.slots[1:] == ["2027-01-03"]
        [shown] = (await here.desk.database.read(jobs_script("youhui", here.clock.now()))).items
        assert (shown.failures, shown.last_slot) == (2, "2027-01-03")
        assert "2027-01-04 can't be done" in (shown.error or "")
        business.fails_at = None
        await runner.look("business")
        assert business.slots[1:] == ["2027-01-03", "2027-01-04", "2027-01-05"]
        [shown] = (await here.desk.database.read(jobs_script("youhui", here.clock.now()))).items
        assert (shown.failures, shown.error) == (0, None)


@pytest.mark.parametrize(("seconds", "late"), [(120, False), (121, True)])
async def test_a_job_is_late_after_two_periods(
    sqlite_url: str, seconds: int, late: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with desks(sqlite_url, datetime(2027, 1, 1, tzinfo=UTC)) as here:
        business = Business(Every(60))
        await here.runner(business).look("business")
        alarm = Alarm(here.desk, Notes(here.desk, {"business": business.job}))
        here.clock.advance(timedelta(seconds=seconds))
        with caplog.at_level(logging.INFO, "youhui.jobs"):
            for _ in range(2):
                assert await alarm.look() == (["business"] if late else [])
        told = [one for one in caplog.records if one.getMessage().startswith("job_late: business did nothing since")]
        assert [one.levelname for one in told] == ["ERROR"] * late  # once
        await here.runner(business).look("business")
        assert await alarm.look() == []


async def test_a_job_that_never_ran_becomes_late_and_one_that_is_no_more_is_forgotten(sqlite_url: str) -> None:
    async with desks(sqlite_url, datetime(2027, 1, 1, tzinfo=UTC)) as here:
        everything = Notes(here.desk, find_jobs())
        assert await everything.know()
        here.clock.advance(timedelta(seconds=29))
        before = await here.desk.database.read(jobs_script("youhui", here.clock.now()))
        assert before.late == 0
        assert {"relay", "webhooks", "nightly_audit"} <= {one.job for one in before.items}
        assert all(one.about.endswith(".") and len(one.about) > 10 for one in before.items)
        here.clock.advance(timedelta(seconds=2))
        after = await here.desk.database.read(jobs_script("youhui", here.clock.now()))
        assert {"relay", "webhooks"} <= {one.job for one in after.items if one.late}
        await Notes(here.desk, {"business": Business(Every(60)).job}).know()
        assert [one.job for one in (await here.desk.database.read(jobs_script("youhui", here.clock.now()))).items] == [
            "business"
        ]
