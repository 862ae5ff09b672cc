"""Looks, in every process, whether a job is late, and says so once as an error: ``job_late``."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from engine.desk import Desk
from engine.errors import Unavailable
from engine.jobs.running.notes import Notes
from engine.programs.job_states import LATE_MIN, jobs_script, sentence
from engine.store.failures import Contended

LOOK_SECONDS: Final = 15.0
log = logging.getLogger("youhui.jobs")


class Alarm:
    """Remembers which jobs it has told of."""

    def __init__(self, desk: Desk, notes: Notes) -> None:
        """Watch by the clock of *desk* the jobs that *notes* knows."""
        self._desk, self._notes = desk, notes
        self._told: set[str] = set()

    async def watch(self) -> None:
        """Look for ever; first when a process that has just started had time to make up for what was missed."""
        is_known, pause = await self._notes.know(), LATE_MIN.total_seconds()
        while True:
            await asyncio.sleep(pause)
            pause = LOOK_SECONDS
            is_known = is_known or await self._notes.know()
            try:
                await self.look()
            except (Unavailable, Contended) as error:
                log.warning("whether a job is late can't be told: %s", error)

    async def look(self) -> list[str]:
        """Log each job that has become late, and each that is in time again; return those late now."""
        shown = await self._desk.database.read(jobs_script(self._desk.settings.tenant_id, self._desk.clock.now()))
        late = {one.job: one for one in shown.items if one.late}
        for name in sorted(late.keys() - self._told):
            log.error("job_late: %s", sentence(late[name]))
        for name in sorted(self._told - late.keys()):
            log.info("job_in_time: %s runs again", name)
        self._told = set(late)
        return sorted(late)
