"""At 03:00 in Shanghai each local day: prove the books and keep what was found; findings are logged too."""

from __future__ import annotations

import logging
from datetime import time

import msgspec
from sqlalchemy import BigInteger, Column, Table, Text

from engine.audit.audit import audit
from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Daily
from engine.store.instants import to_micros
from engine.store.metadata import metadata
from engine.store.script import Script, insert

audit_run = Table(
    "audit_run",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "audit"
    Column("local_date", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("findings", BigInteger, nullable=False),
    Column("report", Text, nullable=False),  # JSON
)
log = logging.getLogger("youhui.audit")


async def _run(desk: Desk, run: Run) -> None:
    report = await audit(desk.database, run.tenant_id)
    kept = await desk.database.write(_keep(run, len(report.findings), msgspec.json.encode(report).decode()))
    for finding in report.findings if kept else ():
        log.error("%s: %s: %s", finding.check, finding.subject, finding.detail)


def _keep(run: Run, findings: int, report: str) -> Script[bool]:
    if not (yield from run.claim()):
        return False
    row = {
        "tenant_id": run.tenant_id,
        "home_id": "audit",
        "local_date": run.slot.name,
        "at": to_micros(run.now),
        "findings": findings,
        "report": report,
    }
    yield insert(audit_run, [row])
    return True


JOB = Job(schedule=Daily(time(3), "Asia/Shanghai"), run=_run)
