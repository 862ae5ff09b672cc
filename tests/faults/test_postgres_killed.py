"""PostgreSQL killed in the middle of commits, the server left alone (R-03): it comes back by itself and nothing is lost."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.databases import PostgresServer
from tests.faults.crowd import UNITS, Crowd, publish_flash
from tests.live import serving, set_up

CLIENTS = 64
BACK_SECONDS = 10
pytestmark = pytest.mark.postgres


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


def kill_all(postgres: PostgresServer) -> None:
    """Kill the postmaster and every backend at once: no farewell, no checkpoint, no rollback."""
    postmaster = psutil.Process(postgres.pid)
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        process.kill()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.faults)])
async def test_postgres_killed_loses_nothing_acknowledged_and_service_comes_back(
    own_postgres: PostgresServer, tmp_path: Path, rounds: int
) -> None:
    crowd, chance, url = Crowd(), random.Random(rounds), own_postgres.url("template_youhui")
    set_up(url, tmp_path)
    outages: list[float] = []
    with serving(url, tmp_path) as server:
        publish_flash(server, tmp_path)
        await crowd.join(server, CLIENTS)
        over = asyncio.Event()
        shopping = asyncio.create_task(crowd.shop(server, lambda: not over.is_set(), shoppers=CLIENTS))
        for _ in range(rounds):
            more = crowd.answered + chance.randrange(1, 90)
            await until(shopping, lambda more=more: crowd.answered >= more, "payments go on")
            await asyncio.to_thread(kill_all, own_postgres)
            await asyncio.to_thread(own_postgres.start_again)
            up, before = time.monotonic(), crowd.answered
            await until(shopping, lambda before=before: crowd.answered > before, "payments are answered again")
            outages.append(time.monotonic() - up)
        over.set()
        await shopping
        assert crowd.unavailable > 0, "no kill fell into a payment"
        doubts = await crowd.ask_again(server)
        await crowd.prove(server, url, units=UNITS)
        assert server.process.poll() is None
    assert max(outages) <= BACK_SECONDS
    print(f"{rounds} kills, {crowd.answered} acknowledged, {doubts} in doubt, back in {max(outages):.2f} s at most")


async def until(shopping: asyncio.Task[None], holds: Callable[[], bool], what: str) -> None:
    """Wait for *holds* while the crowd goes on."""
    give_up = time.monotonic() + 30
    while not holds():
        if shopping.done():
            shopping.result()
        assert time.monotonic() < give_up, f"did not happen: {what}"
        await asyncio.sleep(0.01)
