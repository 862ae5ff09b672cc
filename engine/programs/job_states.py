"""How each job does: what it did last, what failed, and whether it is late. Written by whoever runs it, read by anyone.

A job is late when nothing was done for two of its periods, or ``LATE_MIN`` when that is longer: the leader is stuck,
the job fails, or nobody leads. Every process looks and logs ``job_late`` as an error; ``youhui jobs`` and
``/v1/operator/jobs`` show the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Column, Table, Text

from engine.store.instants import from_micros, to_micros
from engine.store.metadata import metadata
from engine.store.script import Row, Script, delete, insert_missing, select, update
from engine.wire.jobs import Jobs, JobShown

job_state = Table(
    "job_state",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "job:<name>"
    Column("about", Text, nullable=False),
    Column("period_seconds", BigInteger, nullable=False),
    Column("known_at", BigInteger, nullable=False),  # when a process first knew of it
    Column("slot", Text, nullable=False),  # the last one done
    Column("due_at", BigInteger, nullable=False),
    Column("done_at", BigInteger, nullable=False),
    Column("process", Text, nullable=False),
    Column("failures", BigInteger, nullable=False),  # since then
    Column("failed_at", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
)
PERIODS: Final = 2
LATE_MIN: Final = timedelta(seconds=30)
_PREFIX: Final = "job:"
_UNDONE: Final = {"slot": "", "due_at": 0, "done_at": 0, "process": "", "failures": 0, "failed_at": 0, "error": ""}


class Known(NamedTuple):
    """A job as a process knows it."""

    name: str
    about: str
    period_seconds: int


def know_script(tenant_id: str, jobs: Iterable[Known], now: datetime) -> Script[None]:
    """Write down which jobs there are; those that are no more are forgotten."""
    listed = list(jobs)
    yield insert_missing(job_state, [_unborn(tenant_id, one, now) for one in listed])
    if listed:
        yield update(job_state, [{**_key(tenant_id, one.name), **_known(one)} for one in listed])
    names = {one.name for one in listed}
    rows = yield select(job_state, tenant_id=tenant_id)
    gone = [(tenant_id, row["home_id"]) for row in rows if row["home_id"].removeprefix(_PREFIX) not in names]
    if gone:
        yield delete(job_state, gone)


def done_script(
    tenant_id: str, job: Known, *, slot: str, due_at: datetime, process: str, now: datetime
) -> Script[None]:
    """Write down that *slot* is done."""
    done = {"slot": slot, "due_at": to_micros(due_at), "done_at": to_micros(now), "process": process}
    yield from _put(_unborn(tenant_id, job, now), {**done, "failures": 0, "error": ""})


def failed_script(tenant_id: str, job: Known, *, failures: int, error: str, now: datetime) -> Script[None]:
    """Write down that the job failed *failures* times since it was last done."""
    told = {"failures": failures, "failed_at": to_micros(now), "error": error[:500]}
    yield from _put(_unborn(tenant_id, job, now), told)


def jobs_script(tenant_id: str, now: datetime) -> Script[Jobs]:
    """Return how every job does."""
    rows = yield select(job_state, tenant_id=tenant_id)
    items = tuple(_shown(row, now) for row in rows)
    return Jobs(late=sum(one.late for one in items), items=items)


def sentence(late: JobShown) -> str:
    """Say since when a *late* job did nothing, and why when that is known."""
    since = f"{late.last_done_at:%Y-%m-%d %H:%M:%S} UTC" if late.last_done_at else "it was set up"
    return f"{late.job} did nothing since {since}" + (f", last error: {late.error}" if late.error else "")


def _put(unborn: Row, changes: Row) -> Script[None]:
    if not (yield insert_missing(job_state, [{**unborn, **changes}])):
        key = {name: unborn[name] for name in ("tenant_id", "home_id")}
        yield update(job_state, [{**key, **changes}])


def _unborn(tenant_id: str, job: Known, now: datetime) -> Row:
    return {**_key(tenant_id, job.name), **_known(job), **_UNDONE, "known_at": to_micros(now)}


def _key(tenant_id: str, name: str) -> dict[str, Any]:
    return {"tenant_id": tenant_id, "home_id": f"{_PREFIX}{name}"}


def _known(job: Known) -> dict[str, Any]:
    return {"about": job.about, "period_seconds": job.period_seconds}


def _shown(row: Row, now: datetime) -> JobShown:
    since = from_micros(row["done_at"] or row["known_at"])
    return JobShown(
        job=row["home_id"].removeprefix(_PREFIX),
        about=row["about"],
        period_seconds=row["period_seconds"],
        last_slot=row["slot"] or None,
        last_due_at=from_micros(row["due_at"]) if row["due_at"] else None,
        last_done_at=from_micros(row["done_at"]) if row["done_at"] else None,
        process=row["process"] or None,
        failures=row["failures"],
        error=row["error"] or None,
        late=now - since > max(PERIODS * timedelta(seconds=row["period_seconds"]), LATE_MIN),
    )
