"""Prove the books: run every check in one snapshot and name each row that breaks a rule.

A check is a query in one of the modules beside this; its name says the rule that holds.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from engine.audit import events, limits, money, payments, rails, settlement
from engine.audit.check import Check
from engine.clock import Clock, SystemClock
from engine.store.database import Database
from engine.store.script import Script, query

CHECKS: Final[tuple[Check, ...]] = (
    *money.CHECKS,
    *limits.CHECKS,
    *payments.CHECKS,
    *rails.CHECKS,
    *events.CHECKS,
    *settlement.CHECKS,
)


class Finding(Struct, frozen=True, kw_only=True):
    """One broken rule: which check, which row, and how it is wrong."""

    check: str
    subject: str
    detail: str


class AuditReport(Struct, frozen=True, kw_only=True):
    """What was looked at and what was found. No findings: the books are clean."""

    checked_at: datetime
    checks: dict[str, int]  # check → rows looked at
    findings: tuple[Finding, ...]


async def audit(database: Database, tenant_id: str, clock: Clock | None = None) -> AuditReport:
    """Return what every check finds in the books of *tenant_id*.

    Raises: Unavailable ``database_unavailable``.
    """
    checked_at = (clock or SystemClock()).now()
    return await database.snapshot(_script(tenant_id, checked_at))


def _script(tenant_id: str, checked_at: datetime) -> Script[AuditReport]:
    looked_at: dict[str, int] = {}
    findings: list[Finding] = []
    for one in CHECKS:
        looked_at[one.name] = (yield query(one.looked_at, tenant_id=tenant_id))[0]["n"]
        rows = yield query(one.broken, tenant_id=tenant_id)
        findings += [Finding(check=one.name, subject=row["subject"], detail=row["detail"]) for row in rows]
    return AuditReport(checked_at=checked_at, checks=looked_at, findings=tuple(findings))
