"""Every minute: ask the bank about payouts that it has not answered; each is paid once, by its key."""

from __future__ import annotations

from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every
from engine.settlement.payout import ask_again


async def _run(desk: Desk, run: Run) -> None:
    if await desk.database.write(run.claim()):
        await ask_again(desk)


JOB = Job(schedule=Every(60), run=_run)
