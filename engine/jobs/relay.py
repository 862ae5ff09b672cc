"""Each second: hand what payments asked for (the inviter's red packet) to its handler, at least once, effects once."""

from __future__ import annotations

from functools import partial

from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every
from engine.outbox.relay import relay
from engine.programs.referral import HANDLERS


async def _run(desk: Desk, run: Run) -> None:
    handlers = {kind: partial(handler, desk) for kind, handler in HANDLERS.items()}
    await relay(desk.database, run.tenant_id, handlers, run.now)


JOB = Job(schedule=Every(1), run=_run)
