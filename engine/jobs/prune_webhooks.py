"""Each hour: forget deliveries that were done 30 days ago; the events themselves stay in the feed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every
from engine.outbox.delivery import PRUNED_MAX, prune_script
from engine.store.instants import to_micros

KEEP: Final = timedelta(days=30)
#: Transactions in one slot; what is left is the next slot's.
PAGES_MAX: Final = 100


async def _run(desk: Desk, run: Run) -> None:
    before = to_micros(run.now - KEEP)
    for _ in range(PAGES_MAX):
        if await desk.database.write(prune_script(run.tenant_id, before)) < PRUNED_MAX:
            return


JOB = Job(schedule=Every(3600), run=_run)
