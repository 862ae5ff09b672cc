"""Asks what a basket costs: the best combination of every running campaign, with the reasons. Changes nothing.

With a pay code (which is not spent) it is priced for that shopper, without one for nobody in particular.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from engine.checkout.gather import Known, counts_script, known_script
from engine.checkout.order import Order
from engine.checkout.quote_seal import seal, shown_of, valid_until
from engine.checkout.shown import quote_shown
from engine.desk import Desk
from engine.programs.signing import Signing
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.decision import Decision
from engine.rules.facts import Facts
from engine.store.script import Script
from engine.wire.quotes import Quote


async def quote(desk: Desk, order: Order, signing: Signing | None = None) -> Quote:
    """Return the price of *order* now; with *signing* under an id that can be paid with.

    Raises: as ``engine.checkout.gather.known_script``.
    """
    catalogue, revision = desk.catalogue, desk.revision
    script = _quote_script(desk.settings.tenant_id, catalogue, order, desk.clock.now())
    known, facts = await desk.database.read(script)
    decision = decide(catalogue, facts)
    return sealed(quote_shown(decision, facts, known.names, revision), decision, facts, signing)


def sealed(shown: Quote, decision: Decision, facts: Facts, signing: Signing | None) -> Quote:
    """Return the quote with the id that binds it."""
    if signing is None:
        return shown
    return replace(shown, quote_id=seal(signing, shown_of(decision, facts)), valid_until=valid_until(facts.now))


def _quote_script(tenant_id: str, catalogue: Catalogue, order: Order, now: datetime) -> Script[tuple[Known, Facts]]:
    known = yield from known_script(tenant_id, catalogue, order, now)
    return known, (yield from counts_script(tenant_id, known))
