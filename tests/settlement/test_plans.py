"""A merchant's day uses an index however many days and merchants there are: the plans are asserted, not the time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa

from engine.checkout.payment import payment
from engine.ledger.transfers import transfer
from engine.settlement import listing
from engine.settlement.claimable import _WALKS
from engine.settlement.statement import statement_entry, statement_line
from engine.store.core_text import POSTGRES, SQLITE, text_of
from engine.store.database import Database, is_postgres
from engine.store.script import Script, execute, insert

MERCHANTS, DAYS, PER_DAY = 5, 60, 20
KNOWN: dict[str, Any] = {"tenant_id": "t", "merchant_id": "m1", "day": "day-07", "currency": "CNY"}
PLANS = {
    "the rows of a day's bill": (
        listing.ENTRIES,
        {"after_at": -1, "after_id": "", "count": 31},
        {"statement_entry_by_time"},
    ),
    "a day's discounts by funder": (listing._FUNDED, {}, {"statement_line_by_entry"}),
    "a page of statements": (
        listing._STATEMENTS,
        {"before_day": "9999-12-31", "before_currency": "", "count": 31},
        {"statement_key", "sqlite_autoindex_statement_1"},
    ),
    "a page of payouts": (listing._PAYOUTS, {"before_at": 2**62, "before_id": "", "count": 31}, {"payout_by_time"}),
    "the end of a stretch of transfers": (
        _WALKS[0][0],
        {"payable": "payable:m1", "after": "1-20", "count": 100},
        {"transfer_by_credit"},
    ),
    "what of it is not settled": (
        _WALKS[1][1],
        {"payable": "payable:m1", "settled": ["JPY"], "after": "1-20", "last": "1-21"},
        {"transfer_by_debit"},
    ),
}


def _filled(table: sa.Table, **values: object) -> dict[str, object]:
    plain = {c.name: 0 if isinstance(c.type, sa.BigInteger) else "" for c in table.columns}
    return {**plain, "tenant_id": "t", "currency": "CNY", **values}


def _rows(table: sa.Table, key: str, **more: object) -> Iterator[dict[str, object]]:
    for merchant in range(MERCHANTS):
        for day in range(DAYS):
            for number in range(PER_DAY):
                id_ = f"{merchant}-{day:02}-{number}"
                own = {"home_id": f"m{merchant}", key: id_, "day": f"day-{day:02}"}
                yield _filled(table, **own, **more)


def _transfers() -> Iterator[dict[str, object]]:
    for merchant in range(MERCHANTS):
        for number in range(DAYS * PER_DAY):
            id_ = f"{merchant}-{number // PER_DAY:02}-{number % PER_DAY}"
            sides = {"debit_account": f"wallet:{number}", "credit_account": f"payable:m{merchant}"}
            yield _filled(
                transfer, home_id=f"{number}", transfer_id=id_, payment_id=id_, amount_minor=1, state="posted", **sides
            )


def _fill() -> Script[None]:
    yield insert(transfer, _transfers())
    yield insert(
        payment, [_filled(payment, home_id=row["home_id"], payment_id=row["payment_id"]) for row in _transfers()]
    )
    yield insert(statement_entry, _rows(statement_entry, "entry_id", kind="payment"))
    yield insert(statement_line, _rows(statement_line, "transfer_id", kind="funding", funder="platform"))
    yield execute(sa.text("ANALYZE"))


def _plan(sql: str, values: dict[str, Any]) -> Script[list[dict[str, Any]]]:
    return (yield execute(sa.text(sql), **values))


async def _used(database: Database, url: str, statement: sa.Select[Any], values: dict[str, Any]) -> str:
    if not is_postgres(url):
        text = text_of(SQLITE, statement, values)
        rows = await database.read(_plan(f"EXPLAIN QUERY PLAN {text.sql}", dict(text.named)))
        return json.dumps([row["detail"] for row in rows])
    text = text_of(POSTGRES, statement, values)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET enable_seqscan = off")  # tables without rows are read whole, index or not
        return json.dumps([row[0] for row in await connection.fetch(f"EXPLAIN {text.sql}", *text.placed)])
    finally:
        await connection.close()


@pytest.mark.parametrize("name", PLANS)
async def test_plan_uses_the_index(database: Database, database_url: str, name: str) -> None:
    statement, more, indexes = PLANS[name]
    await database.write(_fill())
    plan = await _used(database, database_url, statement, {**KNOWN, **more})
    assert any(index in plan for index in indexes), plan
    for table in ("statement_entry", "statement_line", "transfer", "payout", "statement"):
        assert f'SCAN {table}"' not in plan, plan
        assert f"Seq Scan on {table} " not in plan, plan
