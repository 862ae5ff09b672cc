"""Every 10 seconds: reservations whose hold is over give back what they held; each once, by its state."""

from __future__ import annotations

from typing import Final

from engine.checkout.expire import expire_due
from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every

#: Pages of reservations in one slot; what is left is the next slot's.
PAGES_MAX: Final = 100


async def _run(desk: Desk, run: Run) -> None:
    if not await desk.database.write(run.claim()):
        return
    for _ in range(PAGES_MAX):
        if not await expire_due(desk):
            return


JOB = Job(schedule=Every(10), run=_run)
