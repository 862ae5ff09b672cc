"""Far more at once than the pool can carry (R-15): a bounded queue says busy, nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.faults.crowd import AGAIN, Crowd, client_of, pay_code, publish_flash, till_of
from tests.live import Server, serving, set_up

SHOPPERS = 200


@pytest.mark.parametrize("at_once", [400, pytest.param(2000, marks=pytest.mark.faults)])
async def test_more_than_the_pool_carries_is_told_and_nothing_is_lost(
    database_url: str, tmp_path: Path, at_once: int
) -> None:
    set_up(database_url, tmp_path)
    with serving(database_url, tmp_path) as server:
        crowd = Crowd()
        publish_flash(server, tmp_path)
        await crowd.join(server, SHOPPERS)
        async with client_of(server) as http, till_of(server, connections=at_once) as till:
            idle = await _healths(server, 10)
            codes = await asyncio.gather(
                *(pay_code(http, crowd.tokens[number % SHOPPERS]) for number in range(at_once))
            )
            charges = [crowd.order(code) for code in codes]
            begun = time.monotonic()
            paying = asyncio.gather(*(crowd.send(till, charge) for charge in charges))
            busy = await _healths(server, 5)
            answers = await paying
            took = time.monotonic() - begun
        told = Counter(one.status_code for one in answers)
        assert set(told) <= {201, 409, *AGAIN}
        assert told[201] > 0
        crowd.charges = [one for one, told_ in zip(charges, answers, strict=True) if told_.status_code != 409]
        doubts = await crowd.ask_again(server)
        await crowd.prove(server, database_url)
    print(
        f"{at_once} at once in {took:.1f} s: {dict(told)}, {doubts} again; /health {statistics.median(idle) * 1000:.0f} ms "
        f"idle, {statistics.median(busy) * 1000:.0f} ms busy, slowest {crowd.slowest_seconds:.1f} s"
    )


async def _healths(server: Server, count: int) -> list[float]:
    """Ask for /health on a new connection each time: an idle one may have been closed meanwhile."""
    taken = []
    for _ in range(count):
        async with httpx.AsyncClient(base_url=server.url, timeout=120) as http:
            begun = time.monotonic()
            answer = await http.get("/health")
            taken.append(time.monotonic() - begun)
        assert answer.status_code == 200, answer.text
    return taken
