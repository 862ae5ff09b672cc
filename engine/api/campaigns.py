"""What runs at a merchant's shops."""

from __future__ import annotations

from msgspec import Struct

from engine.api.operation import Call, Operation
from engine.programs.campaigns_shown import campaigns_at
from engine.rules.facts import Id
from engine.wire.campaigns import Campaigns


class ShopQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of the merchant's shops; without one, all of them."""

    shop_id: Id | None = None


async def list_campaigns(call: Call[None, ShopQuery]) -> Campaigns:
    """List the campaigns that run at your shops now, in words, and what is left of them."""
    return await campaigns_at(call.desk, call.caller.merchant_id, call.query.shop_id)


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/campaigns",
        who=("merchant",),
        handle=list_campaigns,
        query=ShopQuery,
        answer=Campaigns,
        codes=("shop_not_found",),
    ),
)
