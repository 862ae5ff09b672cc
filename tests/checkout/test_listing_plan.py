"""A member's page of payments is found by index, however many payments there are."""

from __future__ import annotations

import sqlite3

import asyncpg
import pytest

from engine.checkout.listing import _page_script
from engine.store.core_text import POSTGRES, SQLITE, Text, text_of


def _page(dialect) -> Text:
    core = next(_page_script("t", "m", (5, "p"), 20))
    return text_of(dialect, core.statement, core.parameters)


def test_page_of_payments_uses_the_index_by_time_on_sqlite(sqlite_url: str) -> None:
    page = _page(SQLITE)
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    plan = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {page.sql}", dict(page.named))]
    connection.close()
    assert any("USING INDEX payment_by_time" in step for step in plan), plan
    assert not any("SCAN" in step or "TEMP B-TREE" in step for step in plan), plan


@pytest.mark.postgres
async def test_page_of_payments_uses_the_index_by_time_on_postgres(postgres_url: str, anyio_backend: str) -> None:
    page = _page(POSTGRES)
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")  # an empty table is read whole
    plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {page.sql}", *page.placed))
    await connection.close()
    assert "using payment_by_time" in plan, plan
    assert "Sort" not in plan, plan
