"""Give the payer a coupon after payment.

    give: [{issue_coupon: {campaign: noodle-voucher}}]

``campaign`` names the campaign whose coupon it is: one with a ``coupon`` section, in the same set of files. ``count``
coupons are given, one when left out.

Source: 满赠券, product row A2.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, field

from engine.rules.fields import CampaignId
from engine.rules.kinds import Benefit, Grant, GrantKind, Phase, Situation
from engine.rules.phrases import Locale, counted


class IssueCoupon(Benefit, frozen=True):
    """Give ``count`` coupons of ``campaign_id``."""

    campaign_id: CampaignId = field(name="campaign")
    count: Annotated[int, Meta(ge=1, le=20, extra={"reads": "whole"})] = 1
    phase: ClassVar[Phase] = "reward"
    grant_kind: ClassVar[GrantKind] = "coupon"

    def grants(self, situation: Situation) -> list[Grant]:
        """Give the coupons to the payer."""
        if situation.facts.payer is None:
            return []
        return [Grant("coupon", "payer", self.count, coupon_campaign_id=self.campaign_id)]

    def describe(self, locale: Locale, currency: str) -> str:  # noqa: ARG002 - a coupon has its own currency
        """Say it in words."""
        if locale == "zh":
            return f"付款后赠{self.count}张「{self.campaign_id}」优惠券"
        return f"{counted(self.count, 'coupon', 'coupons')} of {self.campaign_id} after payment"
