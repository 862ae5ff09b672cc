"""A town whose merchants are settled, on both databases."""

from collections.abc import AsyncIterator

import pytest

from engine.store.database import Database
from tests.checkout.town import Town, town_on


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    """A town in which nothing runs."""
    built = await town_on(database)
    yield built
    await built.desk.sequencer.close()
