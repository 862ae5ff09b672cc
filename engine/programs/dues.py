"""What a member owes: rewards of a refunded payment that could be neither taken back nor deducted.

    open → repaid: first from the next points earned, and from the next red packet

A due is in points or in minor units of its currency; where the kinds differ a point counts at its declared worth. It
never makes a balance negative: it waits. Only work that holds the lock of the member's feed changes a due.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Table, Text, bindparam

from engine.desk import Desk
from engine.ledger.work import Read, Rows
from engine.programs.points import WORTH_MINOR
from engine.store.instants import from_micros, to_micros
from engine.store.metadata import metadata
from engine.store.script import Row, Script, query
from engine.wire.dues import Due, Dues

Kind = Literal["points", "red_packet"]
#: Dues are few; past this the newest are shown.
SHOWN: Final = 200

clawback_due = Table(
    "clawback_due",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the member
    Column("due_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # points | red_packet
    Column("amount", BigInteger, nullable=False),  # points, or minor units
    Column("repaid", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # open | repaid
    Column("payment_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("funder", Text, nullable=False, default="platform", server_default="platform"),  # who gets it
    Column("currency", Text, nullable=False, default="CNY", server_default="CNY"),  # of money and of points' worth
)
_SHOWN: Final = sa.select(clawback_due).where(clawback_due.c.tenant_id == bindparam("tenant_id"))
_NEWEST: Final = (clawback_due.c.at.desc(), clawback_due.c.due_id)
_OF_MEMBER: Final = _SHOWN.where(clawback_due.c.home_id == bindparam("member_id")).order_by(*_NEWEST).limit(SHOWN)
_OPEN: Final = _SHOWN.where(clawback_due.c.state == "open").order_by(*_NEWEST).limit(SHOWN)


class Repaid(NamedTuple):
    """What was taken of something earned, in its own unit, and what the funder gets for it in minor units."""

    due_id: str
    taken: int
    funder: str
    worth_minor: int


def dues_read(tenant_id: str, member_id: str) -> Read:
    """Read what a member owes; whoever gives points or money to a member reads it under the lock of the feed."""
    return Read(clawback_due, {"tenant_id": tenant_id, "home_id": member_id, "state": "open"})


class Owed(NamedTuple):
    """A reward of a payment that its funder does not get back yet."""

    kind: Kind
    amount: int  # points, or minor units
    payment_id: str
    funder: str
    currency: str


def record_due(rows: Rows, key: tuple[str, str, str], owed: Owed, at: datetime) -> None:
    """Record that the member of *key* (tenant, member, due) owes; nothing for 0."""
    if owed.amount:
        names = ("tenant_id", "home_id", "due_id")
        known = dict(zip(names, key, strict=True)) | owed._asdict()
        rows.insert(clawback_due, **known, repaid=0, state="open", at=to_micros(at))


def collect(rows: Rows, tenant_id: str, member_id: str, *, kind: Kind, earned: int, currency: str) -> list[Repaid]:
    """Take of *earned* points, or minor units of *currency*, what the member owes: dues of the same kind first.

    The caller moves what it returns. Dues must be read (``dues_read``).
    """
    repaid, left = [], earned
    dues: list[dict[str, Any]] = rows.read(clawback_due, **dues_read(tenant_id, member_id).equals)
    for due in sorted(dues, key=lambda due: (due["kind"] != kind, due["at"], due["due_id"])):
        if due["currency"] != currency:
            continue
        taken, settled = _part(due, kind, left)
        if not taken:
            continue
        done = due["repaid"] + settled
        state = "repaid" if done == due["amount"] else "open"
        rows.update(clawback_due, (tenant_id, member_id, due["due_id"]), repaid=done, state=state)
        # Points of the same kind move no money: they were ours and are ours again.
        worth_minor = taken if kind == "red_packet" else 0 if due["kind"] == "points" else settled
        repaid.append(Repaid(due["due_id"], taken, due["funder"], worth_minor))
        left -= taken
    return repaid


def _part(due: Mapping[str, Any], kind: Kind, left: int) -> tuple[int, int]:
    """Return what is taken of *left* of *kind* for *due*, and what that settles of it in its own unit."""
    owed: int = due["amount"] - due["repaid"]
    if due["kind"] == kind:
        return (both := min(owed, left)), both
    if kind == "points":
        taken = min(left, -(-owed // WORTH_MINOR))
        return taken, min(owed, taken * WORTH_MINOR)
    points = min(owed, left // WORTH_MINOR)
    return points * WORTH_MINOR, points


async def dues_of_member(desk: Desk, member_id: str) -> Dues:
    """Return what a member owes and owed, the newest first."""
    return _dues(await desk.database.read(_script(_OF_MEMBER, tenant_id=desk.settings.tenant_id, member_id=member_id)))


async def open_dues(desk: Desk) -> Dues:
    """Return what all members owe, the newest first."""
    return _dues(await desk.database.read(_script(_OPEN, tenant_id=desk.settings.tenant_id)))


def _script(statement: sa.Select[Any], **known: object) -> Script[list[Row]]:
    return (yield query(statement, **known))


def _dues(rows: list[Row]) -> Dues:
    return Dues(items=tuple(_due(row) for row in rows))


def _due(row: Row) -> Due:
    return Due(
        due_id=row["due_id"],
        member_id=row["home_id"],
        kind=row["kind"],
        amount=row["amount"],
        repaid=row["repaid"],
        currency=row["currency"],
        state=row["state"],
        payment_id=row["payment_id"],
        at=from_micros(row["at"]),
    )
