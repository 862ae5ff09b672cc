"""A town in which chance and the order of concurrent work come from the seed: the same seed plays the same story."""

from __future__ import annotations

import asyncio
import random
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from engine.store.database import Database
from engine.store.sqlite import SqliteDatabase, connect
from engine.store.writer_lock import WriterLock
from tests.checkout.town import town_on
from tests.simulation.play import Play

T = TypeVar("T")


class SeededDatabase(SqliteDatabase):
    """The embedded database without threads: each script waits a drawn number of turns of the loop, then runs whole."""

    def __init__(self, path: Path, seed: int) -> None:
        super().__init__(path, WriterLock(path))
        self._random = random.Random(seed)
        self._by_pragmas: dict[tuple[str, ...], sqlite3.Connection] = {}

    async def _in(self, pool: ThreadPoolExecutor, job: Callable[[], T]) -> T:
        for _ in range(self._random.randrange(4)):
            await asyncio.sleep(0)
        return job()

    def _connection(self, *pragmas: str) -> sqlite3.Connection:
        if pragmas not in self._by_pragmas:
            self._by_pragmas[pragmas] = connect(self._path, "synchronous=OFF", *pragmas)
            self._opened.append(self._by_pragmas[pragmas])
        return self._by_pragmas[pragmas]


@contextmanager
def seeded_ids(seed: int) -> Iterator[None]:
    """Draw the ids of payments and refunds from *seed*."""
    drawn, real = random.Random(seed), secrets.token_hex
    secrets.token_hex = lambda nbytes=None: drawn.randbytes(nbytes or 32).hex()
    try:
        yield
    finally:
        secrets.token_hex = real


async def play(database: Database, seed: int, steps: int) -> Play:
    """Play *seed* on *database* and return what came of it. Raises: AssertionError when the books are wrong."""
    with seeded_ids(seed):
        town = await town_on(database)
        story = Play(town, seed)
        try:
            await story.run(steps)
        except Exception as error:
            error.add_note(
                f"seed {seed}; again: python -m tests.simulation {seed} --steps {steps}\n" + "\n".join(story.seen[-5:])
            )
            raise
        finally:
            await town.desk.sequencer.close()
        return story


async def play_alone(path: Path, seed: int, steps: int) -> Play:
    """Play *seed* on the migrated SQLite file *path*."""
    database = SeededDatabase(path, seed)
    try:
        return await play(database, seed, steps)
    finally:
        await database.close()
