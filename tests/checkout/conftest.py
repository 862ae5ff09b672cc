from collections.abc import AsyncIterator

import pytest

from engine.store.database import Database
from tests.checkout.town import Town, corridor_campaigns, town_on


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
