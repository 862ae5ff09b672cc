"""Pays merchants out what was settled for them.

    asked → paid      the bank sent the money: it left the settled balance
    asked → failed    the bank said no: it is in the settled balance again
    asked → asked     the bank did not answer: the same rail key is asked again, by the next payout or by the job

A payout is held on the settled balance before the bank hears of it, and a merchant has one at a time; so however often
it is asked for, or a process dies, the bank sends the money once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, Text, bindparam

from engine.desk import Desk
from engine.ledger import accounts, transfers
from engine.ledger.transfers import Transfer, transfer_lock
from engine.ledger.work import Answer, Lock, Rows, Work
from engine.programs.merchants import merchants_script
from engine.rails.payout import PayoutAnswer
from engine.rails.rail import RailTimeoutError
from engine.settlement.statement import head_lock, settlement_head
from engine.store.instants import to_micros
from engine.store.metadata import metadata
from engine.store.script import Row, Script, insert_missing, query, select, update

PayoutState = Literal["asked", "paid", "failed"]
#: Where a merchant is paid that has named no account: the sandbox's.
DEFAULT_ACCOUNT: Final = "sandbox-ok"
BATCH: Final = 50

payout = Table(
    "payout",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the merchant
    Column("payout_id", Text, primary_key=True),  # the rail key and the transfer's id too
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("account", Text, nullable=False),  # as it was when it was asked
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),  # of a failure
    Column("asked_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint("state IN ('asked', 'paid', 'failed')", name="state_known"),
    Index("payout_by_state", "tenant_id", "state", "asked_at"),
    Index("payout_by_time", "tenant_id", "home_id", "asked_at", "payout_id"),
)
payout_account = Table(
    "payout_account",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the merchant
    Column("account", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)
_ASKED: Final = (
    sa.select(payout)
    .where(payout.c.tenant_id == bindparam("tenant_id"), payout.c.state == "asked")
    .order_by(payout.c.asked_at, payout.c.payout_id)
    .limit(BATCH)
)


async def pay_out(desk: Desk, merchant_id: str | None = None) -> list[Row]:
    """Pay every merchant (or *merchant_id*) out what is settled for it; return the payouts as they stand.

    One that the bank has not answered is asked about again, under its key, and no other is made beside it.
    Raises: NotFound ``merchant_not_found``.
    """
    heads = await desk.database.read(_heads_script(desk.settings.tenant_id, merchant_id))
    made = []
    for head in heads:
        asked = await _ask(desk, head["home_id"], head["currency"])
        if asked is not None:
            made.append(await _finish(desk, asked))
    return made


async def ask_again(desk: Desk) -> int:
    """Ask the bank about every payout that it has not answered; return how many it answered now."""
    rows = await desk.database.read(_asked_script(desk.settings.tenant_id))
    ended = [await _finish(desk, row) for row in rows]
    return sum(row["state"] != "asked" for row in ended)


def set_account_script(tenant_id: str, merchant_id: str, account: str, now: datetime) -> Script[None]:
    """Pay *merchant_id* to *account* from now on. Raises: NotFound ``merchant_not_found``."""
    yield from merchants_script(tenant_id, [merchant_id])
    row = {"tenant_id": tenant_id, "home_id": merchant_id, "account": account, "changed_at": to_micros(now)}
    if not (yield insert_missing(payout_account, [row])):
        yield update(payout_account, [row])


async def _ask(desk: Desk, merchant_id: str, currency: str) -> Row | None:
    """Hold what can be paid out and write the payout down; return it, or the one on its way, or None for neither."""
    tenant_id = desk.settings.tenant_id
    account = await desk.database.read(_account_script(tenant_id, merchant_id))
    head, settled = head_lock(tenant_id, merchant_id, currency), accounts.settled_lock(tenant_id, merchant_id, currency)
    now = desk.clock.now()

    def decide(rows: Rows) -> Answer:
        known = _locked(rows, settlement_head, head.key)
        amount_minor = accounts.balance(rows, settled)
        if known["payout_id"] or not amount_minor:
            return Answer("done", "", known["payout_id"].encode())
        payout_id = f"out_{merchant_id}_{currency}_{known['payouts'] + 1:06}"
        row = {
            "tenant_id": tenant_id,
            "home_id": merchant_id,
            "payout_id": payout_id,
            "currency": currency,
            "amount_minor": amount_minor,
            "account": account,
            "state": "asked",
            "reason": "",
            "asked_at": to_micros(now),
            "ended_at": None,
        }
        rows.insert(payout, **row)
        rows.update(settlement_head, head.key, payout_id=payout_id, payouts=known["payouts"] + 1)
        transfers.pend(rows, _transfer(row, now))
        return Answer("done", "", payout_id.encode())

    answer = await _submit(desk, [head, settled], decide)
    payout_id = answer.body.decode()
    return (await desk.database.read(_payout_script(tenant_id, merchant_id, payout_id))) if payout_id else None


async def _finish(desk: Desk, row: Row) -> Row:
    """Learn what the bank did and book it; the payout as it then stands."""
    if row["state"] != "asked":
        return row
    try:
        answer = await _answered(desk, row)
    except RailTimeoutError:
        return row
    key = (row["tenant_id"], row["home_id"], row["payout_id"])
    head = head_lock(row["tenant_id"], row["home_id"], row["currency"])
    settled = accounts.settled_lock(row["tenant_id"], row["home_id"], row["currency"])
    ended = {"state": answer.state, "reason": answer.reason, "ended_at": to_micros(desk.clock.now())}

    def decide(rows: Rows) -> Answer:
        if _locked(rows, payout, key)["state"] == "asked":
            rows.update(payout, key, **ended)
            rows.update(settlement_head, head.key, payout_id="")
            transfers.settle(rows, key, "posted" if answer.state == "paid" else "voided")
        return Answer("done", "", b"")

    await _submit(desk, [head, settled, Lock(payout, key), transfer_lock(*key)], decide)
    return await desk.database.read(_payout_script(*key))


async def _answered(desk: Desk, row: Row) -> PayoutAnswer:
    """Return what the bank did with the payout's key, asking for it where the bank never heard of it."""
    rail, key = desk.payout_rail, row["payout_id"]
    answer = await rail.query(key)
    if answer.state != "unknown":
        return answer
    return await rail.pay(key, account=row["account"], amount_minor=row["amount_minor"], currency=row["currency"])


