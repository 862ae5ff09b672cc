"""One balance payment: as a work for the sequencer, and the same rows written one by one in a transaction of its own.

Both lock the wallet, the campaign's counter and the member's feed, and write a payment, two transfers, a journal entry,
an event and the kept answer. Wallets, counters and feeds are opened beforehand.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from engine.checkout.payment import payment
from engine.ledger import accounts, counters, transfers
from engine.ledger.counters import counter, counter_entry
from engine.ledger.idempotency import idempotency
from engine.ledger.transfers import transfer
from engine.ledger.work import Answer, Lock, Rows, Work
from engine.outbox.events import EMPTY_FEED, Recorder, event, feed, feed_key
from engine.store.database import Database
from engine.store.instants import to_micros
from engine.store.script import Row, Script, filled, insert_missing

TENANT, SHOP = "bench", "noodle-bar"
NOW = datetime(2027, 3, 1, tzinfo=UTC)
BALANCE_MINOR, PAID_MINOR, DISCOUNT_MINOR, CEILING = 10**12, 2_700, 500, 10**12
HOT = "hot"
_TEXT = msgspec.json.encode(
    {"lines": [{"id": f"l{n}", "sku": f"s{n}", "minor": 640, "why": "x" * 60} for n in range(5)]}
)
_KEYS = (f"{os.getpid()}-{n}" for n in itertools.count())


def open_rows(members: Iterable[str], campaigns: Iterable[str]) -> Script[None]:
    """Open wallets, feeds and counters, those that are missing."""
    who = list(members)
    wallets = [_wallet(member) | {"posted_minor": BALANCE_MINOR, "pending_out_minor": 0} for member in who]
    yield insert_missing(accounts.account, wallets, returning=())
    yield insert_missing(counter, [_counter(name) | {"used": 0, "reserved": 0} for name in campaigns], returning=())
    yield insert_missing(feed, [_home(member) | EMPTY_FEED for member in who], returning=())


async def prepare(database: Database, clients: int, campaigns: Iterable[str] = (HOT,)) -> None:
    """Open what *clients* clients need."""
    await database.write(open_rows(map(member_of, range(clients)), campaigns))


def member_of(client: int) -> str:
    return f"member-{client}"


def payment_work(member: str, campaign: str = HOT) -> Work:
    """Return the payment as a work."""
    name = next(_KEYS)
    key = counter_key(campaign)

    def decide(rows: Rows) -> Answer:
        counters.reserve(rows, TENANT, key, payment_id=name, amount=1, ceiling=CEILING)
        counters.use(rows, TENANT, key, name)
        for moved in _moved(member, name):
            transfers.post(rows, moved)
        rows.insert(payment, **payment_row(member, name))
        Recorder(rows, TENANT, member, NOW).tell("payment.committed", {"paid_minor": PAID_MINOR}, payment_id=name)
        return Answer("done", "", _TEXT)

    locks = [
        accounts.wallet_lock(TENANT, member, "CNY"),
        counters.counter_lock(TENANT, key),
        Lock(feed, feed_key(TENANT, member), EMPTY_FEED),
    ]
    return Work(tenant_id=TENANT, caller="till:1", key=name, fingerprint=b"f" * 32, locks=locks, decide=decide)


Step = tuple[str, tuple[Any, ...]]


def steps(member: str, campaign: str, mark: str) -> Iterable[Step]:
    """Yield the statements of the payment row by row; a sent row is the answer to a SELECT.

    Shape:  *mark*: ``$`` for PostgreSQL, ``?`` for SQLite, which locks by BEGIN IMMEDIATE.
    """
    name = next(_KEYS)
    locked = " FOR UPDATE" if mark == "$" else ""
    claimed = {"tenant_id": TENANT, "home_id": "till:1", "idempotency_key": name}
    empty = {"fingerprint": b"f" * 32, "kind": "", "code": "", "body": b"", "created_at": 0}
    yield insert(idempotency, claimed | empty, mark, " ON CONFLICT DO NOTHING RETURNING idempotency_key")
    wallet = yield select(accounts.account, _wallet(member), mark, locked)
    taken = yield select(counter, _counter(campaign), mark, locked)
    line = yield select(feed, _home(member), mark, locked)
    assert wallet["posted_minor"] - wallet["pending_out_minor"] >= PAID_MINOR
    assert taken["used"] + taken["reserved"] < CEILING
    entry = {"amount": 1, "returned": 0, "state": "used", "ceiling": CEILING, "taken_after": taken["used"] + 1}
    yield insert(counter_entry, _counter(campaign) | {"payment_id": name} | entry, mark)
    yield insert(payment, payment_row(member, name), mark)
    for moved in _moved(member, name):
        yield insert(transfer, _transfer_row(moved), mark)
    yield insert(event, event_row(member, name, line["last_seq"] + 1), mark)
    yield update(accounts.account, _wallet(member), {"posted_minor": wallet["posted_minor"] - PAID_MINOR}, mark)
    yield update(counter, _counter(campaign), {"used": taken["used"] + 1}, mark)
    yield update(feed, _home(member), {"last_seq": line["last_seq"] + 1}, mark)
    yield update(idempotency, claimed, {"kind": "done", "body": _TEXT}, mark)


def insert(table, row: Row, mark: str, tail: str = "") -> Step:
    marks = ", ".join(_marks(len(row), mark))
    return f"INSERT INTO {table.name} ({', '.join(row)}) VALUES ({marks}){tail}", tuple(row.values())


def select(table, key: Row, mark: str, tail: str) -> Step:
    where = " AND ".join(f"{name} = {one}" for name, one in zip(key, _marks(len(key), mark), strict=True))
    return f"SELECT * FROM {table.name} WHERE {where}{tail}", tuple(key.values())


def update(table, key: Row, changes: Row, mark: str) -> Step:
    marks = _marks(len(key) + len(changes), mark)
    told = [f"{name} = {one}" for name, one in zip((*changes, *key), marks, strict=True)]
    sets, where = ", ".join(told[: len(changes)]), " AND ".join(told[len(changes) :])
    return f"UPDATE {table.name} SET {sets} WHERE {where}", (*changes.values(), *key.values())


def payment_row(member: str, name: str) -> Row:
    text = _TEXT.decode()
    amounts = {"list_minor": PAID_MINOR + DISCOUNT_MINOR, "discount_minor": DISCOUNT_MINOR, "paid_minor": PAID_MINOR}
    at = to_micros(NOW)
    row = _home(member) | {
        "payment_id": name, "merchant_id": SHOP, "shop_id": "", "order_ref": name, "state": "committed",
        "currency": "CNY", "refunded_minor": 0, "channel": "till", "tool": "balance", "decided_at": at,
        "committed_at": at, "expires_at": at, "catalogue_revision": 1, "facts": text, "decision": text, "terms": text,
    }  # fmt: skip
    return filled(payment, row | amounts)


def event_row(member: str, name: str, seq: int) -> Row:
    told = {"type": "payment.committed", "at": to_micros(NOW), "payment_id": name, "coupon_id": ""}
    return _home(member) | {"stream": "member", "seq": seq} | told | {"body": '{"paid_minor":2700}', "state": "pending"}


def counter_key(campaign: str) -> counters.CounterKey:
    return ("campaign", campaign, campaign, "units", "")


def _moved(member: str, name: str) -> list[transfers.Transfer]:
    shared = {"tenant_id": TENANT, "home_id": member, "currency": "CNY", "created_at": NOW, "payment_id": name}
    sides = [(accounts.wallet(member), PAID_MINOR, "payment"), (accounts.funder("brand"), DISCOUNT_MINOR, "discount")]
    return [
        transfers.Transfer(
            transfer_id=f"{name}:{kind}",
            debit=debit,
            credit=accounts.payable(SHOP),
            amount_minor=minor,
            kind=kind,
            **shared,
        )
        for debit, minor, kind in sides
    ]


def _transfer_row(moved: transfers.Transfer) -> Row:
    sides = {"debit_account": moved.debit, "credit_account": moved.credit, "amount_minor": moved.amount_minor}
    told = {"currency": moved.currency, "kind": moved.kind, "state": "posted", "payment_id": moved.payment_id}
    named = _home(moved.home_id) | {"transfer_id": moved.transfer_id}
    return named | sides | told | {"refund_id": "", "created_at": to_micros(moved.created_at)}


def _home(member: str) -> Row:
    return {"tenant_id": TENANT, "home_id": member}


def _wallet(member: str) -> Row:
    return _home(member) | {"account_id": accounts.wallet(member), "currency": "CNY"}


def _counter(campaign: str) -> Row:
    names = [column.name for column in counter.primary_key.columns]
    key = counter_key(campaign)
    return dict(zip(names, (TENANT, counters.counter_home(key), *key), strict=True))


def _marks(count: int, mark: str) -> list[str]:
    return [f"${n}" if mark == "$" else "?" for n in range(1, count + 1)]
