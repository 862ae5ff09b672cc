"""Killed between any two steps of money at a bank: the next process, its job and the till's repeat bring it to an end.

Every write of ours and every message to the bank is a point before it and a point after it. The process stops at each
in turn, for ever; a new desk on the same database and the same bank goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from engine.checkout.expire import expire_due
from engine.checkout.payment import payment
from engine.checkout.rail_orders import OPEN, rail_order
from engine.checkout.withdraw import withdraw
from engine.ledger.sequencer import Sequencer
from engine.ledger.work import Answer
from engine.rails.sandbox_book import TableBook
from engine.rails.sandbox_card import SandboxCard
from engine.wire.cards import WithdrawalRequest
from tests.checkout.town import NOODLES, TENANT, Town

POINTS_MAX = 60
_RAIL = {"authorise", "capture", "cancel", "refund", "pay_out", "query"}


class Killer:
    """Stops the process at the point *at*, counted from 1."""

    def __init__(self, at: int) -> None:
        self.at, self.passed, self.killed = at, 0, asyncio.Event()

    async def point(self) -> None:
        self.passed += 1
        if self.passed >= self.at:
            self.killed.set()
            await asyncio.Event().wait()


class Mortal:
    """Anything whose named methods are points."""

    def __init__(self, inner: Any, names: set[str], killer: Killer) -> None:
        self._inner, self._names, self._killer = inner, names, killer

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in self._names:
            return method

        async def mortal(*args: Any, **named: Any) -> Any:
            await self._killer.point()
            result = await method(*args, **named)
            await self._killer.point()
            return result

        return mortal


Story = Callable[[Town], Awaitable[Answer]]


async def lived(town: Town, story: Story, at: int) -> bool:
    """Let the story run into the point *at*; False when it ended before."""
    alive = town.desk
    killer = Killer(at)
    database: Any = Mortal(alive.database, {"write"}, killer)
    rail: Any = Mortal(alive.rail, _RAIL, killer)
    sequencer = Sequencer(database, town.clock)
    town.desk = replace(alive, database=database, rail=rail, sequencer=sequencer)
    told = asyncio.ensure_future(story(town))
    death = asyncio.ensure_future(killer.killed.wait())
    await asyncio.wait([told, death], return_when=asyncio.FIRST_COMPLETED)
    for task in (told, death, sequencer._running):
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
    town.desk = replace(alive, sequencer=Sequencer(alive.database, town.clock))
    return killer.killed.is_set()


async def settled(town: Town) -> None:
    for _ in range(8):
        await town.again()
    rows = await town.rows(rail_order, tenant_id=TENANT)
    assert [row["state"] for row in rows if row["state"] in OPEN] == []


async def at_every_point(town: Town, kind: str, play: Callable[[Town, str], Story], repeat: bool) -> int:
    """Play the story once for each point; afterwards everything is at its end and the bank agrees."""
    town.desk.rail = SandboxCard(TableBook(town.desk.database, TENANT), town.clock)
    await town.join("wei", balance=100_000)
    await town.bind("wei", kind)
    for at in range(1, POINTS_MAX):
        story = play(town, f"order-{at}")
        killed = await lived(town, story, at)
        for _ in range(4):  # when nothing was begun, the repeats begin it, and each step of it may meet silence
            if not repeat:
                await settled(town)
            await story(town)
        await settled(town)
        again = [await story(town) for _ in range(2)]
        assert again[0] == again[1]
        assert again[0].code != "pending"
        await town.assert_books()
        await agreed(town)
        if not killed:
            return at
    raise AssertionError("the story never ends")


async def agreed(town: Town) -> None:
    """The bank took what the books say."""
    assert await town.desk.rail.taken_minor() == -await town.account("acquirer")  # type: ignore[attr-defined]


def charging(town: Town, name: str, **more: Any) -> Story:
    shown = town.code("wei")

    async def story(town: Town) -> Answer:
        return await town.charge("wei", NOODLES, order_ref=name, key=name, pay_code=shown, **more)

    return story


def committing(town: Town, name: str) -> Story:
    shown = town.code("wei")

    async def story(town: Town) -> Answer:
        held = await town.charge("wei", NOODLES, order_ref=name, key=f"{name}-hold", pay_code=shown, capture=False)
        if held.kind != "done" or held.code == "pending":
            return held
        [row] = await town.rows(payment, tenant_id=TENANT, order_ref=name)
        return await town.commit(row["payment_id"], key=name)

    return story


def releasing(town: Town, name: str) -> Story:
    shown = town.code("wei")

    async def story(town: Town) -> Answer:
        await town.charge("wei", NOODLES, order_ref=name, key=f"{name}-hold", pay_code=shown, capture=False)
        rows = await town.rows(payment, tenant_id=TENANT, order_ref=name)
        return await town.release(rows[0]["payment_id"], key=name)

    return story


def refunding(town: Town, name: str) -> Story:
    shown = town.code("wei")

    async def story(town: Town) -> Answer:
        paid = await town.charge("wei", NOODLES, order_ref=name, key=f"{name}-pay", pay_code=shown)
        if paid.kind != "done" or paid.code == "pending":
            return paid
        [row] = await town.rows(payment, tenant_id=TENANT, order_ref=name)
        return await town.refund(row["payment_id"], key=name)

    return story


def withdrawing(_town: Town, name: str) -> Story:
    async def story(town: Town) -> Answer:
        from engine.programs.cards import cards

        [card, *_] = (await cards(town.desk, "wei")).items
        asked = WithdrawalRequest(amount_minor=100, card_id=card.card_id)
        return await withdraw(town.desk, "wei", asked, town.request(asked, caller="member:wei", key=name))

    return story


STORIES = {
    "charge": charging,
    "commit": committing,
    "release": releasing,
    "refund": refunding,
    "withdraw": withdrawing,
}


@pytest.mark.parametrize("kind", ["sandbox-ok", "sandbox-times-out", "sandbox-times-out-before", "sandbox-declines"])
@pytest.mark.parametrize("name", STORIES)
async def test_killed_at_every_point_the_job_brings_it_to_an_end(town: Town, name: str, kind: str) -> None:
    assert await at_every_point(town, kind, STORIES[name], repeat=False) > 4


@pytest.mark.parametrize("name", STORIES)
async def test_killed_at_every_point_the_repeat_brings_it_to_an_end(town: Town, name: str) -> None:
    assert await at_every_point(town, "sandbox-ok", STORIES[name], repeat=True) > 4


async def test_killed_while_a_hold_expires_the_reversal_is_made_by_the_job(town: Town) -> None:
    town.desk.rail = SandboxCard(TableBook(town.desk.database, TENANT), town.clock)
    await town.join("wei")
    await town.bind("wei")
    for at in range(1, POINTS_MAX):
        held = await town.paid("wei", NOODLES, capture=False)
        town.wait(minutes=5)

        async def expiring(town: Town) -> Answer:
            await expire_due(town.desk)
            return Answer("done", "", b"")

        killed = await lived(town, expiring, at)
        await expire_due(town.desk)
        await settled(town)
        assert (await town.desk.rail.query(held.payment_id)).state == "cancelled"
        await town.assert_books()
        if not killed:
            return
    raise AssertionError("it never ends")