async def _submit(desk: Desk, locks: list[Lock], decide: Callable[[Rows], Answer]) -> Answer:
    return await desk.sequencer.submit(
        Work(
            tenant_id=desk.settings.tenant_id,
            caller="job:payout",
            key=None,
            fingerprint=b"",
            locks=locks,
            decide=decide,
        )
    )


def _transfer(row: Row, now: datetime) -> Transfer:
    return Transfer(
        tenant_id=row["tenant_id"],
        home_id=row["home_id"],
        transfer_id=row["payout_id"],
        debit=accounts.settled(row["home_id"]),
        credit=accounts.BANK,
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        kind="payout",
        created_at=now,
    )


def _heads_script(tenant_id: str, merchant_id: str | None) -> Script[list[Row]]:
    if merchant_id is None:
        return (yield select(settlement_head, tenant_id=tenant_id))
    yield from merchants_script(tenant_id, [merchant_id])
    return (yield select(settlement_head, tenant_id=tenant_id, home_id=merchant_id))


def _account_script(tenant_id: str, merchant_id: str) -> Script[str]:
    rows = yield select(payout_account, tenant_id=tenant_id, home_id=merchant_id)
    return str(rows[0]["account"]) if rows else DEFAULT_ACCOUNT


def _asked_script(tenant_id: str) -> Script[list[Row]]:
    return (yield query(_ASKED, tenant_id=tenant_id))


def _payout_script(tenant_id: str, merchant_id: str, payout_id: str) -> Script[Row]:
    return (yield select(payout, tenant_id=tenant_id, home_id=merchant_id, payout_id=payout_id))[0]


def _locked(rows: Rows, table: Table, key: tuple[str, ...]) -> dict[str, Any]:
    row = rows.get(table, key)
    if row is None:
        raise LookupError(f"{table.name} {key} is not there")
    return row
