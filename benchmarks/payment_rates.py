"""Payments a second of clients that each wait for their answer before they pay again; wall time."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from benchmarks.balance_payment import HOT, member_of, payment_work, steps
from engine.ledger.sequencer import Sequencer

Pay = Callable[[int], Awaitable[object]]


async def rate(pay: Pay, clients: Sequence[int], seconds: float) -> float:
    """Return payments a second."""
    return len(await waits(pay, clients, seconds)) / seconds


async def waits(pay: Pay, clients: Sequence[int], seconds: float) -> list[float]:
    """Return how long each payment that ended within *seconds* was waited for, in seconds."""
    found: list[float] = []
    until = time.perf_counter() + seconds

    async def client(number: int) -> None:
        while (start := time.perf_counter()) < until:
            await pay(number)
            if (end := time.perf_counter()) < until:
                found.append(end - start)

    await asyncio.gather(*map(client, clients))
    return found


def through(sequencer: Sequencer, campaign: Callable[[int], str] = lambda _: HOT) -> Pay:
    """Return paying through *sequencer*."""

    async def pay(number: int) -> None:
        answer = await sequencer.submit(payment_work(member_of(number), campaign(number)))
        assert answer.kind == "done", answer

    return pay


def row_by_row(connections: Sequence[asyncpg.Connection]) -> Pay:
    """Return paying by plain asyncpg, a connection for each client, a statement at a time."""

    async def pay(number: int) -> None:
        connection = connections[number]
        async with connection.transaction():
            script = steps(member_of(number), HOT, "$")
            step = next(script)
            while step is not None:
                text, values = step
                step = _sent(script, await connection.fetchrow(text, *values))

    return pay


def sqlite_row_by_row(connection: sqlite3.Connection) -> Callable[[int], None]:
    """Return paying by plain sqlite3, a transaction each; the connection is durable as ours is."""

    def pay(number: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        script = steps(member_of(number), HOT, "?")
        step = next(script)
        while step is not None:
            text, values = step
            step = _sent(script, connection.execute(text, values).fetchone())
        connection.execute("COMMIT")

    return pay


def _sent(script, row):
    try:
        return script.send(row)
    except StopIteration:
        return None
