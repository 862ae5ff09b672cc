"""The drivers say the same on both databases: values, nulls, order, what a broken rule is, and what is out of reach."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import bindparam

from engine.errors import Invalid, Unavailable
from engine.ledger.accounts import account
from engine.ledger.counters import counter_entry
from engine.ledger.idempotency import idempotency
from engine.settings import Settings
from engine.store.database import Database, open_database, open_for_reading
from engine.store.failures import RuleBroken
from engine.store.schema import create_schema
from engine.store.script import (
    Script,
    delete,
    execute,
    insert,
    insert_missing,
    lock,
    query,
    read,
    select,
    select_any,
    select_keys,
    update,
)
from tests.databases import PostgresServer

ROOT = Path(__file__).parents[2]


def _account(name: str, posted: int = 0, tenant: str = "t") -> dict:
    return {
        "tenant_id": tenant,
        "home_id": name,
        "account_id": f"wallet:{name}",
        "currency": "CNY",
        "posted_minor": posted,
        "pending_out_minor": 0,
    }


def _entry(payment: str, ceiling: int | None) -> dict:
    return {
        "tenant_id": "t",
        "home_id": "h",
        "scope_kind": "campaign",
        "scope_id": "c",
        "campaign_id": "c",
        "limit_name": "uses",
        "window_start": "",
        "payment_id": payment,
        "amount": 1,
        "returned": 0,
        "state": "used",
        "ceiling": ceiling,
        "taken_after": 1,
    }


async def test_values_come_back_as_they_went_in(database: Database) -> None:
    row = {
        "tenant_id": "t",
        "home_id": "店:1",
        "idempotency_key": "a'b\"c%$1",
        "fingerprint": bytes(range(256)),
        "kind": "done",
        "code": "",
        "body": "满减".encode(),
        "created_at": 2**62,
    }
    await database.write(read(insert(idempotency, [row])))
    assert await database.read(read(select(idempotency, tenant_id="t"))) == [row]


async def test_nulls_are_written_found_and_cleared(database: Database) -> None:
    await database.write(read(insert(counter_entry, [_entry("a", None), _entry("b", 5), _entry("c", None)])))
    assert [
        row["payment_id"] for row in await database.read(read(select(counter_entry, tenant_id="t", ceiling=None)))
    ] == ["a", "c"]
    keys = ("tenant_id", "home_id", "scope_kind", "scope_id", "campaign_id", "limit_name", "window_start", "payment_id")
    changed = [{**{name: _entry("b", 5)[name] for name in keys}, "ceiling": None}]
    await database.write(read(update(counter_entry, changed)))
    assert len(await database.read(read(select(counter_entry, ceiling=None)))) == 3


async def test_rows_come_in_the_order_of_their_keys(database: Database) -> None:
    names = ["b", "B", "a", "_", "é", "A1", "a1"]
    await database.write(read(insert(account, [_account(name) for name in names])))
    found = await database.read(read(select(account, tenant_id="t")))
    assert [row["home_id"] for row in found] == sorted(names)


async def test_set_wise_statements_touch_their_rows_only(database: Database) -> None:
    def script() -> Script[list]:
        yield insert(
            account, [_account(name, n) for n, name in enumerate("abcde")] + [_account("a", 9, tenant="other")]
        )
        new = yield insert_missing(account, [_account("e", 99), _account("f", 5)])
        keys = [("t", name, f"wallet:{name}", "CNY") for name in "abxf"]
        locked = yield lock(account, keys)
        yield update(account, [{**_account(name), "posted_minor": 70} for name in "ab"])
        yield delete(account, keys[3:])
        left = yield select_any(account, ("tenant_id", "home_id"), [("t", name) for name in "abcdef"])
        picked = yield select_keys(account, keys)
        return [
            [row["home_id"] for row in new],
            [row["home_id"] for row in locked],
            {row["home_id"]: row["posted_minor"] for row in left},
            len(picked),
        ]

    assert await database.write(script()) == [["f"], ["a", "b", "f"], {"a": 70, "b": 70, "c": 2, "d": 3, "e": 4}, 2]
    [other] = await database.read(read(select(account, tenant_id="other")))
    assert other["posted_minor"] == 9


async def test_core_statements_take_parameters_and_lists(database: Database) -> None:
    chosen = (
        sa.select(account.c.home_id, sa.func.coalesce(account.c.posted_minor + bindparam("more"), 0).label("n"))
        .where(account.c.home_id.in_(bindparam("homes", expanding=True)), account.c.posted_minor > bindparam("least"))
        .order_by(account.c.home_id)
        .limit(2)
    )
    raised = (
        sa.update(account)
        .where(account.c.home_id == bindparam("who"))
        .values(posted_minor=account.c.posted_minor + bindparam("by"))
    )
    await database.write(read(insert(account, [_account(name, n) for n, name in enumerate("abcd")])))
    await database.write(read(execute(raised, who="a", by=100)))
    for _ in range(2):
        rows = await database.read(read(query(chosen, homes=["a", "b", "c"], least=0, more=1)))
        assert rows == [{"home_id": "a", "n": 101}, {"home_id": "b", "n": 2}]
    assert await database.read(read(query(chosen, homes=[], least=0, more=1))) == []


async def test_broken_rule_rolls_everything_back(database: Database) -> None:
    def twice() -> Script[None]:
        yield insert(account, [_account("a")])
        yield insert(account, [_account("a")])

    def below_zero() -> Script[None]:
        yield insert(account, [_account("b", -1)])

    for script in (twice, below_zero):
        with pytest.raises(RuleBroken):
            await database.write(script())
    assert await database.read(read(select(account))) == []


async def test_failing_script_rolls_back_and_the_database_goes_on(database: Database) -> None:
    def fails() -> Script[None]:
        yield insert(account, [_account("a")])
        raise LookupError("a bug")

    for _ in range(15):  # more often than there are connections
        with pytest.raises(LookupError):
            await database.write(fails())
    assert await database.read(read(select(account))) == []


async def test_reader_does_not_write(database_url: str) -> None:
    database = await open_for_reading(Settings(database_url=database_url))
    for run in (database.write, database.read):
        with pytest.raises(Unavailable, match="database_unavailable"):
            await run(read(insert(account, [_account("a")])))
    assert await database.read(read(select(account))) == []
    await database.close()


async def test_snapshot_sees_one_state(database: Database) -> None:
    before, written = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def twice() -> Script[list[int]]:
        first = yield select(account)
        loop.call_soon_threadsafe(before.set)
        for _ in range(2000):
            second = yield select(account)
            if written.is_set():
                break
        second = yield select(account)
        return [len(first), len(second)]

    reading = asyncio.create_task(database.snapshot(twice()))
    await before.wait()
    await database.write(read(insert(account, [_account("a")])))
    written.set()
    assert await reading == [0, 0]
    assert len(await database.read(read(select(account)))) == 1


async def test_second_writing_process_is_refused_and_told_of_postgresql(sqlite_url: str) -> None:
    first = await open_database(Settings(database_url=sqlite_url))
    code = (
        "import asyncio, sys; from engine.settings import Settings; from engine.store.database import open_database;"
        "asyncio.run(open_database(Settings(database_url=sys.argv[1])))"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, sqlite_url], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert child.returncode == 1
    assert "database_in_use" in child.stderr
    assert "PostgreSQL" in child.stderr
    with pytest.raises(Unavailable, match="database_in_use"):
        create_schema(Settings(database_url=sqlite_url))
    reader = await open_for_reading(Settings(database_url=sqlite_url))
    assert await reader.read(read(select(account))) == []
    await reader.close()
    await first.close()
    await (await open_database(Settings(database_url=sqlite_url))).close()


@pytest.mark.parametrize("url", ["mysql://x", "sqlite://", "sqlite:///", "youhui.db"])
async def test_url_of_neither_database_is_invalid(url: str) -> None:
    with pytest.raises(Invalid, match="YOUHUI_DATABASE_URL"):
        await open_database(Settings(database_url=url))


@pytest.mark.postgres
async def test_nobody_listening_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unavailable, match="database_unavailable"):
        await open_database(Settings(database_url=f"postgresql://nobody@127.0.0.1:{port}/nothing"))
    with pytest.raises(Unavailable, match="database_unavailable"):
        create_schema(Settings(database_url=f"postgresql://nobody@127.0.0.1:{port}/nothing"))


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


@pytest.mark.postgres
async def test_pool_heals_after_the_server_was_killed(own_postgres: PostgresServer) -> None:
    database = await open_database(Settings(database_url=own_postgres.url("template_youhui")))
    await database.write(read(insert(account, [_account("a", 7)])))
    os.kill(own_postgres.pid, signal.SIGQUIT)  # as pulling the plug: no farewell to clients
    own_postgres.wait_until_dead()
    with pytest.raises(Unavailable, match="database_unavailable"):
        await database.write(read(insert(account, [_account("b", 7)])))
    own_postgres.start_again()
    rows = await database.read(read(select(account)))
    assert [row["home_id"] for row in rows] == ["a"]
    await database.close()


async def test_full_disk_is_unavailable_and_leaves_nothing(sqlite_url: str) -> None:
    database = await open_database(Settings(database_url=sqlite_url))
    await database.write(read(execute(sa.text("PRAGMA max_page_count = 1"))))
    with pytest.raises(Unavailable, match="database_unavailable"):
        await database.write(read(insert(account, [_account(f"m{n}") for n in range(20_000)])))
    assert await database.read(read(select(account))) == []
    await database.close()
