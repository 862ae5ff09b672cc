"""Each second, in each process: take over what was published elsewhere; a publication is live within 2 seconds."""

from __future__ import annotations

from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every
from engine.programs.publish import refresh


async def _run(desk: Desk, _run: Run) -> None:
    await refresh(desk)


JOB = Job(schedule=Every(1), run=_run, where="everywhere")
