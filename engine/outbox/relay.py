"""Hands events of the stream ``work`` to their handlers: at least once each, looked for by state, never ``id > last``.

A handler does its effect idempotently and in its own transactions. When it fails the event is tried again after a
growing pause; after ``TRIES_MAX`` tries it is set aside as ``poison`` and logged, and the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import BigInteger, Column, Table, Text, and_, bindparam, select

from engine.outbox.events import event
from engine.store.database import Database
from engine.store.instants import from_micros, to_micros
from engine.store.metadata import metadata
from engine.store.script import Row, Script, insert_missing, query, update

BATCH: Final = 100
TRIES_MAX: Final = 8
FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=10)
log = logging.getLogger("youhui.outbox")

#: Failed tries of an event; the row is only there after a failure.
relay_try = Table(
    "relay_try",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("tries", BigInteger, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
)


class Asked(NamedTuple):
    """An event as a handler gets it."""

    tenant_id: str
    member_id: str
    seq: int
    type: str
    at: datetime
    payment_id: str
    body: dict[str, Any]


Handler = Callable[[Asked], Awaitable[None]]


async def relay(database: Database, tenant_id: str, handlers: Mapping[str, Handler], now: datetime) -> int:
    """Hand over what is due and return how many were done. An event without a handler is done at once."""
    due = await database.read(_due(tenant_id, now))
    done = 0
    for row in due:
        done += await _hand_over(database, row, handlers, now)
    return done


async def _hand_over(database: Database, row: Row, handlers: Mapping[str, Handler], now: datetime) -> bool:
    handler = handlers.get(row["type"])
    try:
        if handler is not None:
            await handler(_asked(row))
    except Exception as error:  # noqa: BLE001 whatever a handler raises must not stop the others
        await database.write(_failed(row, repr(error), now))
        return False
    await database.write(_mark(row, "done"))
    return True


def _due(tenant_id: str, now: datetime) -> Script[list[Row]]:
    return (yield query(_DUE, tenant_id=tenant_id, now=to_micros(now), batch=BATCH))


def _mark(row: Row, state: str) -> Script[None]:
    yield update(event, [{**_key(row), "stream": "work", "state": state}])


def _failed(row: Row, error: str, now: datetime) -> Script[None]:
    tries = (row["tries"] or 0) + 1
    pause = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
    failure = {**_key(row), "tries": tries, "next_at": to_micros(now + pause), "error": error[:500]}
    if not (yield insert_missing(relay_try, [failure])):
        yield update(relay_try, [failure])
    if tries >= TRIES_MAX:
        log.error("event %s of %s is set aside after %s tries: %s", row["seq"], row["home_id"], tries, error)
        yield from _mark(row, "poison")
    else:
        log.warning("event %s of %s failed, try %s: %s", row["seq"], row["home_id"], tries, error)


def _key(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("tenant_id", "home_id", "seq")}


def _asked(row: Row) -> Asked:
    return Asked(
        tenant_id=row["tenant_id"],
        member_id=row["home_id"],
        seq=row["seq"],
        type=row["type"],
        at=from_micros(row["at"]),
        payment_id=row["payment_id"],
        body=msgspec.json.decode(row["body"]),
    )


_same = and_(
    relay_try.c.tenant_id == event.c.tenant_id,
    relay_try.c.home_id == event.c.home_id,
    relay_try.c.seq == event.c.seq,
)
_DUE = (
    select(event, relay_try.c.tries)
    .outerjoin(relay_try, _same)
    .where(
        event.c.tenant_id == bindparam("tenant_id"),
        event.c.stream == "work",
        event.c.state == "pending",
        (relay_try.c.next_at.is_(None)) | (relay_try.c.next_at <= bindparam("now")),
    )
    .order_by(event.c.at, event.c.home_id, event.c.seq)
    .limit(bindparam("batch"))
)
