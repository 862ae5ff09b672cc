"""Moves money from a bank card into the wallet.

    asked → booked      the bank took the money: it is in the wallet
    asked → declined    the bank said no
    asked → asked       the bank did not answer: the same rail key is asked again, by a repeat or by ``ask_again``

The top-up's id comes from the caller's Idempotency-Key and is the rail key too, so however often it is sent, the bank
takes the money once and the wallet gets it once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NoReturn

import msgspec
import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text, bindparam

from engine.checkout.request import Request
from engine.desk import Desk
from engine.errors import Refused, Unavailable
from engine.ledger import accounts, transfers
from engine.ledger.idempotency import reused
from engine.ledger.transfers import Transfer
from engine.ledger.work import Answer, Lock, Rows, Work
from engine.outbox.events import EMPTY_FEED, Recorder, feed, feed_key
from engine.rails.rail import Rail, RailAnswer, RailTimeoutError
from engine.store.instants import to_micros
from engine.store.metadata import metadata
from engine.store.script import Row, Script, query
from engine.wire.members import ToppedUp, TopUpRequest

BATCH: Final = 50

top_up_table = Table(
    "top_up",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the member
    Column("top_up_id", Text, primary_key=True),  # the rail key too
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("card", Text, nullable=False),
    Column("state", Text, nullable=False),  # asked | booked | declined
    Column("asked_at", BigInteger, nullable=False),
    Column("caller", Text, nullable=False),
    Column("idempotency_key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("done_at", BigInteger),  # when the bank took the money, by its own clock
    Index("top_up_by_state", "tenant_id", "state", "asked_at"),
    Index("top_up_by_key", "tenant_id", "top_up_id"),
    Index("top_up_by_time", "tenant_id", "done_at"),
)
_ASKED: Final = (
    sa.select(top_up_table)
    .where(top_up_table.c.tenant_id == bindparam("tenant_id"), top_up_table.c.state == "asked")
    .order_by(top_up_table.c.asked_at)
    .limit(BATCH)
)


async def top_up(desk: Desk, member_id: str, asked: TopUpRequest, request: Request) -> Answer:
    """Top the member's wallet up; the answer's body is the wire ``ToppedUp``.

    Shape:  kind done, or refused ``card_declined``.
    Raises: Unavailable ``rail_unavailable`` when the bank does not answer: send the same request again; Invalid
            ``idempotency_key_reused``.
    """
    row = _asked_row(desk, member_id, asked, request)
    state = (await _submit(desk, row, None, _ask(row))).body.decode()
    return await _finish(desk, row, state)


async def ask_again(desk: Desk) -> int:
    """Ask the bank about every top-up that it has not answered; return how many it answered now."""
    answered = 0
    for row in await desk.database.read(_asked_script(desk.settings.tenant_id)):
        try:
            await _finish(desk, row, "asked")
        except Unavailable:
            continue  # still silent: the next run asks again
        answered += 1
    return answered


async def _finish(desk: Desk, row: Row, state: str) -> Answer:
    """Learn what the bank did, unless that is known, and book it under the caller's key."""
    word = await _word(desk.rail, row) if state == "asked" else None
    captured = state == "booked" or (word is not None and word.state == "captured")
    if not captured:
        await _submit(desk, row, None, _mark_declined(row))
    request = Request(row["caller"], row["idempotency_key"], bytes(row["fingerprint"]))
    answer = await _submit(desk, row, request, _book(desk, row, word) if captured else _decline)
    desk.wake(row["home_id"])
    return answer


async def _word(rail: Rail, row: Row) -> RailAnswer:
    """Return whether the bank took the money. Raises: Unavailable ``rail_unavailable`` while that is not known."""
    key = row["top_up_id"]
    try:
        answer = await rail.query(key)
        if answer.state == "unknown":
            answer = await _authorise(rail, row)
        if answer.state == "authorised":
            answer = await rail.capture(key)
    except RailTimeoutError:
        raise Unavailable(
            "rail_unavailable",
            "The bank does not answer yet. Send the same request again; the money is taken once.",
            top_up_id=key,
        ) from None
    return answer


async def _authorise(rail: Rail, row: Row) -> RailAnswer:
    return await rail.authorise(
        row["top_up_id"], token=row["card"], amount_minor=row["amount_minor"], currency=row["currency"]
    )


