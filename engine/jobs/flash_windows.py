"""Every 10 seconds: a flash deal whose window began is recorded as opened, one whose window ended as closed, each once.

A window is named by its instant: a deal whose file moves to a new window opens again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Table, Text

from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.slots import Every
from engine.rules.campaign import Campaign
from engine.store.instants import to_micros
from engine.store.metadata import metadata
from engine.store.script import Script, insert_missing

campaign_event = Table(
    "campaign_event",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "campaign:<id>"
    Column("kind", Text, primary_key=True),  # opened | closed
    Column("window_at", BigInteger, primary_key=True, autoincrement=False),  # the window's edge
    Column("recorded_at", BigInteger, nullable=False),
    Column("version", Text, nullable=False),
)


def edges(campaign: Campaign, now: datetime) -> list[tuple[str, datetime]]:
    """Return which edges of the campaign's window lie at or before *now*."""
    passed = [("opened", campaign.schedule.start), ("closed", campaign.schedule.until)]
    return [(kind, at) for kind, at in passed if at is not None and at <= now]


def record(run: Run, campaigns: Iterable[Campaign]) -> Script[int]:
    """Claim the slot and record what opened or closed; return how many were new."""
    if not (yield from run.claim()):
        return 0
    rows = [_row(run, campaign, kind, at) for campaign in campaigns for kind, at in edges(campaign, run.now)]
    new = (yield insert_missing(campaign_event, rows)) if rows else []
    return len(new)


def _row(run: Run, campaign: Campaign, kind: str, at: datetime) -> dict[str, Any]:
    return {
        "tenant_id": run.tenant_id,
        "home_id": f"campaign:{campaign.id}",
        "kind": kind,
        "window_at": to_micros(at),
        "recorded_at": to_micros(run.now),
        "version": campaign.version,
    }


async def _run(desk: Desk, run: Run) -> None:
    flash = [campaign for campaign in desk.catalogue.campaigns.values() if campaign.kind == "flash"]
    await desk.database.write(record(run, flash))


JOB = Job(schedule=Every(10), run=_run)
