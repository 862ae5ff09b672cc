"""What happened, written in the transaction in which it happened.

Two streams per member: ``member`` is the feed the wallet reads (sequence without gaps), ``work`` is for the relay,
which looks for rows by state (never ``id > last``) and marks them done. Handlers may meet an event twice and must not
mind.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, Protocol

import msgspec
import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Index, Table, Text, bindparam

from engine.store.instants import from_micros, to_micros
from engine.store.metadata import metadata
from engine.store.script import Row, Script, query, select

Stream = Literal["member", "work"]

event = Table(
    "event",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the member
    Column("stream", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("payment_id", Text, nullable=False),  # "" when of none
    Column("coupon_id", Text, nullable=False),  # "" when of none
    Column("body", Text, nullable=False),  # JSON object
    Column("state", Text, nullable=False),  # pending | done
    Index("event_by_state", "tenant_id", "state", "stream", "at"),
    Index("event_by_payment", "tenant_id", "payment_id"),
)
#: The last sequence numbers of a member's streams; its row lock orders the member's events.
feed = Table(
    "feed",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_work_seq", BigInteger, nullable=False),
)
EMPTY_FEED: Final = {"last_seq": 0, "last_work_seq": 0}
#: Events per answer of the feed.
PAGE: Final = 200

_AFTER: Final = (
    sa.select(event)
    .where(
        event.c.tenant_id == bindparam("tenant_id"),
        event.c.home_id == bindparam("member_id"),
        event.c.stream == "member",
        event.c.seq > bindparam("after"),
    )
    .order_by(event.c.seq)
    .limit(PAGE)
)


class Event(NamedTuple):
    """One thing that happened to a member, as the feed tells it."""

    seq: int
    type: str
    at: datetime
    payment_id: str
    coupon_id: str
    body: dict[str, Any]


class Rows(Protocol):
    """The part of the sequencer's rows that writing events needs."""

    def get(self, table: Table, key: tuple[str, ...]) -> dict[str, object] | None:
        """Return a locked row."""
        ...

    def update(self, table: Table, key: tuple[str, ...], **changes: object) -> None:
        """Change columns of a locked row."""
        ...

    def insert(self, table: Table, **values: object) -> None:
        """Add a row."""
        ...


class Recorder:
    """Writes events of one member in one transaction; the member's ``feed`` row must be locked (``feed_key``)."""

    def __init__(self, rows: Rows, tenant_id: str, member_id: str, at: datetime) -> None:
        """Write into *rows* for *member_id*; everything happened *at*."""
        self._rows, self._tenant_id, self._member_id, self._at = rows, tenant_id, member_id, to_micros(at)

    def tell(
        self, type_: str, body: Mapping[str, object] | None = None, *, payment_id: str = "", coupon_id: str = ""
    ) -> None:
        """Add an event to the member's own feed."""
        self._record("member", type_, body or {}, payment_id=payment_id, coupon_id=coupon_id)

    def ask(self, type_: str, body: Mapping[str, object], *, payment_id: str = "") -> None:
        """Add an event for a handler of the relay; the member does not see it."""
        self._record("work", type_, body, payment_id=payment_id, coupon_id="")

    def _record(
        self, stream: Stream, type_: str, body: Mapping[str, object], *, payment_id: str, coupon_id: str
    ) -> None:
        key = feed_key(self._tenant_id, self._member_id)
        row = self._rows.get(feed, key)
        if row is None:
            raise LookupError(f"the feed of {self._member_id} is not locked")
        column = "last_seq" if stream == "member" else "last_work_seq"
        seq = int(str(row[column])) + 1
        self._rows.update(feed, key, **{column: seq})
        self._rows.insert(
            event,
            tenant_id=self._tenant_id,
            home_id=self._member_id,
            stream=stream,
            seq=seq,
            type=type_,
            at=self._at,
            payment_id=payment_id,
            coupon_id=coupon_id,
            body=msgspec.json.encode(body).decode(),
            state="pending",
        )


def feed_key(tenant_id: str, member_id: str) -> tuple[str, str]:
    """Return the primary key of a member's feed row; lock it with ``EMPTY_FEED`` as default."""
    return (tenant_id, member_id)


def events_script(tenant_id: str, member_id: str, after: int) -> Script[list[Event]]:
    """Read the member's own feed after sequence number *after*, oldest first, at most a page."""
    rows = yield query(_AFTER, tenant_id=tenant_id, member_id=member_id, after=after)
    return list(map(_event, rows))


def last_seq_script(tenant_id: str, member_id: str) -> Script[int]:
    """Read the sequence number of the member's latest event, 0 before the first."""
    rows = yield select(feed, tenant_id=tenant_id, home_id=member_id)
    return int(rows[0]["last_seq"]) if rows else 0


def _event(row: Row) -> Event:
    return Event(
        seq=row["seq"],
        type=row["type"],
        at=from_micros(row["at"]),
        payment_id=row["payment_id"],
        coupon_id=row["coupon_id"],
        body=msgspec.json.decode(row["body"]),
    )
