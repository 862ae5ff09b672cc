"""A house per test, on both databases; ``sqlite_house`` where the database makes no difference."""

from collections.abc import AsyncIterator

import pytest

from engine.settings import Settings
from engine.store.database import Database, open_database
from tests.api.house import House, house_on


@pytest.fixture
async def house(database: Database, database_url: str) -> AsyncIterator[House]:
    built = await house_on(database, database_url)
    yield built
    await _close(built)


@pytest.fixture
async def sqlite_house(sqlite_url: str, anyio_backend: str) -> AsyncIterator[House]:
    database = await open_database(Settings(database_url=sqlite_url))
    built = await house_on(database, sqlite_url)
    yield built
    await _close(built)
    await database.close()


async def _close(built: House) -> None:
    await built.http.aclose()
    await built.desk.sequencer.close()
