"""Each minute: mark coupons whose time is over and tell their holders; each coupon once, by its state."""

from __future__ import annotations

from typing import Final

from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every
from engine.programs.coupons import expire_due

#: Pages of coupons in one slot; what is left is the next slot's.
PAGES_MAX: Final = 100


async def _run(desk: Desk, run: Run) -> None:
    if not await desk.database.write(run.claim()):
        return
    for _ in range(PAGES_MAX):
        if not await expire_due(desk):
            return


JOB = Job(schedule=Every(60), run=_run)
