"""Each second: send webhooks that are due, over HTTP; at least once each, those of one payment in order."""

from __future__ import annotations

from functools import cache

from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every
from engine.outbox.dispatch import Dispatcher
from engine.outbox.post import HttpPost


async def _run(desk: Desk, run: Run) -> None:
    post = _post(loopback=desk.settings.webhook_loopback)
    sender = Dispatcher(desk.database, run.tenant_id, clock=desk.clock, post=post, goes_on=run.leads)
    await sender.run(run.alive)


@cache
def _post(*, loopback: bool) -> HttpPost:
    """Return the sender of this process: it keeps the threads that look names up."""
    return HttpPost(loopback=loopback)


JOB = Job(schedule=Every(1), run=_run)
