"""One client alone on PostgreSQL: a group of one against the same payment row by row."""

from __future__ import annotations

import asyncio
from statistics import median

import asyncpg

from benchmarks.balance_payment import prepare
from benchmarks.bench import Row
from benchmarks.payment_rates import rate, row_by_row, through
from benchmarks.postgres_server import durable_postgres
from engine.ledger.sequencer import Sequencer
from engine.settings import Settings
from engine.store.database import open_database

ROUNDS, SECONDS, WARM = 7, 1.5, 0.5


def rows() -> list[Row]:
    with durable_postgres() as server, server.fresh() as url:
        return [asyncio.run(_single(url))]


async def _single(url: str) -> Row:
    database, connection = await open_database(Settings(database_url=url)), await asyncpg.connect(url)
    try:
        await prepare(database, 1)
        ways = (through(Sequencer(database)), row_by_row([connection]))
        for way in ways:
            await rate(way, [0], WARM)
        pairs = [[await rate(way, [0], SECONDS) for way in ways] for _ in range(ROUNDS)]
    finally:
        await connection.close()
        await database.close()
    ours, other = (round(median(column), 1) for column in zip(*pairs, strict=True))
    ratio = round(median(mine / theirs for mine, theirs in pairs), 2)
    return Row(name="single_vs_rowwise_pg", ours=ours, other=other, ratio=ratio, unit="/s, ours / row by row")
