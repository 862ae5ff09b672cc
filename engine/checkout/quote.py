"""Asks what a basket costs: the best combination of every running campaign, with the reasons. Changes nothing.

With a pay code (which is not spent) it is priced for that shopper, without one for nobody in particular.
"""

from __future__ import annotations

from datetime import datetime

from engine.checkout.gather import Known, counts_script, known_script
from engine.checkout.order import Order
from engine.checkout.shown import quote_shown
from engine.desk import Desk
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.facts import Facts
from engine.store.script import Script
from engine.wire.quotes import Quote


async def quote(desk: Desk, order: Order) -> Quote:
    """Return the price of *order* now.

    Raises: as ``engine.checkout.gather.known_script``.
    """
    catalogue, revision = desk.catalogue, desk.revision
    script = _quote_script(desk.settings.tenant_id, catalogue, order, desk.clock.now())
    known, facts = await desk.database.read(script)
    return quote_shown(decide(catalogue, facts), facts, known.names, revision)


def _quote_script(tenant_id: str, catalogue: Catalogue, order: Order, now: datetime) -> Script[tuple[Known, Facts]]:
    known = yield from known_script(tenant_id, catalogue, order, now)
    return known, (yield from counts_script(tenant_id, known))
