"""The inviter's red packet: asked for by the friend's payment through the outbox, given in the inviter's own home.

    "" → given        the friend's payment was committed
    "" → cancelled    half of it or more was refunded before the inviter got anything: the budget gets it back
    given → due       it was refunded afterwards: what is to come back stands in ``clawback_due``

Both handlers lock the same row, so they may come in any order and any number of times.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Column, Table, Text

from engine.desk import Desk
from engine.ledger import accounts, counters, transfers
from engine.ledger.transfers import Transfer
from engine.ledger.work import Answer, Lock, Rows, Work
from engine.outbox.events import EMPTY_FEED, Recorder, event, feed, feed_key
from engine.outbox.relay import Asked
from engine.programs.dues import Owed, collect, dues_read, record_due
from engine.rules.decision import Take, Words
from engine.store.instants import to_micros
from engine.store.metadata import metadata
from engine.store.script import Script, select

referral = Table(
    "referral",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the inviter
    Column("payment_id", Text, primary_key=True),  # the friend's
    Column("campaign_id", Text, primary_key=True),
    Column("friend_id", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("funder", Text, nullable=False),
    Column("state", Text, nullable=False),  # "" | given | cancelled | due
    Column("at", BigInteger, nullable=False),
)


class Due(Struct, frozen=True, kw_only=True):
    """The body of ``referral.due`` and ``referral.cancel``."""

    inviter_id: str
    campaign_id: str
    amount_minor: int
    currency: str
    funder: str
    name: Words
    takes: tuple[Take, ...] = ()  # of a cancel: what the campaign's budget gets back when nothing was given yet


async def give(desk: Desk, asked: Asked) -> None:
    """Put the red packet into the inviter's wallet, once; leave it to the cancel when the refund was quicker."""
    if not await desk.database.read(_cancelled_script(asked)):
        await _submit(desk, asked, _give)


async def cancel(desk: Desk, asked: Asked) -> None:
    """Cancel a red packet that was not given; record one that was as due back."""
    await _submit(desk, asked, _cancel)


#: Event type → coroutine; the relay calls them.
HANDLERS: Final[dict[str, Callable[[Desk, Asked], Awaitable[None]]]] = {
    "referral.due": give,
    "referral.cancel": cancel,
}


def _cancelled_script(asked: Asked) -> Script[bool]:
    """Whether the friend's payment has asked to cancel the same campaign's packet as well."""
    rows = yield select(
        event, tenant_id=asked.tenant_id, home_id=asked.member_id, stream="work", payment_id=asked.payment_id
    )
    cancels = [msgspec.json.decode(row["body"]) for row in rows if row["type"] == "referral.cancel"]
    return any(body["campaign_id"] == asked.body["campaign_id"] for body in cancels)


async def _submit(
    desk: Desk, asked: Asked, change: Callable[[Rows, tuple[str, ...], Asked, Due, datetime], None]
) -> None:
    due = msgspec.convert(asked.body, Due)
    now = desk.clock.now()
    key = (asked.tenant_id, due.inviter_id, asked.payment_id, due.campaign_id)

    def decide(rows: Rows) -> Answer:
        change(rows, key, asked, due, now)
        return Answer("done", "", b"")

    await desk.sequencer.submit(
        Work(
            tenant_id=asked.tenant_id,
            caller="job:referral",
            key=None,  # the row's state makes it idempotent
            fingerprint=b"",
            locks=[
                Lock(referral, key, _unknown(asked, due, now)),
                accounts.wallet_lock(asked.tenant_id, due.inviter_id, due.currency),
                Lock(feed, feed_key(asked.tenant_id, due.inviter_id), EMPTY_FEED),
                *(counters.counter_lock(asked.tenant_id, take.key) for take in due.takes),
            ],
            reads=[
                counters.entries_read(asked.tenant_id, asked.payment_id),
                dues_read(asked.tenant_id, due.inviter_id),
            ],
            decide=decide,
        )
    )
    desk.wake(due.inviter_id)


def _unknown(asked: Asked, due: Due, now: datetime) -> dict[str, Any]:
    return {
        "friend_id": asked.member_id,
        "amount_minor": due.amount_minor,
        "currency": due.currency,
        "funder": due.funder,
        "state": "",
        "at": to_micros(now),
    }


def _give(rows: Rows, key: tuple[str, ...], asked: Asked, due: Due, now: datetime) -> None:
    row = rows.get(referral, key)
    if row is None or row["state"]:
        return
    rows.update(referral, key, state="given", at=to_micros(now))
    tenant_id, inviter_id, minor = asked.tenant_id, due.inviter_id, due.amount_minor
    repaid = collect(rows, tenant_id, inviter_id, kind="red_packet", earned=minor, currency=due.currency)
    net_minor = due.amount_minor - sum(one.taken for one in repaid)
    name = f"{asked.payment_id}:referral:{due.campaign_id}"
    moves = [Moved(name, accounts.wallet(due.inviter_id), net_minor, "red_packet")]
    moves += [
        Moved(f"{name}:repaid:{one.due_id}", accounts.funder(one.funder), one.taken, "due_repaid") for one in repaid
    ]
    for moved in moves:
        _post(rows, asked, due, now, moved)
    tell = Recorder(rows, asked.tenant_id, due.inviter_id, now)
    told = {"kind": "red_packet", "amount_minor": due.amount_minor, "name": msgspec.to_builtins(due.name)}
    tell.tell("reward.given", told)
    tell.tell("balance.changed", {"amount_minor": net_minor})


class Moved(NamedTuple):
    """A part of the red packet: to the inviter's wallet, or to whom the inviter owes."""

    name: str
    to: str
    amount_minor: int
    kind: str


def _post(rows: Rows, asked: Asked, due: Due, now: datetime, moved: Moved) -> None:
    """Move it out of the funder's account; nothing moves for 0, nor from a funder to itself."""
    if not moved.amount_minor or moved.to == accounts.funder(due.funder):
        return
    transfers.post(
        rows,
        Transfer(
            tenant_id=asked.tenant_id,
            home_id=due.inviter_id,
            transfer_id=moved.name,
            debit=accounts.funder(due.funder),
            credit=moved.to,
            amount_minor=moved.amount_minor,
            currency=due.currency,
            kind=moved.kind,
            created_at=now,
        ),
    )


def _cancel(rows: Rows, key: tuple[str, ...], asked: Asked, due: Due, now: datetime) -> None:
    row = rows.get(referral, key)
    if row is None or row["state"] in {"cancelled", "due"}:
        return
    if not row["state"]:
        rows.update(referral, key, state="cancelled", at=to_micros(now))
        for take in due.takes:
            counters.give_back(rows, asked.tenant_id, take.key, payment_id=asked.payment_id, amount=take.amount)
        return
    rows.update(referral, key, state="due", at=to_micros(now))
    record_due(
        rows,
        (asked.tenant_id, due.inviter_id, f"{asked.payment_id}:referral:{due.campaign_id}"),
        Owed("red_packet", due.amount_minor, asked.payment_id, due.funder, due.currency),
        now,
    )
