"""Two and four processes run one job each second; the leader is killed again and again: no slot twice, none lost."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import asyncpg
import pytest

from tests.live import ROOT

TAKEOVER_SECONDS = 2.0
_LEADER = """
    select pid from pg_locks where locktype = 'advisory' and granted
    and database = (select oid from pg_database where datname = current_database())
"""


@contextmanager
def workers(url: str, count: int) -> Iterator[dict[int, subprocess.Popen[bytes]]]:
    command = [sys.executable, "-m", "tests.faults.slot_worker", url]
    started = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) for _ in range(count)]
    by_pid = {one.pid: one for one in started}
    try:
        yield by_pid
    finally:
        for one in started:
            one.kill()
            one.wait(10)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("processes", "slots", "kills"),
    [(2, 12, 1), *(pytest.param(n, 60, n - 1, marks=pytest.mark.faults) for n in (2, 4))],
)
async def test_slots_are_done_once_though_leaders_are_killed(
    postgres_url: str, processes: int, slots: int, kills: int
) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("create table effect(slot text, process bigint)")
    with workers(postgres_url, processes) as running:
        gaps = []
        for _ in range(kills):
            await _effects(connection, (await _count(connection)) + slots // (kills + 1))
            gaps.append(await _kill_leader(connection, running))
        await _effects(connection, slots)
    rows = await connection.fetch("select slot, process from effect order by slot")
    await connection.close()
    names = [row["slot"] for row in rows]
    instants = [datetime.fromisoformat(name) for name in names]
    missed = sum(int((after - before).total_seconds()) - 1 for before, after in itertools.pairwise(instants))
    assert len(set(names)) == len(names) >= slots, "a slot had two effects"
    assert missed <= 1
    assert len({row["process"] for row in rows}) == kills + 1
    assert max(gaps) <= TAKEOVER_SECONDS


async def _count(connection: asyncpg.Connection) -> int:
    count: int = await connection.fetchval("select count(*) from effect")
    return count


async def _effects(connection: asyncpg.Connection, count: int) -> None:
    """Wait until there are *count* effects."""
    until = time.monotonic() + count + 60
    while await _count(connection) < count:
        assert time.monotonic() < until, "the jobs stand still"
        await asyncio.sleep(0.1)


async def _kill_leader(connection: asyncpg.Connection, running: dict[int, subprocess.Popen[bytes]]) -> float:
    """Kill the process that did the last slot; return after how long another leads."""
    pid = await connection.fetchval("select process from effect order by slot desc limit 1")
    backend = await connection.fetchval(_LEADER)
    running[pid].kill()
    killed_at = time.monotonic()
    running[pid].wait(10)
    while (await connection.fetchval(_LEADER)) in {None, backend}:
        assert time.monotonic() < killed_at + 20, "nobody leads"
        await asyncio.sleep(0.02)
    return time.monotonic() - killed_at
