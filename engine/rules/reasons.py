"""Why a campaign that reached the basket does not apply: refused with what is missing, or lost to which."""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.campaign import Campaign
from engine.rules.decision import Lost, Refusal, Words
from engine.rules.evaluate import Offer
from engine.rules.kinds import Missing
from engine.rules.plan import conflict

NOT_NOW = Missing("not_now", Words(en="Not running right now", zh="不在活动时间内"))
ITEMS_MISSING = Missing("items_missing", Words(en="None of the items takes part", zh="没有参加活动的商品"))
COUPON_NEEDED = Missing("coupon_needed", Words(en="Needs its coupon", zh="需持有对应优惠券"))


def refusal(campaign: Campaign, missing: Missing, coupon_id: str | None = None) -> Refusal:
    """Return *missing* as the reason of *campaign*."""
    return Refusal(
        campaign_id=campaign.id,
        name=campaign.name,
        code=missing.code,
        sentence=missing.sentence,
        missing_minor=missing.missing_minor,
        missing_quantity=missing.missing_quantity,
        coupon_id=coupon_id,
    )


def lost(offer: Offer, chosen: Sequence[Offer]) -> Lost:
    """Return to which of the *chosen* the offer gave way: those in conflict, else those on its lines, else all."""
    campaign = offer.plan.campaign
    rivals = [other for other in chosen if conflict(campaign, other.plan.campaign)]
    rivals = rivals or [other for other in chosen if set(other.places) & set(offer.places)] or list(chosen)
    en = ", ".join(other.plan.campaign.name.en for other in rivals)
    zh = "、".join(other.plan.campaign.name.zh for other in rivals)
    return Lost(
        campaign_id=campaign.id,
        name=campaign.name,
        to=tuple(other.plan.campaign.id for other in rivals),
        sentence=Words(en=f"You save more with: {en}", zh=f"已选用更省的：{zh}"),
        coupon_id=offer.coupon.id if offer.coupon else None,
    )
