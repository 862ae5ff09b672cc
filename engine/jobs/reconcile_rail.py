"""At 02:00 UTC each day: hold the bank's file of yesterday against our books and keep and log what differs."""

from __future__ import annotations

import logging
from datetime import date, time, timedelta

from engine.checkout.reconcile_rail import reconcile
from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Daily
from engine.rails.rail import RailTimeoutError

log = logging.getLogger("youhui.rails")


async def _run(desk: Desk, run: Run) -> None:
    """Do it before claiming the slot: doing a file again books nothing twice, and a crash must not lose the day."""
    yesterday = date.fromisoformat(run.slot.name) - timedelta(days=1)
    try:
        report = await reconcile(desk, await desk.rail.settlement(yesterday), yesterday)
    except RailTimeoutError:
        log.warning("the bank's file of %s did not come; it is asked for again", yesterday)
        raise
    if await desk.database.write(run.claim()):
        for one in report.differences:
            log.error("%s %s: ours %s, the bank's %s; %s", one.kind, one.rail_key, one.ours, one.theirs, one.done)


JOB = Job(schedule=Daily(time(2), "UTC"), run=_run)
