"""One process that runs a job each second: its effect is a line in a table, in the transaction of the claim.

Started as ``python -m tests.faults.slot_worker URL``; runs until it is killed.
"""

from __future__ import annotations

import asyncio
import os
import sys

import sqlalchemy as sa
from sqlalchemy import bindparam

from engine.app.compose import opened_desk
from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.leader import leadership
from engine.jobs.running.runner import Runner
from engine.jobs.running.slots import Every
from engine.settings import Settings
from engine.store.script import Script, execute

effect = sa.table("effect", sa.column("slot", sa.Text), sa.column("process", sa.BigInteger))
_WRITE = sa.insert(effect).values(slot=bindparam("slot"), process=bindparam("process"))


def _effect(run: Run) -> Script[None]:
    if (yield from run.claim()):
        yield execute(_WRITE, slot=run.slot.name, process=os.getpid())


async def _run(desk: Desk, run: Run) -> None:
    await desk.database.write(_effect(run))


async def _work(url: str) -> None:
    settings = Settings(database_url=url)
    async with opened_desk(settings) as desk:
        runner = Runner(desk, {"each_second": Job(schedule=Every(1, 5), run=_run)}, leadership(settings))
        runner.start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1]))
