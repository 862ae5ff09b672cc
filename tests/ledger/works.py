"""Works that tests submit: small use cases on real tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from engine.ledger import accounts, counters, transfers
from engine.ledger.transfers import Transfer
from engine.ledger.work import Answer, Lock, Read, Rows, Work

TENANT = "test"
NOW = datetime(2027, 3, 1, tzinfo=UTC)
FLASH = ("campaign", "flash", "flash", "units", "")


def work(
    decide: Callable[[Rows], Answer],
    *locks: Lock,
    key: str | None = None,
    fingerprint: bytes = b"body",
    caller: str = "till:1",
    reads: tuple[Read, ...] = (),
) -> Work:
    return Work(
        tenant_id=TENANT, caller=caller, key=key, fingerprint=fingerprint, locks=locks, decide=decide, reads=reads
    )


def done(**body: object) -> Answer:
    return Answer("done", "", json.dumps(body).encode())


def take(
    counter: tuple[str, str, str, str, str], payment_id: str, *, ceiling: int, amount: int = 1, key: str | None = None
) -> Work:
    """Take *amount* of *counter* and use it at once."""

    def decide(rows: Rows) -> Answer:
        counters.reserve(rows, TENANT, counter, payment_id=payment_id, amount=amount, ceiling=ceiling)
        counters.use(rows, TENANT, counter, payment_id)
        return done(payment_id=payment_id, taken=counters.taken(rows, TENANT, counter))

    return work(decide, counters.counter_lock(TENANT, counter), key=key)


def transfer(
    name: str, debit: str, credit: str, amount_minor: int, *, member: str = "lin", currency: str = "CNY"
) -> Transfer:
    return Transfer(
        tenant_id=TENANT,
        home_id=member,
        transfer_id=name,
        debit=debit,
        credit=credit,
        amount_minor=amount_minor,
        currency=currency,
        kind="test",
        created_at=NOW,
        payment_id=name,
    )


def top_up(name: str, member: str, amount_minor: int) -> Work:
    def decide(rows: Rows) -> Answer:
        transfers.post(rows, transfer(name, accounts.BANK, accounts.wallet(member), amount_minor, member=member))
        return done()

    return work(decide, accounts.wallet_lock(TENANT, member, "CNY"))
