"""Settings become a desk: database, sequencer, bank, live catalogue, clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.clock import Clock, SystemClock
from engine.desk import Desk
from engine.ledger.sequencer import Sequencer
from engine.programs.publish import refresh
from engine.rails.sandbox_book import TableBook
from engine.rails.sandbox_card import SandboxCard
from engine.rules.catalogue import Catalogue
from engine.settings import Settings
from engine.store.database import open_database


@asynccontextmanager
async def opened_desk(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Desk]:
    """Open the database, load what is live, hand out the desk; then finish what runs and close.

    Raises: Unavailable when the database does not answer or, on SQLite, another process writes to it.
    """
    database = await open_database(settings)
    try:
        clock = clock or SystemClock()
        sequencer = Sequencer(database, clock)
        desk = Desk(
            settings=settings,
            clock=clock,
            database=database,
            sequencer=sequencer,
            rail=SandboxCard(TableBook(database, settings.tenant_id), clock),
            catalogue=Catalogue.build(()),
        )
        await refresh(desk)
        try:
            yield desk
        finally:
            await sequencer.close()
    finally:
        await database.close()
