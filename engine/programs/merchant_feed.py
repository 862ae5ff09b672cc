"""A merchant's own events after a number, in the order in which they were told."""

from __future__ import annotations

import msgspec

from engine.desk import Desk
from engine.outbox.merchant_feed import last_told_script, told_script
from engine.store.script import Script
from engine.wire.webhooks import MerchantEvent, MerchantEvents


async def merchant_events_after(desk: Desk, merchant_id: str, after: int) -> MerchantEvents:
    """Return a page of the merchant's events after *after*, oldest first; ``last_seq`` is where to go on."""
    return await desk.database.snapshot(_script(desk.settings.tenant_id, merchant_id, after))


def _script(tenant_id: str, merchant_id: str, after: int) -> Script[MerchantEvents]:
    rows = yield from told_script(tenant_id, merchant_id, after)
    last_seq = rows[-1]["seq"] if rows else (yield from last_told_script(tenant_id, merchant_id))
    return MerchantEvents(
        items=tuple(msgspec.json.decode(row["body"], type=MerchantEvent) for row in rows), last_seq=last_seq
    )