def _asked_row(desk: Desk, member_id: str, asked: TopUpRequest, request: Request) -> Row:
    scope = msgspec.json.encode([desk.settings.tenant_id, request.caller, request.key])
    return {
        "tenant_id": desk.settings.tenant_id,
        "home_id": member_id,
        "top_up_id": f"top_{hashlib.sha256(scope).hexdigest()[:32]}",
        "amount_minor": asked.amount_minor,
        "currency": desk.settings.currency,
        "card": asked.card,
        "state": "asked",
        "asked_at": to_micros(desk.clock.now()),
        "caller": request.caller,
        "idempotency_key": request.key,
        "fingerprint": request.fingerprint,
        "done_at": None,
    }


def _asked_script(tenant_id: str) -> Script[list[Row]]:
    return (yield query(_ASKED, tenant_id=tenant_id))


async def _submit(desk: Desk, row: Row, request: Request | None, decide: Callable[[Rows], Answer]) -> Answer:
    tenant_id, member_id = row["tenant_id"], row["home_id"]
    names = [column.name for column in top_up_table.columns if not column.primary_key]
    caller, key, fingerprint = request or Request("job:top-up", "", b"")
    return await desk.sequencer.submit(
        Work(
            tenant_id=tenant_id,
            caller=caller,
            key=key or None,
            fingerprint=fingerprint,
            locks=[
                Lock(top_up_table, _key(row), {name: row[name] for name in names}),
                accounts.wallet_lock(tenant_id, member_id, row["currency"]),
                Lock(feed, feed_key(tenant_id, member_id), EMPTY_FEED),
            ],
            decide=decide,
        )
    )


def _key(row: Row) -> tuple[str, str, str]:
    return (row["tenant_id"], row["home_id"], row["top_up_id"])


def _ask(row: Row) -> Callable[[Rows], Answer]:
    """Write down that it is asked, before the bank hears of it; answer the state."""

    def decide(rows: Rows) -> Answer:
        known = _locked(rows, row)
        if bytes(known["fingerprint"]) != row["fingerprint"]:
            raise reused()
        return Answer("done", "", str(known["state"]).encode())

    return decide


def _mark_declined(row: Row) -> Callable[[Rows], Answer]:
    def decide(rows: Rows) -> Answer:
        if _locked(rows, row)["state"] == "asked":
            rows.update(top_up_table, _key(row), state="declined")
        return Answer("done", "", b"")

    return decide


def _decline(_rows: Rows) -> NoReturn:
    raise Refused("card_declined", "The bank declined the card. Use another card, or ask your bank.")


def _book(desk: Desk, row: Row, word: RailAnswer | None) -> Callable[[Rows], Answer]:
    """Put the money into the wallet, once."""
    now = desk.clock.now()
    done_at = to_micros(word.at if word and word.at else now)

    def decide(rows: Rows) -> Answer:
        if _locked(rows, row)["state"] == "asked":
            rows.update(top_up_table, _key(row), state="booked", done_at=done_at)
            transfers.post(rows, _transfer(row, now))
            tell = Recorder(rows, row["tenant_id"], row["home_id"], now)
            tell.tell("balance.changed", {"amount_minor": row["amount_minor"], "top_up_id": row["top_up_id"]})
        wallet = accounts.wallet_lock(row["tenant_id"], row["home_id"], row["currency"])
        shown = ToppedUp(
            top_up_id=row["top_up_id"],
            amount_minor=row["amount_minor"],
            balance_minor=accounts.balance(rows, wallet),
            currency=row["currency"],
        )
        return Answer("done", "", msgspec.json.encode(shown))

    return decide


def _transfer(row: Row, now: datetime) -> Transfer:
    return Transfer(
        tenant_id=row["tenant_id"],
        home_id=row["home_id"],
        transfer_id=row["top_up_id"],
        debit=accounts.BANK,
        credit=accounts.wallet(row["home_id"]),
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        kind="top_up",
        created_at=now,
    )


def _locked(rows: Rows, row: Row) -> dict[str, Any]:
    locked = rows.get(top_up_table, _key(row))
    if locked is None:
        raise LookupError(f"top-up {row['top_up_id']} is not locked with a default")
    return locked
