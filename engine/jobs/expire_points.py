"""Each hour: take points away whose 12 months are over and tell their members."""

from __future__ import annotations

from typing import Final

from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every
from engine.programs.points_expiry import expire_points

#: Pages of members in one slot; what is left is the next slot's.
PAGES_MAX: Final = 100


async def _run(desk: Desk, run: Run) -> None:
    if not await desk.database.write(run.claim()):
        return
    for _ in range(PAGES_MAX):
        if not await expire_points(desk):
            return


JOB = Job(schedule=Every(3600), run=_run)
