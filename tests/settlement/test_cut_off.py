"""C-08: settling while payments run over midnight. Each transfer is in exactly one statement, whoever settles, how often."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.desk import Desk
from engine.ledger.sequencer import Sequencer
from engine.ledger.transfers import transfer
from engine.settings import Settings
from engine.settlement.settle import settle
from engine.settlement.statement import statement, statement_line
from engine.store.database import open_database
from tests import make
from tests.checkout.town import CUCUMBER, NOODLES, TEA, TENANT, Town, town_on

MIDNIGHT = datetime(2027, 3, 6, 16, tzinfo=UTC)  # of Shanghai
BUYERS = 12
ROUNDS = 6


async def _shop(town: Town, buyer: str) -> None:
    """Pay again and again while the clock walks over midnight; refund every third."""
    for number in range(ROUNDS):
        paid = await town.paid(buyer, NOODLES, CUCUMBER, TEA)
        if number % 3 == 0:
            await town.refunded(paid.payment_id, {"noodles": 1})


async def _tick(town: Town, done: asyncio.Event) -> None:
    while not done.is_set():
        town.wait(seconds=7)
        await asyncio.sleep(0)


async def _settle_on(desk: Desk, done: asyncio.Event) -> int:
    """Settle without a pause until the shopping is done; return how many statements it closed."""
    closed = 0
    while not done.is_set():
        closed += len(await settle(desk))
    return closed


async def _each_once(town: Town) -> None:
    """Hold the payable transfers against the statement lines."""
    every = await town.rows(transfer, tenant_id=TENANT)
    payable = {
        row["transfer_id"]
        for row in every
        if row["kind"] != "settlement"
        and (row["debit_account"].startswith("payable:") or row["credit_account"].startswith("payable:"))
    }
    lines = Counter(row["transfer_id"] for row in await town.rows(statement_line, tenant_id=TENANT))
    assert set(lines.values()) == {1}
    assert lines.keys() == payable
    assert len(payable) > BUYERS * ROUNDS * 3
    for merchant_id in ("noodle-house", "tea-corner"):
        assert await town.account(f"payable:{merchant_id}") == 0
    await town.assert_books()


async def test_each_transfer_is_in_exactly_one_statement(town: Town, database_url: str) -> None:
    town.run(make.campaign("ten-off", make.amount_off(1000), funding=make.funding(platform=60, merchant=40)))
    buyers = [f"buyer-{number}" for number in range(BUYERS)]
    await town.join(*buyers, balance=1_000_000)
    town.clock.set(MIDNIGHT - timedelta(minutes=1))
    async with AsyncExitStack() as open_:
        desks = [town.desk, town.desk]
        if "sqlite" not in database_url:  # a process of its own, as far as the database can tell
            other = await open_database(Settings(database_url=database_url))
            open_.push_async_callback(other.close)
            desks[1] = replace(town.desk, database=other, sequencer=Sequencer(other, town.clock))
            open_.push_async_callback(desks[1].sequencer.close)
        done = asyncio.Event()
        settlers = [asyncio.create_task(_settle_on(desk, done)) for desk in desks]
        ticking = asyncio.create_task(_tick(town, done))
        await asyncio.gather(*(_shop(town, buyer) for buyer in buyers))
        done.set()
        await asyncio.gather(ticking, *settlers)
    town.clock.set(max(town.clock.now(), MIDNIGHT) + timedelta(days=3))
    await settle(town.desk)
    assert len(await town.rows(statement, tenant_id=TENANT, home_id="noodle-house")) >= 2
    await _each_once(town)


async def test_settled_by_many_at_once_is_settled_once(town: Town, database_url: str) -> None:
    await town.join("lin", balance=1_000_000)
    for _ in range(5):
        await town.paid("lin", NOODLES)
    town.clock.set(MIDNIGHT)
    closed = await asyncio.gather(*(settle(town.desk) for _ in range(4)))
    assert sorted(len(each) for each in closed) == [0, 0, 0, 1]
    [row] = await town.rows(statement, tenant_id=TENANT)
    assert row["payments"] == 5
    await town.assert_books()


@pytest.mark.parametrize("dies_after", range(1, 6))
async def test_settling_that_dies_goes_on_where_it_stopped(
    sqlite_url: str, anyio_backend: str, monkeypatch: pytest.MonkeyPatch, dies_after: int
) -> None:
    """Die after some transactions, in the middle of a statement's pages; then settle again."""
    monkeypatch.setattr("engine.settlement.claimable.ROUND_MAX", 8)
    monkeypatch.setattr("engine.settlement.settle.CLAIM_MAX", 4)
    database = await open_database(Settings(database_url=sqlite_url))
    town = await town_on(database)
    await town.join("lin", balance=1_000_000)
    for day in range(2):
        town.clock.set(MIDNIGHT + timedelta(days=day, hours=-1))
        for _ in range(5):
            await town.paid("lin", NOODLES)
    town.clock.set(MIDNIGHT + timedelta(days=5))
    with pytest.raises(_DeathError):
        await settle(replace(town.desk, sequencer=_Mortal(town.desk.sequencer, dies_after)))
    await town.assert_books()
    await settle(town.desk)
    rows = await town.rows(statement, tenant_id=TENANT)
    assert [(row["day"], row["state"], row["payments"]) for row in rows] == [
        ("2027-03-06", "closed", 5),
        ("2027-03-07", "closed", 5),
    ]
    await town.assert_books()
    await town.desk.sequencer.close()
    await database.close()


class _DeathError(Exception):
    pass


class _Mortal:
    """A sequencer that commits so many works, then dies before the next."""

    def __init__(self, sequencer: Sequencer, works: int) -> None:
        self._sequencer, self._left = sequencer, works

    async def submit(self, work):
        if not self._left:
            raise _DeathError
        self._left -= 1
        return await self._sequencer.submit(work)
