from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from engine.ledger.sequencer import Sequencer
from engine.store.database import Database


@pytest.fixture
async def sequencer(database: Database, anyio_backend: str) -> AsyncIterator[Sequencer]:
    running = Sequencer(database)
    yield running
    await running.close()
