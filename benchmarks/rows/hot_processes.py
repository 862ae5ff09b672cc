"""Two processes on one hot row against one process, 64 clients in all, durable PostgreSQL."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from statistics import median

from benchmarks.balance_payment import prepare
from benchmarks.bench import Row
from benchmarks.postgres_server import durable_postgres
from engine.settings import Settings
from engine.store.database import open_database

CLIENTS, ROUNDS, SECONDS = 64, 5, 1.5


def rows() -> list[Row]:
    with durable_postgres() as server, server.fresh() as url:
        asyncio.run(_prepare(url))
        pairs = [[_rate(url, 2), _rate(url, 1)] for _ in range(ROUNDS)]
    two, one = (round(median(column), 1) for column in zip(*pairs, strict=True))
    ratio = round(median(a / b for a, b in pairs), 2)
    return [Row(name="hot_two_processes", ours=two, other=one, ratio=ratio, unit="/s, two processes / one")]


async def _prepare(url: str) -> None:
    database = await open_database(Settings(database_url=url))
    await prepare(database, CLIENTS)
    await database.close()


def _rate(url: str, count: int) -> float:
    """Return what *count* processes pay together in a second; they begin when all of them are ready."""
    each = CLIENTS // count
    command = [sys.executable, "-m", "benchmarks.hot_clients", url, str(SECONDS)]
    started = [
        subprocess.Popen(
            [*command, str(place * each), str(each)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for place in range(count)
    ]
    try:
        assert all(process.stdout.readline() == "ready\n" for process in started)
        for process in started:
            process.stdin.write("go\n")
            process.stdin.flush()
        return sum(float(process.stdout.readline()) for process in started)
    finally:
        for process in started:
            process.communicate(timeout=20)
