"""Runs the jobs of one process: those for everywhere always, those of the leader while it leads.

APScheduler keeps the time (memory store, UTC, one run at a time, late runs folded into one); which slot is due is said
by the schedule and the desk's clock, and who may do it by the claim.
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
from engine.jobs.running.job import Job, Run
from engine.jobs.running.leader import Leadership

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
        self._elections: asyncio.Task[None] | None = None
        self._done_by_job: dict[str, str] = {}
        self.leading = False

    def start(self) -> None:
        """Begin; a slot that is due already is run at once."""
        self._scheduler.start()
        self._schedule("everywhere")
        self._elections = asyncio.create_task(self._elect(), name="job elections")

    async def stop(self) -> None:
        """Finish; give leadership back."""
        if self._elections is not None:
            self._elections.cancel()
            await asyncio.gather(self._elections, return_exceptions=True)
        self._scheduler.shutdown(wait=False)
        await self._leadership.resign()

    async def look(self, name: str) -> None:
        """Run the job's latest slot when this process has not done it yet."""
        job = self._jobs[name]
        now = self._desk.clock.now()
        slot = job.schedule.latest(now)
        if self._done_by_job.get(name) == slot.name and job.where == "leader":
            return
        await job.run(self._desk, Run(tenant_id=self._desk.settings.tenant_id, job=name, slot=slot, now=now))
        self._done_by_job[name] = slot.name

    def _schedule(self, where: str) -> None:
        for name, job in self._jobs.items():
            if job.where == where:
                trigger = IntervalTrigger(seconds=job.schedule.look_seconds, timezone=UTC, start_date=_EPOCH)
                self._scheduler.add_job(self.look, trigger, args=[name], id=name, next_run_time=datetime.now(UTC))

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
