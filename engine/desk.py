"""What every use case is given: the database, the sequencer, the live catalogue, the clock and the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.clock import Clock
from engine.ledger.sequencer import Sequencer
from engine.rails.payout import PayoutRail
from engine.rails.rail import Rail
from engine.rails.sandbox_payouts import SandboxPayouts
from engine.rules.catalogue import Catalogue
from engine.settings import Settings
from engine.store.database import Database


def _nobody(_member_id: str) -> None:
    """Tell nobody."""


@dataclass(kw_only=True)
class Desk:
    """The one thing handed to use cases. ``catalogue`` and ``revision`` are replaced when a publication goes live."""

    settings: Settings
    clock: Clock
    database: Database
    sequencer: Sequencer
    rail: Rail
    catalogue: Catalogue
    revision: int = 0
    #: Called after COMMIT with a member's id: there are new events in the member's feed.
    wake: Callable[[str], None] = field(default=_nobody)
    #: Where merchants are paid out.
    payout_rail: PayoutRail = field(default_factory=SandboxPayouts)
