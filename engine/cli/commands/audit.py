"""Prove the books: every transfer balanced, every limit respected, budgets = spent + reserved + left.

Reads the database directly, also beside a running server. Exit code 1 when anything is found.
"""

from __future__ import annotations

import argparse
import asyncio
import json

import msgspec

from engine.audit.audit import AuditReport, audit
from engine.settings import Settings, from_environment
from engine.store.database import open_for_reading


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the form of the answer."""
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Audit and print each check with how many rows it looked at, then what was found."""
    report = asyncio.run(_audit(from_environment()))
    if args.json:
        print(json.dumps(msgspec.to_builtins(report), ensure_ascii=False, indent=1))
    else:
        print(_said(report))
    return 1 if report.findings else 0


async def _audit(settings: Settings) -> AuditReport:
    database = await open_for_reading(settings)
    try:
        return await audit(database, settings.tenant_id)
    finally:
        await database.close()


def _said(report: AuditReport) -> str:
    return "\n".join(
        [
            *(f"  {looked_at:>8}  {check}" for check, looked_at in report.checks.items()),
            *(f"FOUND {finding.check}: {finding.subject}: {finding.detail}" for finding in report.findings),
            f"{len(report.findings)} findings" if report.findings else "the books are clean",
        ]
    )
