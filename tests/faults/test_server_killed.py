"""The server killed in the middle of payments (R-02; on SQLite R-04): nothing acknowledged is lost, nothing is sold twice."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from tests.faults.crowd import UNITS, Crowd, publish_flash
from tests.live import serving, set_up

CLIENTS = 64


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.faults)])
async def test_server_killed_loses_nothing_acknowledged(database_url: str, tmp_path: Path, rounds: int) -> None:
    crowd, chance = Crowd(), random.Random(rounds)
    set_up(database_url, tmp_path)
    doubts = 0
    for number in range(rounds):
        with serving(database_url, tmp_path) as server:
            if number == 0:
                publish_flash(server, tmp_path)
                await crowd.join(server, CLIENTS)
            doubts += await crowd.ask_again(server)
            kill_at = crowd.answered + chance.randrange(1, 90)

            def going(server=server, kill_at: int = kill_at) -> bool:
                if crowd.answered >= kill_at:
                    server.process.kill()
                return True

            await crowd.shop(server, going, shoppers=CLIENTS)
            assert crowd.answered >= kill_at
    assert doubts > 0, "no kill fell into a payment"
    with serving(database_url, tmp_path) as server:
        doubts += await crowd.ask_again(server)
        await crowd.prove(server, database_url, units=UNITS)
    print(f"{rounds} kills, {crowd.answered} acknowledged, {doubts} in doubt")
    if database_url.startswith("sqlite"):
        with sqlite3.connect(database_url.removeprefix("sqlite:///")) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        file.close()
