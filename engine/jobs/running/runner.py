"""Runs the jobs of one process: those for everywhere always, those of the leader while it leads.

APScheduler keeps the time (memory store, UTC, one run at a time, late runs folded into one); which slots are due is
said by the schedule and the desk's clock, and who may do one by the claim. Slots that were missed and count (those of a
day) are made up for one after the other, oldest first; one that fails is tried again before the next.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from engine.desk import Desk
from engine.jobs.running.alarm import Alarm
from engine.jobs.running.job import Job, Run, missed_script
from engine.jobs.running.leader import Leadership
from engine.jobs.running.notes import Notes
from engine.jobs.running.slots import Slot

ELECT_SECONDS: Final = 1.0
#: The machine's clock moved back further than this against the steady one: wake every job, else it sleeps until then.
CLOCK_BACK_SECONDS: Final = 2.0
log = logging.getLogger("youhui.jobs")


class Runner:
    """Start it once for each process; stop it before the database closes."""

    def __init__(self, desk: Desk, jobs: Mapping[str, Job], leadership: Leadership) -> None:
        """Run *jobs* on *desk*; *leadership* says when this process leads."""
        self._desk = desk
        self._jobs = jobs
        self._leadership = leadership
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._beside: list[asyncio.Task[None]] = []
        self._running: set[asyncio.Task[object]] = set()
        self._done_by_job: dict[str, str] = {}
        self._notes = Notes(desk, jobs)
        self.leading = False

    def start(self) -> None:
        """Begin; a slot that is due already is run at once."""
        self._scheduler.start()
        self._schedule("everywhere")
        alarm = Alarm(self._desk, self._notes)
        self._beside = [
            asyncio.create_task(self._elect(), name="job elections"),
            asyncio.create_task(alarm.watch(), name="job alarm"),
        ]

    async def stop(self) -> None:
        """Finish; give leadership back."""
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        self.leading = False
        self._scheduler.shutdown(wait=False)  # cancels what runs
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._leadership.resign()

    async def look(self, name: str) -> None:
        """Run the job's slots that are due and that this process has not done yet."""
        job = self._jobs[name]
        now = self._desk.clock.now()
        latest = job.schedule.latest(now)
        if job.where == "everywhere":
            await job.run(self._desk, self._run_of(name, latest, now))
            return
        if self._done_by_job.get(name) == latest.name:
            return
        for slot in await self._desk.database.read(missed_script(self._desk.settings.tenant_id, name, job, now)):
            await self._do(name, job, self._run_of(name, slot, now))
        self._done_by_job[name] = latest.name

    def _run_of(self, name: str, slot: Slot, now: datetime) -> Run:
        async def alive() -> None:
            await self._notes.done(name, slot)

        return Run(
            tenant_id=self._desk.settings.tenant_id,
            job=name,
            slot=slot,
            now=now,
            leads=lambda: self.leading,
            alive=alive,
        )

    async def _do(self, name: str, job: Job, run: Run) -> None:
        """Run one slot and write down how that went."""
        try:
            await job.run(self._desk, run)
        except Exception as error:
            await self._notes.failed(name, error)
            raise
        await self._notes.done(name, run.slot)

    async def _look(self, name: str) -> None:
        """Look, where ``stop`` can wait for it."""
        task = asyncio.current_task()
        if task is None:
            raise LookupError("a job runs in a task")
        self._running.add(task)
        try:
            await self.look(name)
        finally:
            self._running.discard(task)

    def _schedule(self, where: str) -> None:
        for name, job in self._jobs.items():
            if job.where == where:
                trigger = IntervalTrigger(seconds=job.schedule.look_seconds, timezone=UTC, start_date=_EPOCH)
                self._scheduler.add_job(self._look, trigger, args=[name], id=name, next_run_time=datetime.now(UTC))

    async def _elect(self) -> None:
        wall, steady = time.time(), time.monotonic()
        while True:
            leads = await self._leadership.leads()
            if leads != self.leading:
                self._lead() if leads else self._follow()
            await asyncio.sleep(ELECT_SECONDS)
            back_seconds = (time.monotonic() - steady) - (time.time() - wall)
            wall, steady = time.time(), time.monotonic()
            if back_seconds > CLOCK_BACK_SECONDS:
                self._wake(back_seconds)

    def _lead(self) -> None:
        log.info("this process leads the jobs")
        self.leading = True
        self._schedule("leader")

    def _follow(self) -> None:
        log.warning("another process leads the jobs now")
        self.leading = False
        for name, job in self._jobs.items():
            if job.where == "leader":
                self._scheduler.remove_job(name)

    def _wake(self, back_seconds: float) -> None:
        log.warning("the clock went back %.0f seconds; jobs look again now", back_seconds)
        for scheduled in self._scheduler.get_jobs():
            scheduled.modify(next_run_time=datetime.now(UTC))


_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
