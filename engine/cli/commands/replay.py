"""Decide a payment again from its stored facts and campaign versions; say "same", or what differs.

  youhui replay PAYMENT             one payment
  youhui replay --all 2027-03-01    every payment since then (a date, or an instant as 2027-03-01T12:00:00+08:00)

Reads the database directly, also beside a running server. Exit code 1 when a decision comes out another way.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from engine.errors import Invalid, NotFound
from engine.settings import Settings, from_environment
from engine.store.database import Database, open_for_reading
from engine.wire.jobs import ReplayReport


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add which payments, and the form of the answer."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("payment", nargs="?", help="the payment's id")
    which.add_argument("--all", metavar="SINCE", help="every payment decided since this date or instant")
    parser.add_argument("--json", action="store_true", help="print each report as a line of JSON")


def run(args: argparse.Namespace) -> int:
    """Replay and print; 1 when anything differs."""
    settings = from_environment()
    since = _instant(args.all, settings.timezone) if args.all else None
    return asyncio.run(_run(settings, args, since))


async def _run(settings: Settings, args: argparse.Namespace, since: datetime | None) -> int:
    from engine.checkout.replay import replay_report

    database = await open_for_reading(settings)
    try:
        if since is not None:
            return await _all(database, settings.tenant_id, since, as_json=args.json)
        report = await replay_report(database, settings.tenant_id, args.payment)
        print(_json(report) if args.json else said(report))
        return 0 if report.same else 1
    finally:
        await database.close()


async def _all(database: Database, tenant_id: str, since: datetime, *, as_json: bool) -> int:
    """Replay page by page; print those that differ, or all as JSON, and the sum."""
    from engine.checkout.replay import payments_since_script, report_of

    looked_at = differing = 0
    after = None
    while rows := await database.read(payments_since_script(tenant_id, since, after)):
        for row in rows:
            looked_at += 1
            try:
                report = await report_of(database, row)
            except NotFound as error:
                differing += 1
                print(f"{row['payment_id']}: {error.detail} ({error.code})")
                continue
            differing += not report.same
            if as_json:
                print(_json(report))
            elif not report.same:
                print(said(report))
        after = (rows[-1]["decided_at"], rows[-1]["payment_id"])
    if not as_json:
        print(f"{looked_at} payments, {differing} differ" if differing else f"{looked_at} payments, all the same")
    return 1 if differing else 0


def said(report: ReplayReport) -> str:
    """Say what a replay found, a line for each difference."""
    if report.same:
        return f"{report.payment_id}: same, sha256 {report.digest}"
    lines = [
        f"  {one.path or 'decision'}: stored {_shown(one.stored)}, again {_shown(one.again)}"
        for one in report.differences
    ]
    return "\n".join([f"{report.payment_id}: DIFFERS in {len(lines)} places", *lines])


def _shown(text: str | None) -> str:
    return "nothing" if text is None else text


def _json(report: ReplayReport) -> str:
    return json.dumps(msgspec.to_builtins(report), ensure_ascii=False)


def _instant(text: str, timezone: str) -> datetime:
    """Read a date, midnight in *timezone*, or an instant. Raises: Invalid ``invalid_field``."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("invalid_field", f"{text!r} is not a date (2027-03-01) or an instant.", path="--all") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(timezone))
