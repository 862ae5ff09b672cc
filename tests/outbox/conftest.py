"""The API's house, with webhooks allowed to this machine."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from engine.settings import Settings
from engine.store.database import Database, open_database
from tests.api.house import House, house_on
from tests.outbox.post_office import PostOffice


@pytest.fixture
async def office(database: Database, database_url: str) -> AsyncIterator[PostOffice]:
    """On both databases."""
    house = await house_on(database, database_url)
    yield await _opened(house)
    await _close(house)


@pytest.fixture
async def sqlite_office(sqlite_url: str, anyio_backend: str) -> AsyncIterator[PostOffice]:
    """Where the database makes no difference."""
    database = await open_database(Settings(database_url=sqlite_url))
    house = await house_on(database, sqlite_url)
    yield await _opened(house)
    await _close(house)
    await database.close()


async def _opened(house: House) -> PostOffice:
    house.desk.settings = replace(house.desk.settings, webhook_loopback=True)
    await house.member("lin", "13800000001", balance=1_000_000)
    return PostOffice(house)


async def _close(house: House) -> None:
    await house.http.aclose()
    await house.desk.sequencer.close()
