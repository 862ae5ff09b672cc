"""A desk whose clock is moved by hand, and a job that writes down its slots in the transaction of the claim."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from engine.clock import ManualClock
from engine.desk import Desk
from engine.jobs.running.job import Job, Run
from engine.jobs.running.leader import leadership
from engine.jobs.running.runner import Runner
from engine.jobs.running.slots import Schedule
from engine.ledger.sequencer import Sequencer
from engine.rails.sandbox_card import SandboxCard
from engine.rules.catalogue import Catalogue
from engine.settings import Settings
from engine.store.database import open_database
from engine.store.schema import create_schema


class Business:
    """What the slots of one schedule did, and a failure that can be planted."""

    def __init__(self, schedule: Schedule, name: str = "business") -> None:
        self.name = name
        self.slots: list[str] = []
        self.fails_at: str | None = None
        self.job = Job(schedule=schedule, run=self._run, about="Business.")

    async def _run(self, desk: Desk, run: Run) -> None:
        def script():
            if (yield from run.claim()):
                if run.slot.name == self.fails_at:
                    raise ValueError(f"{run.slot.name} can't be done")
                return True
            return False

        if await desk.database.write(script()):
            self.slots.append(run.slot.name)


class Desks:
    """One database, one clock, as many processes as asked for."""

    def __init__(self, desk: Desk, clock: ManualClock) -> None:
        self.desk, self.clock = desk, clock

    def runner(self, business: Business) -> Runner:
        """Return the runner of a process that has just started."""
        return Runner(self.desk, {business.name: business.job}, leadership(self.desk.settings))

    async def live(self, business: Business, until: datetime, step: timedelta) -> None:
        """Let time pass up to *until* in steps, looking after each; count what each look did."""
        runner = self.runner(business)
        while self.clock.now() < until:
            self.clock.set(min(self.clock.now() + step, until))
            before = len(business.slots)
            await runner.look(business.name)
            assert len(business.slots) - before <= 1, "a burst"


@asynccontextmanager
async def desks(database_url: str, start: datetime) -> AsyncIterator[Desks]:
    settings = Settings(database_url=database_url)
    create_schema(settings)
    database, clock = await open_database(settings), ManualClock(start)
    desk = Desk(
        settings=settings,
        clock=clock,
        database=database,
        sequencer=Sequencer(database),
        rail=SandboxCard(),
        catalogue=Catalogue.build(()),
    )
    try:
        yield Desks(desk, clock)
    finally:
        await database.close()
