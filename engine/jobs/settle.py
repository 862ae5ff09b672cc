"""Every 10 minutes: merchants whose day is over are settled, each day of each merchant once, missed ones too.

The slot of a merchant is its local date; it stands in the merchant's head (``settlement_head.next_day``), changed in
the transaction of the statement. So nothing depends on which runs were missed, or on who ran them. An hour after
midnight, what was captured before it has committed; what comes later still goes into the next statement.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every
from engine.settlement.settle import settle_due

#: After the cut-off; payments in flight then are not late.
AFTER_MIDNIGHT: Final = timedelta(hours=1)


async def _run(desk: Desk, run: Run) -> None:
    if await desk.database.write(run.claim()):
        await settle_due(desk, run.now - AFTER_MIDNIGHT)


JOB = Job(schedule=Every(600), run=_run)
