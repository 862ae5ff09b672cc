"""A constraint that is only checked at COMMIT says no (R-01): never told as done, nothing of it kept, the log says why."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import asyncpg
import pytest

from tests.faults.crowd import Crowd, client_of, pay_code, publish_flash, till_of
from tests.live import serving, set_up

DOOMED = "doomed"
ON_POSTGRES = f"""
    CREATE TABLE fate (name text PRIMARY KEY);
    CREATE TABLE fate_of (name text REFERENCES fate DEFERRABLE INITIALLY DEFERRED);
    CREATE FUNCTION doom() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO fate_of VALUES (NEW.order_ref); RETURN NEW; END $$;
    CREATE TRIGGER doom AFTER INSERT ON payment FOR EACH ROW WHEN (NEW.order_ref = '{DOOMED}') EXECUTE FUNCTION doom()
"""
ON_SQLITE = f"""
    CREATE TABLE fate (name text PRIMARY KEY);
    CREATE TABLE fate_of (name text REFERENCES fate DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER doom AFTER INSERT ON payment WHEN NEW.order_ref = '{DOOMED}'
    BEGIN INSERT INTO fate_of VALUES (NEW.order_ref); END
"""


async def doom(database_url: str) -> None:
    """Make the payment of one order break a deferred foreign key."""
    if database_url.startswith("sqlite"):
        file = sqlite3.connect(database_url.removeprefix("sqlite:///"))
        file.executescript(ON_SQLITE)
        file.close()
    else:
        connection = await asyncpg.connect(database_url)
        await connection.execute(ON_POSTGRES)
        await connection.close()


async def test_failing_commit_is_never_told_as_done_and_keeps_nothing(database_url: str, tmp_path: Path) -> None:
    set_up(database_url, tmp_path)
    await doom(database_url)
    with serving(database_url, tmp_path) as server:
        crowd = Crowd()
        publish_flash(server, tmp_path)
        await crowd.join(server, 10)
        async with client_of(server) as http, till_of(server) as till:
            codes = await asyncio.gather(*(pay_code(http, token) for token in crowd.tokens))
            bad = {**crowd.order(codes[0]).body, "order_ref": DOOMED}
            crowd.charges.clear()
            others = [crowd.order(code) for code in codes[1:]]
            doomed, *fine = await asyncio.gather(
                till.post("/v1/payments", json=bad, headers={"Idempotency-Key": "doomed"}),
                *(crowd.send(till, charge) for charge in others),
            )
            assert (doomed.status_code, doomed.json()["code"]) == (500, "internal")
            assert {one.status_code for one in fine} == {201}, "it took its group with it"
            shown = await till.get("/v1/payments", params={"order_ref": DOOMED})
            assert shown.status_code == 404
        await crowd.prove(server, database_url)
    log = (tmp_path / "server.log").read_text("utf-8")
    assert "ERROR" in log
    assert doomed.headers["x-request-id"] in log


@pytest.mark.postgres
async def test_backend_killed_in_a_payment_is_told_and_the_next_goes_through(postgres_url: str, tmp_path: Path) -> None:
    set_up(postgres_url, tmp_path)
    with serving(postgres_url, tmp_path) as server:
        crowd = Crowd()
        publish_flash(server, tmp_path)
        await crowd.join(server, 16)
        killer = await asyncpg.connect(postgres_url)
        kills = 0

        def going() -> bool:
            return kills < 5

        async def kill() -> None:
            nonlocal kills
            while kills < 5:
                await asyncio.sleep(0.2)
                kills += await killer.fetchval(
                    "select count(*) filter (where pg_terminate_backend(pid)) > 0 from pg_stat_activity "
                    "where application_name = 'youhui' and state <> 'idle'"
                )

        await asyncio.wait_for(asyncio.gather(kill(), crowd.shop(server, going, shoppers=16)), 60)
        await killer.close()
        await crowd.ask_again(server)
        await crowd.prove(server, postgres_url)
    assert "ERROR" in (tmp_path / "server.log").read_text("utf-8")
