"""Writes down how the jobs of this process go. A database that does not answer is told in the log only."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from engine.desk import Desk
from engine.errors import Unavailable
from engine.jobs.running.job import Job, process_name
from engine.jobs.running.slots import Slot
from engine.programs.job_states import Known, done_script, failed_script, know_script
from engine.store.failures import Contended
from engine.store.script import Script

#: A job that runs each second is written down no more often than this.
NOTED_EVERY: Final = timedelta(seconds=10)
log = logging.getLogger("youhui.jobs")


class Notes:
    """What was written down by this process."""

    def __init__(self, desk: Desk, jobs: Mapping[str, Job]) -> None:
        """Write into the database of *desk* about those of *jobs* that a leader runs."""
        self._desk = desk
        self._known = {
            name: Known(name, job.about, int(job.schedule.period.total_seconds()))
            for name, job in jobs.items()
            if job.where == "leader"
        }
        self._noted_at: dict[str, datetime] = {}
        self._failures: dict[str, int] = {}

    async def know(self) -> bool:
        """Write down which jobs there are; return whether that could be done."""
        return await self._write(know_script(self._tenant_id, self._known.values(), self._desk.clock.now()))

    async def done(self, name: str, slot: Slot) -> None:
        """Write down that *slot* is done, for a job that runs often not each time."""
        now, noted_at = self._desk.clock.now(), self._noted_at.get(name)
        if noted_at is not None and noted_at <= now < noted_at + NOTED_EVERY and not self._failures.get(name):
            return
        job, process = self._known[name], process_name()
        script = done_script(self._tenant_id, job, slot=slot.name, due_at=slot.due_at, process=process, now=now)
        if await self._write(script):
            self._noted_at[name] = now
            self._failures[name] = 0

    async def failed(self, name: str, error: Exception) -> None:
        """Write down that the job failed once more."""
        self._failures[name] = failures = self._failures.get(name, 0) + 1
        told, now = f"{type(error).__name__}: {error}", self._desk.clock.now()
        await self._write(failed_script(self._tenant_id, self._known[name], failures=failures, error=told, now=now))

    @property
    def _tenant_id(self) -> str:
        return self._desk.settings.tenant_id

    async def _write(self, script: Script[None]) -> bool:
        try:
            await self._desk.database.write(script)
        except (Unavailable, Contended) as error:
            log.warning("how a job went was not written down: %s", error)
            return False
        return True
