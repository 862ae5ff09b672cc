"""One campaign that everybody wants: its counter is one row. Groups against the same payment row by row, durable."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import asyncpg

from benchmarks.balance_payment import HOT, prepare
from benchmarks.bench import Row
from benchmarks.payment_rates import rate, row_by_row, sqlite_row_by_row, through, waits
from benchmarks.postgres_server import durable_postgres
from engine.ledger.sequencer import Sequencer
from engine.settings import Settings
from engine.store.database import open_database
from engine.store.sqlite import connect
from tests.databases import SqliteFiles

CLIENTS, ROUNDS, SECONDS, WARM = 64, 5, 1.0, 0.3
OTHERS = range(CLIENTS)
HOT_CLIENTS = range(CLIENTS, 2 * CLIENTS)


def rows() -> list[Row]:
    with durable_postgres() as server, server.fresh() as url:
        postgres = asyncio.run(_postgres(url))
    with tempfile.TemporaryDirectory() as folder, SqliteFiles(Path(folder)).fresh(Path(folder)) as url:
        return [*postgres, asyncio.run(_sqlite(url))]


async def _postgres(url: str) -> list[Row]:
    async with AsyncExitStack() as stack:
        database = await open_database(Settings(database_url=url))
        stack.push_async_callback(database.close)
        connections = [await asyncpg.connect(url) for _ in range(CLIENTS)]
        for connection in connections:
            stack.push_async_callback(connection.close)
        await prepare(database, 2 * CLIENTS, [HOT, *map(_other, OTHERS)])
        sequencer = Sequencer(database)
        ways = (through(sequencer), row_by_row(connections))
        for way in ways:
            await rate(way, OTHERS, WARM)
        pairs = [[await rate(way, OTHERS, SECONDS) for way in ways] for _ in range(ROUNDS)]
        return [_row("hot_vs_rowwise_pg", pairs), await _others(sequencer)]


async def _sqlite(url: str) -> Row:
    database = await open_database(Settings(database_url=url))
    connection = connect(Path(url.removeprefix("sqlite:///")))
    try:
        await prepare(database, CLIENTS)
        grouped, pay = through(Sequencer(database)), sqlite_row_by_row(connection)
        await rate(grouped, OTHERS, WARM)
        pairs = [[await rate(grouped, OTHERS, SECONDS), _one_by_one(pay)] for _ in range(ROUNDS)]
    finally:
        connection.close()
        await database.close()
    return _row("hot_vs_rowwise_sqlite", pairs)


def _one_by_one(pay) -> float:
    """Return payments a second of one writer in a plain loop: 64 would only wait for each other."""
    number, until = 0, perf_counter() + SECONDS
    while perf_counter() < until:
        pay(number % CLIENTS)
        number += 1
    return number / SECONDS


async def _others(sequencer: Sequencer) -> Row:
    """Pay on 64 other campaigns alone, and while as many clients want the hot one."""
    quiet, hot = through(sequencer, _other), through(sequencer)
    pairs = []
    for _ in range(ROUNDS):
        alone = _p99_ms(await waits(quiet, OTHERS, SECONDS))
        beside, _ = await asyncio.gather(waits(quiet, OTHERS, SECONDS), waits(hot, HOT_CLIENTS, SECONDS))
        pairs.append([_p99_ms(beside), alone])
    return _row("others_p99_when_hot", pairs, "ms p99, beside the hot one / alone")


def _other(client: int) -> str:
    return f"other-{client}"


def _p99_ms(found: list[float]) -> float:
    return quantiles(found, n=100)[98] * 1_000


def _row(name: str, pairs: list[list[float]], unit: str = "/s, ours / row by row") -> Row:
    ours, other = (round(median(column), 1) for column in zip(*pairs, strict=True))
    return Row(name=name, ours=ours, other=other, ratio=round(median(a / b for a, b in pairs), 2), unit=unit)
