"""The line between the server and PostgreSQL: cut in silence (R-06), COMMIT lost (R-01), its answer lost (R-07)."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.faults.crowd import Crowd, client_of, pay_code, publish_flash, till_of
from tests.faults.line import line_to, lose_commit, lose_reply
from tests.live import serving, set_up

CLIENTS = 32
ANSWER_SECONDS = 5.0
#: What our own machine may add: the client, the proxy and the server share its cores.
NOISE_SECONDS = 1.0
pytestmark = pytest.mark.postgres


async def in_transaction(url: str) -> int:
    connection = await asyncpg.connect(url)
    count = await connection.fetchval(
        "select count(*) from pg_stat_activity where application_name = 'youhui' and state like 'idle in transaction%'"
    )
    await connection.close()
    return int(count)


@pytest.mark.faults  # it bounds times, which a loaded machine stretches
@pytest.mark.parametrize("seconds", [6, 20])
async def test_cut_line_answers_in_time_and_heals(postgres_url: str, tmp_path: Path, seconds: int) -> None:
    crowd = Crowd()
    set_up(postgres_url, tmp_path)
    with line_to(postgres_url) as (line, url), serving(url, tmp_path) as server:
        publish_flash(server, tmp_path)
        await crowd.join(server, CLIENTS)
        over = asyncio.Event()
        shopping = asyncio.create_task(crowd.shop(server, lambda: not over.is_set(), shoppers=CLIENTS))
        await asyncio.sleep(1)
        assert crowd.answered > CLIENTS
        line.pull()
        await asyncio.sleep(seconds)
        before, cut_at = crowd.unavailable, crowd.answered
        assert before > 0
        line.heal()
        healed = time.monotonic()
        while crowd.answered == cut_at:
            assert time.monotonic() - healed <= ANSWER_SECONDS + NOISE_SECONDS, "the pool does not recover"
            await asyncio.sleep(0.01)
        back = time.monotonic() - healed
        await asyncio.sleep(1)
        over.set()
        await shopping
        assert crowd.slowest_seconds <= ANSWER_SECONDS + NOISE_SECONDS
        assert await in_transaction(postgres_url) == 0
        doubts = await crowd.ask_again(server)
        await crowd.prove(server, postgres_url)
    print(f"cut {seconds} s: slowest {crowd.slowest_seconds:.2f} s, back in {back:.2f} s, {doubts} in doubt")


@pytest.mark.parametrize("rounds", [3, pytest.param(20, marks=pytest.mark.faults)])
@pytest.mark.parametrize(("loses", "done"), [(lose_commit, False), (lose_reply, True)])
async def test_lost_commit_and_lost_reply_are_told_and_happen_once(
    postgres_url: str, tmp_path: Path, rounds: int, loses, *, done: bool
) -> None:
    crowd = Crowd()
    set_up(postgres_url, tmp_path)
    with line_to(postgres_url) as (line, url), serving(url, tmp_path) as server:
        publish_flash(server, tmp_path)
        await crowd.join(server, 1)
        for _ in range(rounds):
            async with client_of(server) as http, till_of(server) as till:
                charge = crowd.order(await pay_code(http, crowd.tokens[0]))
                line.marked, line.at_commit = charge.body["order_ref"].encode(), loses
                first = await crowd.send(till, charge)
                assert line.at_commit is None, "the COMMIT was not met"
                assert (first.status_code, first.json()["code"]) == (503, "database_unavailable")
                assert await _charged(till, charge.body["order_ref"]) is done
                again = await crowd.send(till, charge)
                assert again.status_code == 201, again.text
        assert "ERROR" in (tmp_path / "server.log").read_text("utf-8")
        await crowd.prove(server, postgres_url)


async def _charged(till: httpx.AsyncClient, order_ref: str) -> bool:
    shown = await till.get("/v1/payments", params={"order_ref": order_ref})
    assert shown.status_code in {200, 404}
    return shown.status_code == 200
