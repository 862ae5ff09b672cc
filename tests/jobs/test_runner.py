"""Each slot once: two processes on one database, a leader that dies, a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from engine.clock import ManualClock, SystemClock
from engine.desk import Desk
from engine.jobs.running.job import Job, Run, find_jobs, job_run
from engine.jobs.running.leader import leadership
from engine.jobs.running.runner import Runner
from engine.jobs.running.slots import Every
from engine.ledger.sequencer import Sequencer
from engine.rails.sandbox_card import SandboxCard
from engine.rules.catalogue import Catalogue
from engine.settings import Settings
from engine.store.database import is_postgres, open_database
from engine.store.schema import create_schema
from engine.store.script import read, select

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


class Diary:
    """A job whose effect is a line here, written by whoever got the claim."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.job = Job(schedule=Every(10), run=self._run)
        self.written = asyncio.Event()

    async def _run(self, desk: Desk, run: Run) -> None:
        if await desk.database.write(run.claim()):
            self.lines.append(run.slot.name)
            self.written.set()


@asynccontextmanager
async def _desks(database_url: str, clock: ManualClock | SystemClock) -> AsyncIterator[tuple[Desk, Desk]]:
    """Two desks on one database: two pools on PostgreSQL; SQLite has one writing process, so one database twice."""
    settings = Settings(database_url=database_url)
    create_schema(settings)
    first = await open_database(settings)
    second = await open_database(settings) if is_postgres(settings.url) else first
    desk = Desk(
        settings=settings,
        clock=clock,
        database=first,
        sequencer=Sequencer(first),
        rail=SandboxCard(),
        catalogue=Catalogue.build(()),
    )
    try:
        yield desk, replace(desk, database=second)
    finally:
        await second.close()
        await first.close()


def test_two_processes_do_each_slot_once(database_url: str) -> None:
    async def story() -> None:
        clock, diary = ManualClock(NOON), Diary()
        async with _desks(database_url, clock) as desks:
            runners = [Runner(desk, {"diary": diary.job}, leadership(desk.settings)) for desk in desks]
            for _ in range(20):
                await asyncio.gather(*(runner.look("diary") for runner in runners for _ in range(3)))
                clock.advance(timedelta(seconds=10))
            assert diary.lines == [
                (NOON + timedelta(seconds=10 * slot)).strftime("%Y-%m-%dT%H:%M:%SZ") for slot in range(20)
            ]
            kept = await desks[0].database.read(read(select(job_run, tenant_id="youhui", home_id="job:diary")))
            assert [row["slot"] for row in kept] == diary.lines

    asyncio.run(story())


def test_a_jump_of_the_clock_runs_one_slot_and_back_none(database_url: str) -> None:
    async def story() -> None:
        clock, diary = ManualClock(NOON), Diary()
        async with _desks(database_url, clock) as (desk, _):
            runner = Runner(desk, {"diary": diary.job}, leadership(desk.settings))
            for jump in (
                timedelta(),
                timedelta(hours=1),
                timedelta(hours=-1),
                timedelta(seconds=10),
                timedelta(hours=1),
            ):
                clock.advance(jump)
                await runner.look("diary")
            assert diary.lines == [
                "2027-01-01T12:00:00Z",
                "2027-01-01T13:00:00Z",  # an hour missed is one run
                "2027-01-01T12:00:10Z",  # 12:00:00 was done, the next is not
                "2027-01-01T13:00:10Z",
            ]

    asyncio.run(story())


def test_a_slot_whose_effect_failed_is_done_by_the_next_look(database_url: str) -> None:
    async def story() -> None:
        clock, failures = ManualClock(NOON), ["the disk is full"]

        async def fails_once(desk: Desk, run: Run) -> None:
            def script():
                assert (yield from run.claim())
                if failures:
                    raise ValueError(failures.pop())

            await desk.database.write(script())

        async with _desks(database_url, clock) as (desk, _):
            runner = Runner(desk, {"fails": Job(schedule=Every(10), run=fails_once)}, leadership(desk.settings))
            with pytest.raises(ValueError, match="disk"):
                await runner.look("fails")
            await runner.look("fails")  # the claim was rolled back with the effect
            kept = await desk.database.read(read(select(job_run, tenant_id="youhui", home_id="job:fails")))
            assert len(kept) == 1

    asyncio.run(story())


def test_a_started_runner_runs_what_is_due_and_stops(database_url: str) -> None:
    async def story() -> None:
        diary = Diary()
        async with _desks(database_url, SystemClock()) as (desk, _):
            runner = Runner(desk, {"diary": diary.job}, leadership(desk.settings))
            runner.start()
            await asyncio.wait_for(diary.written.wait(), 10)
            assert runner.leading
            await runner.stop()
            assert len(diary.lines) >= 1

    asyncio.run(story())


def test_one_leads_and_another_takes_over_when_it_dies(database_url: str) -> None:
    if not is_postgres(database_url):
        pytest.skip("SQLite has one writing process: it leads")

    async def story() -> None:
        settings = Settings(database_url=database_url)
        first, second = leadership(settings), leadership(settings)
        assert await first.leads()
        assert not await second.leads()
        assert await first.leads()
        await _kill_advisory_lock_holders(database_url)
        assert not await first.leads()  # it finds out and steps back
        assert await second.leads()
        assert not await first.leads()
        await second.resign()
        assert await first.leads()
        await first.resign()

    asyncio.run(story())


def test_an_unreachable_database_leads_nobody() -> None:
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/none")
    assert asyncio.run(leadership(settings).leads()) is False


def test_every_job_is_found_by_its_folder() -> None:
    assert set(find_jobs()) == {
        "ask_bank_again",
        "ask_payouts_again",
        "expire_coupons",
        "expire_points",
        "expire_reservations",
        "flash_windows",
        "nightly_audit",
        "prune_webhooks",
        "reconcile_rail",
        "refresh_catalogue",
        "relay",
        "settle",
        "tell_merchants",
        "webhooks",
    }


async def _kill_advisory_lock_holders(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    await connection.close()
