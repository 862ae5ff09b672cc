"""Why a campaign that reached the basket does not apply: refused with what is missing, or lost to which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.rules.campaign import Campaign
from engine.rules.decision import Lost, Refusal, Words
from engine.rules.kinds import Missing
from engine.rules.phrases import counted

NOT_NOW: Final = Missing("not_now", Words(en="Not running right now.", zh="不在活动时间内。"))
ITEMS_MISSING: Final = Missing("items_missing", Words(en="None of the items takes part.", zh="没有参加活动的商品。"))
COUPON_NEEDED: Final = Missing("coupon_needed", Words(en="Needs its coupon.", zh="需持有对应优惠券。"))
NOTHING_LEFT: Final = Missing("nothing_to_discount", Words(en="Nothing is left to discount.", zh="已无可优惠金额。"))
NOTHING_TO_GIVE: Final = Missing(
    "nothing_to_give", Words(en="Too little is paid for a reward.", zh="实付金额不足，无奖励。")
)
OTHER_REWARD: Final = Missing(
    "other_reward", Words(en="Another reward is given instead.", zh="已获得其他奖励，不可同享。")
)
BASKET_CAP: Final = Missing(
    "basket_cap", Words(en="The basket saves all that it may.", zh="本单优惠已达上限，不再叠加。")
)
#: Why an offer gave way, where the best combination is chosen, and where the first come is.
SAVES_MORE: Final = Words(en="You save more with: {}.", zh="已选用更省的：{}。")
CAME_FIRST: Final = Words(en="Another comes first: {}.", zh="已按顺序享用：{}。")


def offers_at_most(most: int) -> Missing:
    """Return that *most* other offers apply, and no more may."""
    en = f"{counted(most, 'offer applies', 'offers apply')} to one basket, no more."
    return Missing("offers_at_most", Words(en=en, zh=f"每单最多享{most}项优惠。"))


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


def lost(campaign: Campaign, rivals: Sequence[Campaign], coupon_id: str | None = None, why: Words = SAVES_MORE) -> Lost:
    """Return that *campaign* gave way to *rivals*, and *why*."""
    en = ", ".join(rival.name.en for rival in rivals)
    zh = "、".join(rival.name.zh for rival in rivals)
    return Lost(
        campaign_id=campaign.id,
        name=campaign.name,
        to=tuple(rival.id for rival in rivals),
        sentence=Words(en=why.en.format(en), zh=why.zh.format(zh)),
        coupon_id=coupon_id,
    )
