"""Every 10 seconds: reservations whose hold is over give back what they held; each once, by its state."""

from __future__ import annotations

from engine.checkout.expire import expire_due
from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every


async def _run(desk: Desk, run: Run) -> None:
    if await desk.database.write(run.claim()):
        await expire_due(desk)


JOB = Job(schedule=Every(10), run=_run)
