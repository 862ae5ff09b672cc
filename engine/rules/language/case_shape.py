"""The form of a file of cases."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from engine.money import QUANTITY_MAX
from engine.rules.fields import Amount, CampaignId, Name, Whole
from engine.rules.language.shape import Channel, LineKind, Moment

#: An amount that may be 0.
Zeroable = Annotated[int, Meta(extra={"reads": "amount_or_0"})]
Counted = Annotated[int, Meta(ge=0, le=10**9, extra={"reads": "whole"})]


class LineShape(Struct, frozen=True, kw_only=True):
    """One line; ``id`` is the SKU when left out."""

    merchant: Name
    sku: Name
    price_minor: Amount = field(name="price")
    quantity: Annotated[int, Meta(ge=1, le=QUANTITY_MAX, extra={"reads": "whole"})] = 1
    id: Name | None = None
    category: Annotated[str, Meta(max_length=64)] = ""
    tags: tuple[Name, ...] = ()
    kind: LineKind = "goods"
    merchant_tags: tuple[Name, ...] = ()
    district: Annotated[str, Meta(max_length=64)] = ""


class PayerShape(Struct, frozen=True, kw_only=True):
    """Who pays; ``orders`` have been paid before, on this device ``device_orders``."""

    member: Name = "member"
    device: Name | None = "device"
    tier: Annotated[str, Meta(max_length=64)] = ""
    tags: tuple[Name, ...] = ()
    segments: tuple[Name, ...] = ()
    invited_by: Name | None = None
    orders: Counted = 0
    device_orders: Counted | None = None
    coupons: tuple[CampaignId, ...] = ()


class TakenShape(Struct, frozen=True, kw_only=True):
    """What the limits of the file's campaign have taken so far."""

    budget_minor: Zeroable = field(default=0, name="budget")
    uses: Counted = 0
    units: Counted = 0
    member_uses: Counted = 0
    member_units: Counted = 0
    device_uses: Counted = 0


class RewardShape(Struct, frozen=True, kw_only=True):
    """One reward: points, a red packet, or coupons of a campaign."""

    points: Whole | None = None
    red_packet_minor: Amount | None = field(default=None, name="red_packet")
    coupon: CampaignId | None = None
    to: Literal["payer", "inviter"] = "payer"


class ExpectShape(Struct, frozen=True, kw_only=True):
    """What must come out; what is left out is not looked at. ``discount: {}`` says that nothing applies."""

    discount: dict[CampaignId, Amount] | None = None  # of every campaign that applies, and no other
    payable_minor: Zeroable | None = field(default=None, name="payable")
    lines: dict[Name, Zeroable] | None = None
    refused: dict[CampaignId, Name] | None = None
    lost: tuple[CampaignId, ...] | None = None
    rewards: tuple[RewardShape, ...] | None = None


class CaseShape(Struct, frozen=True, kw_only=True):
    """One case."""

    case: Annotated[str, Meta(min_length=1, max_length=200, extra={"says": "1 to 200 characters"})]
    basket: Annotated[tuple[LineShape, ...], Meta(min_length=1, max_length=200)]
    expect: ExpectShape
    payer: PayerShape = PayerShape()
    anonymous: Literal["yes", "no"] = "no"
    at: Moment | None = None
    channel: Channel = "pay_code"
    taken: TakenShape = TakenShape()
    others: tuple[CampaignId, ...] = field(default=(), name="with")
