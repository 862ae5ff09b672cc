"""Every charge ten times over, shuffled, some under the same key with another body (R-09): one effect each."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.faults.crowd import Charge, Crowd, client_of, pay_code, publish_flash, till_of
from tests.live import serving, set_up

TASKS = 50
REPLAYS = 10
SHOPPERS = 100


@pytest.mark.parametrize("keys", [100, pytest.param(1000, marks=pytest.mark.faults)])
async def test_keys_ten_times_over_have_one_effect_each(database_url: str, tmp_path: Path, keys: int) -> None:
    chance = random.Random(keys)
    set_up(database_url, tmp_path)
    with serving(database_url, tmp_path) as server:
        crowd = Crowd()
        publish_flash(server, tmp_path)
        await crowd.join(server, SHOPPERS)
        async with client_of(server) as http, till_of(server) as till:
            told: Counter[tuple[int, str]] = Counter()
            for _ in range(0, keys, SHOPPERS):  # a code lives half a minute: a hundred orders at a time
                codes = await asyncio.gather(*(pay_code(http, token) for token in crowd.tokens))
                orders = [crowd.order(code) for code in codes]
                replays = [(charge, number == 0) for charge in orders for number in range(REPLAYS)]
                chance.shuffle(replays)
                told += await _ask_all(crowd, till, replays)
            lost = [charge for charge in crowd.charges if charge.answer is None]
            assert not lost, "a changed body under a key took the place of the right one"
            assert told[(201, "")] == keys * (REPLAYS - 1)
            assert told[(422, "idempotency_key_reused")] == keys
            assert sum(told.values()) == keys * REPLAYS
        await crowd.prove(server, database_url)
    print(f"{keys} keys x {REPLAYS}: {dict(told)}")


async def _ask_all(
    crowd: Crowd, till: httpx.AsyncClient, replays: list[tuple[Charge, bool]]
) -> Counter[tuple[int, str]]:
    """Ask from fifty tasks; a changed body goes out only after the right one began."""
    told: Counter[tuple[int, str]] = Counter()
    waiting = asyncio.Queue[tuple[Charge, bool]]()
    for replay in replays:
        waiting.put_nowait(replay)

    async def ask() -> None:
        while not waiting.empty():
            charge, changed = waiting.get_nowait()
            if changed and charge.answer is None:
                waiting.put_nowait((charge, changed))
                await asyncio.sleep(0.001)
            elif changed:
                body = {**charge.body, "order_ref": f"{charge.body['order_ref']}-changed"}
                answer = await till.post("/v1/payments", json=body, headers={"Idempotency-Key": charge.key})
                told[(answer.status_code, answer.json().get("code", ""))] += 1
            else:
                answer = await crowd.send(till, charge)
                told[(answer.status_code, "")] += 1

    await asyncio.gather(*(ask() for _ in range(TASKS)))
    return told


@pytest.mark.postgres
async def test_order_is_charged_once_after_its_key_is_forgotten(postgres_url: str, tmp_path: Path) -> None:
    """Kept answers may be thrown away; the order is in the books for ever."""
    set_up(postgres_url, tmp_path)
    with serving(postgres_url, tmp_path) as server:
        crowd = Crowd()
        publish_flash(server, tmp_path)
        await crowd.join(server, 1)
        async with client_of(server) as http, till_of(server) as till:
            charge = crowd.order(await pay_code(http, crowd.tokens[0]))
            assert (await crowd.send(till, charge)).status_code == 201
            assert await _forget(postgres_url) > 0
            body = {**charge.body, "pay_code": await pay_code(http, crowd.tokens[0])}
            for again in (charge.body, body):
                answer = await till.post("/v1/payments", json=again, headers={"Idempotency-Key": charge.key})
                assert (answer.status_code, answer.json()["code"]) == (409, "order_ref_taken")
                assert await _forget(postgres_url) > 0
            shown = await till.get("/v1/payments", params={"order_ref": body["order_ref"]})
            assert shown.content == charge.answer
            spent = (
                500_000
                - (await http.get("/v1/me", headers={"Authorization": f"Bearer {crowd.tokens[0]}"})).json()[
                    "balance_minor"
                ]
            )
        assert spent == shown.json()["paid_minor"]
        assert server.audit()["findings"] == []


async def _forget(url: str) -> int:
    """Throw all kept answers away, as pruning does one day; return how many there were."""
    connection = await asyncpg.connect(url)
    gone = await connection.execute("DELETE FROM idempotency")
    await connection.close()
    return int(gone.split()[1])
