"""Callers who go away at any moment: their work is done whole or not at all, and nobody else notices."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from engine.checkout.payment import payment
from engine.store.database import Database
from tests.checkout.town import CUCUMBER, NOODLES, TENANT, Town, problem, town_on

TURNS = 40


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    built = await town_on(database)
    yield built
    await built.desk.sequencer.close()


async def cancelled_after(turns: int, work: asyncio.Task[object]) -> bool:
    """Let *work* take some turns of the loop, then cancel it; whether it had not ended before."""
    for _ in range(turns):
        await asyncio.sleep(0)
    return work.cancel()


async def test_charge_cancelled_at_every_turn_is_done_once_by_its_repeat(town: Town) -> None:
    await town.join("wei", balance=TURNS * 1200)
    cut = 0
    for turns in range(TURNS):
        shown, name = town.code("wei"), f"cut-{turns}"

        def charge(shown: str = shown, name: str = name):
            return town.charge("wei", CUCUMBER, pay_code=shown, order_ref=name, key=name)

        task = asyncio.create_task(charge())
        cut += await cancelled_after(turns, task)
        await asyncio.gather(task, return_exceptions=True)
        again = await charge()
        assert problem(again) == ("done", "")
        assert await charge() == again
    assert cut > 0
    rows = await town.rows(payment, tenant_id=TENANT)
    assert sorted(row["order_ref"] for row in rows) == sorted(f"cut-{turns}" for turns in range(TURNS))
    assert await town.balance("wei") == 0
    await town.assert_books()


async def test_refund_cancelled_at_every_turn_is_done_once_by_its_repeat(town: Town) -> None:
    await town.join("wei", balance=3200)
    paid = await town.paid("wei", {**NOODLES, "quantity": 32, "unit_price_minor": 100})
    for turns in range(32):
        task = asyncio.create_task(town.refund(paid.payment_id, {"noodles": 1}, key=f"cut-{turns}"))
        await cancelled_after(turns, task)
        await asyncio.gather(task, return_exceptions=True)
        again = await town.refund(paid.payment_id, {"noodles": 1}, key=f"cut-{turns}")
        assert problem(again) == ("done", "")
    assert problem(await town.refund(paid.payment_id)) == ("refused", "refund_exceeds_payment")
    assert await town.balance("wei") == 3200
    await town.assert_books()


async def test_those_who_wait_in_one_group_with_cancelled_ones_are_answered(town: Town) -> None:
    members = [f"member-{number}" for number in range(30)]
    await town.join(*members, balance=1200)
    tasks = [asyncio.create_task(town.charge(member_id, CUCUMBER)) for member_id in members]
    for turns in range(10):
        tasks[3 * turns].cancel()
        await asyncio.sleep(0)
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    stayed = [one for one in answers if not isinstance(one, BaseException)]
    assert len(stayed) >= 20
    assert {problem(one) for one in stayed} == {("done", "")}
    for member_id in members:
        assert await town.balance(member_id) in {0, 1200}
    await town.assert_books()


async def test_first_of_two_with_one_key_goes_away_and_the_second_is_answered(town: Town) -> None:
    await town.join("wei", balance=1200)
    shown = town.code("wei")
    first, second = (
        asyncio.create_task(town.charge("wei", CUCUMBER, pay_code=shown, order_ref="o", key="k")) for _ in range(2)
    )
    while town.desk.sequencer._running is None:
        await asyncio.sleep(0)
    first.cancel()
    assert problem(await second) == ("done", "")
    assert first.cancelled()
    await town.assert_books()
