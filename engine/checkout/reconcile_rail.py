"""Holds the bank's settlement file against our books and names each difference.

    missing_here    the bank moved money under a key that we do not know
    missing_there   we booked it on that day and the file has not got it
    amount          amount or currency differ
    state           the bank moved it and our books say something else: the bank is asked again, and its word booked

Chargebacks in the file are booked. Doing a file again books nothing twice; its report replaces the day's earlier one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

import msgspec
from sqlalchemy import BigInteger, Column, Table, Text

from engine.checkout.by_card import ask_for, ask_once
from engine.checkout.change import Found, payment_row_script
from engine.checkout.chargeback import charge_back_by_bank
from engine.checkout.rail_ours import Ours, by_key_script, of_day_script
from engine.checkout.withdraw import ask_withdrawal
from engine.desk import Desk
from engine.errors import Invalid, NotFound
from engine.rails.settlement_file import SettlementRow, read
from engine.store.instants import to_micros
from engine.store.metadata import metadata
from engine.store.script import Row, Script, insert_missing, select, update
from engine.wire.cards import RailDifference, RailReconciliation

DAY: Final = timedelta(days=1)

rail_report = Table(
    "rail_report",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "rail"
    Column("day", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("differences", BigInteger, nullable=False),
    Column("report", Text, nullable=False),  # engine.wire.cards.RailReconciliation as JSON
)


async def reconcile(desk: Desk, text: str, day: date | None = None) -> RailReconciliation:
    """Reconcile a file of one *day* (UTC; default: that of its first line) and keep the report.

    Raises: Invalid ``file_malformed`` naming row and column; Invalid ``invalid_field`` for an empty file without a day.
    """
    rows = read(text)
    day = day or _day_of(rows)
    _refuse_other_days(rows, day)
    tenant_id = desk.settings.tenant_id
    since = to_micros(datetime.combine(day, time(0), UTC))
    until = to_micros(datetime.combine(day, time(0), UTC) + DAY)
    moved = [row for row in rows if row.kind != "chargeback"]
    known = await desk.database.read(by_key_script(tenant_id, (row.rail_key for row in moved)))
    booked_that_day = await desk.database.read(of_day_script(tenant_id, since, until))
    differences = [found for row in moved if (found := await _compared(desk, row, known.get(row.rail_key)))]
    there = {row.rail_key for row in rows}
    differences += [_missing_there(key, one) for key, one in booked_that_day.items() if key not in there]
    booked, unknown = await _charge_back(desk, [row for row in rows if row.kind == "chargeback"])
    differences += unknown
    report = RailReconciliation(
        day=day.isoformat(),
        rows=len(rows),
        agreed=len(rows) - sum(one.kind != "missing_there" for one in differences),
        chargebacks_booked=booked,
        differences=tuple(sorted(differences, key=lambda one: (one.kind, one.rail_key))),
    )
    await desk.database.write(_keep(tenant_id, to_micros(desk.clock.now()), report))
    return report


async def report_of(desk: Desk, day: date) -> RailReconciliation:
    """Return the report of a day. Raises: NotFound ``route_not_found`` when none was made."""
    rows = await desk.database.read(_report_script(desk.settings.tenant_id, day.isoformat()))
    if not rows:
        raise NotFound("route_not_found", f"No file of {day.isoformat()} was reconciled.", day=day.isoformat())
    return msgspec.json.decode(rows[0]["report"], type=RailReconciliation)


async def _compared(desk: Desk, theirs: SettlementRow, ours: Ours | None) -> RailDifference | None:
    said = f"{theirs.state} {theirs.amount_minor} {theirs.currency}"
    if ours is None:
        return RailDifference(kind="missing_here", rail_key=theirs.rail_key, ours="", theirs=said, done="")
    mine = f"{ours.state} {ours.amount_minor} {ours.currency}"
    if (ours.kind, ours.amount_minor, ours.currency) != (theirs.kind, theirs.amount_minor, theirs.currency):
        return RailDifference(kind="amount", rail_key=theirs.rail_key, ours=mine, theirs=said, done="")
    if ours.state != theirs.state:
        done = await _ask_again(desk, ours)
        return RailDifference(kind="state", rail_key=theirs.rail_key, ours=mine, theirs=said, done=done)
    return None


async def _ask_again(desk: Desk, ours: Ours) -> str:
    """Let the bank say it to us; what ended here is taken back in full."""
    if ours.order is None:
        return "the job asks the bank again" if ours.state == "asked" else ""
    if ours.order["kind"] == "withdrawal":
        await ask_withdrawal(desk, ours.order)
    else:
        row = await desk.database.read(payment_row_script(desk.settings.tenant_id, ours.order["payment_id"]))
        if row is None:
            return ""
        await ask_once(desk, Found(row), ours.order)
        await ask_for(desk, Found(row))
    key = ours.order["rail_key"]
    after = (await desk.database.read(by_key_script(desk.settings.tenant_id, [key])))[key]
    return f"asked again: {after.state}" if after.state != ours.state else ""


async def _charge_back(desk: Desk, rows: Sequence[SettlementRow]) -> tuple[int, list[RailDifference]]:
    """Book chargebacks; return how many were new, and those of charges that are not payments of ours."""
    known = await desk.database.read(by_key_script(desk.settings.tenant_id, (row.of_key for row in rows)))
    booked, unknown = 0, []
    for row in rows:
        charge = known.get(row.of_key)
        order = charge.order if charge else None
        if order is not None and order["kind"] == "charge" and order["state"] == "captured":
            booked += await charge_back_by_bank(desk, order["payment_id"], row.amount_minor, row.rail_key)
            continue
        ours = charge.state if charge else ""
        said = f"{row.state} {row.amount_minor} {row.currency} of {row.of_key}"
        kind: Literal["state", "missing_here"] = "state" if charge else "missing_here"
        unknown.append(RailDifference(kind=kind, rail_key=row.rail_key, ours=ours, theirs=said, done=""))
    return booked, unknown


def _missing_there(rail_key: str, ours: Ours) -> RailDifference:
    mine = f"{ours.state} {ours.amount_minor} {ours.currency}"
    return RailDifference(kind="missing_there", rail_key=rail_key, ours=mine, theirs="", done="")


def _day_of(rows: Sequence[SettlementRow]) -> date:
    if not rows:
        raise Invalid("invalid_field", "The file has no line that tells its day. Say which: day.", path="day")
    return rows[0].at.date()


def _refuse_other_days(rows: Sequence[SettlementRow], day: date) -> None:
    for number, row in enumerate(rows, start=2):
        if row.at.date() != day:
            raise Invalid(
                "file_malformed",
                f"Row {number}, column at: {row.at.isoformat()} is not on {day.isoformat()}. Nothing was used.",
                row=number,
                column="at",
            )


def _keep(tenant_id: str, at: int, report: RailReconciliation) -> Script[None]:
    home = {"tenant_id": tenant_id, "home_id": "rail", "day": report.day}
    kept = {"at": at, "differences": len(report.differences), "report": msgspec.json.encode(report).decode()}
    yield insert_missing(rail_report, [{**home, **kept}], returning=())
    yield update(rail_report, [{**home, **kept}])


def _report_script(tenant_id: str, day: str) -> Script[list[Row]]:
    return (yield select(rail_report, tenant_id=tenant_id, home_id="rail", day=day))
