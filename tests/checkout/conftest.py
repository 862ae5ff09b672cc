import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.database import Database, open_database
from tests.checkout.town import Town, corridor_campaigns, town_on
from tests.databases import SqliteFiles


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    """A town in which nothing runs."""
    built = await town_on(database)
    yield built
    await built.desk.sequencer.close()


@pytest.fixture
async def corridor(town: Town) -> Town:
    """The town with the corridor's campaigns."""
    town.run(*corridor_campaigns())
    return town


@pytest.fixture
def sqlite_town(sqlite_files: SqliteFiles, tmp_path: Path) -> Callable[[Callable[[Town], Awaitable[None]]], None]:
    """Runs a story in a town of its own on a fresh SQLite file; any number of times in one test."""
    numbers = itertools.count()

    def run(story: Callable[[Town], Awaitable[None]]) -> None:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        with sqlite_files.fresh(folder) as url:
            asyncio.run(_told(url, story))

    return run


async def _told(url: str, story: Callable[[Town], Awaitable[None]]) -> None:
    database = await open_database(Settings(database_url=url))
    built = await town_on(database)
    try:
        await story(built)
    finally:
        await built.desk.sequencer.close()
        await database.close()
