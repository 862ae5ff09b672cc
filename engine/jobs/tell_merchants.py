"""Each second: take what happened to payments over into the merchants' feeds; each event once, by its state."""

from __future__ import annotations

from typing import Final

from engine.checkout.tell_merchants import tell_merchants
from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every

#: Transactions in one slot; what is left is the next slot's.
PAGES_MAX: Final = 20


async def _run(desk: Desk, _run: Run) -> None:
    for _ in range(PAGES_MAX):
        if not await tell_merchants(desk):
            return


JOB = Job(schedule=Every(1), run=_run)
