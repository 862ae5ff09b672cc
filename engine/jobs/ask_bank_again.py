"""Every 10 seconds: ask the bank about all that it has not answered; each is booked once, by its key."""

from __future__ import annotations

from engine.checkout.ask_open import ask_open_orders
from engine.checkout.top_up import ask_again
from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every


async def _run(desk: Desk, run: Run) -> None:
    if await desk.database.write(run.claim()):
        await ask_again(desk)
        await ask_open_orders(desk)


JOB = Job(schedule=Every(10), run=_run)
