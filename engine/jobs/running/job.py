"""What a job is: a module beside ``running`` with one ``JOB``, found by folder."""

from __future__ import annotations

import importlib
import os
import pkgutil
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import BigInteger, Column, Table, Text, bindparam, delete, func, select

from engine import jobs
from engine.desk import Desk
from engine.jobs.running.slots import Schedule, Slot
from engine.store.instants import to_micros
from engine.store.metadata import metadata
from engine.store.script import Script, execute, insert_missing, query, select_keys

job_run = Table(
    "job_run",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "job:<name>"
    Column("slot", Text, primary_key=True),
    Column("claimed_at", BigInteger, nullable=False),
    Column("process", Text, nullable=False),
)
#: Claims older than this are dropped; a clock may be set back by less without running a slot again.
KEEP_CLAIMS: Final = timedelta(days=7)


def _always() -> bool:
    return True


async def _unseen() -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One slot of one job, to be claimed in the transaction of its effect.

    A run that takes long asks *leads* before it begins something new, and says *alive* now and then.
    """

    tenant_id: str
    job: str
    slot: Slot
    now: datetime
    leads: Callable[[], bool] = _always
    alive: Callable[[], Awaitable[None]] = _unseen

    def claim(self) -> Script[bool]:
        """Return True to the one who may do this slot; the claim stands when the transaction commits."""
        home = {"tenant_id": self.tenant_id, "home_id": f"job:{self.job}"}
        claimed = yield insert_missing(
            job_run, [{**home, "slot": self.slot.name, "claimed_at": to_micros(self.now), "process": process_name()}]
        )
        if claimed:
            yield execute(_DROP_OLD, **home, before=to_micros(self.now - KEEP_CLAIMS))
        return bool(claimed)


@dataclass(frozen=True, kw_only=True)
class Job:
    """*run* gets the desk and the slot. Jobs ``everywhere`` run in each process and claim nothing."""

    schedule: Schedule
    run: Callable[[Desk, Run], Awaitable[None]]
    where: Literal["leader", "everywhere"] = "leader"
    about: str = ""  # the first line of its file


def find_jobs() -> dict[str, Job]:
    """Return every job by the name of its file. Raises: TypeError when a file has no ``JOB`` or no docstring."""
    names = [info.name for info in pkgutil.iter_modules(jobs.__path__) if not info.ispkg]
    return {name: _job(name) for name in sorted(names)}


def _job(name: str) -> Job:
    module = importlib.import_module(f"{jobs.__name__}.{name}")
    job = getattr(module, "JOB", None)
    if not isinstance(job, Job) or not module.__doc__:
        raise TypeError(f"{module.__name__} must have a docstring and define JOB = Job(...)")
    return replace(job, about=module.__doc__.partition("\n")[0])


def missed_script(tenant_id: str, name: str, job: Job, now: datetime) -> Script[list[Slot]]:
    """Return the slots to run now, oldest first: the latest, and those missed before it that are made up for.

    Missed are those between the first claim that is kept and now which nobody claimed, so a new job begins with its
    latest slot, and setting the clock forward and back runs none twice.
    """
    slots = job.schedule.last(job.schedule.catch_up, now)
    if len(slots) == 1:
        return slots
    home_id = f"job:{name}"
    claimed = {row["slot"] for row in (yield select_keys(job_run, [(tenant_id, home_id, one.name) for one in slots]))}
    first = (yield query(_FIRST, tenant_id=tenant_id, home_id=home_id))[0]["slot"] or slots[-1].name
    return [one for one in slots if one.name >= first and one.name not in claimed]


def process_name() -> str:
    """Return what this process is called in the tables of jobs."""
    return f"{socket.gethostname()}:{os.getpid()}"


_FIRST = select(func.min(job_run.c.slot).label("slot")).where(
    job_run.c.tenant_id == bindparam("tenant_id"), job_run.c.home_id == bindparam("home_id")
)


_DROP_OLD = delete(job_run).where(
    job_run.c.tenant_id == bindparam("tenant_id"),
    job_run.c.home_id == bindparam("home_id"),
    job_run.c.claimed_at < bindparam("before"),
)
