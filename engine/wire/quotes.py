"""What a basket is, and what it costs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from engine.money import QUANTITY_MAX
from engine.rules.decision import Words
from engine.rules.facts import Id, Text80
from engine.wire.base import Answer, Currency, Request
from engine.wire.coupons import Coupon, FunderPart

#: A quote sealed by us; it grows with the coupons that were shown.
QuoteId = Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[A-Za-z0-9_.\-]+\Z")]


class BasketRequest(Request, frozen=True):
    """What is bought. A line without merchant belongs to the caller's own."""

    currency: Currency
    lines: Annotated[tuple[LineRequest, ...], Meta(min_length=1, max_length=200)]


class LineRequest(Request, frozen=True):
    """One line; an unknown SKU is fine."""

    id: Id
    sku: Id
    quantity: Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
    unit_price_minor: Annotated[int, Meta(ge=0, le=10**12)]
    name: Text80 = ""
    category: Text80 = ""
    tags: Annotated[tuple[Text80, ...], Meta(max_length=20)] = ()
    kind: Literal["goods", "delivery", "service", "tax", "tip"] = "goods"
    merchant_id: Id | None = None


class QuoteRequest(Request, frozen=True):
    """Ask what a basket costs. With a pay code (not spent by this) it is priced for that shopper."""

    basket: BasketRequest
    shop_id: Id | None = None
    pay_code: Annotated[str, Meta(max_length=32)] | None = None
    channel: Literal["pay_code", "scan", "online"] = "pay_code"
    tool: Literal["balance", "card"] | None = None  # the wallet's setting when left out


class LinePriced(Answer, frozen=True):
    """A line's price: list = discount + payable."""

    line_id: str
    merchant_id: str
    sku: str
    name: str
    quantity: int
    list_minor: int
    discount_minor: int
    payable_minor: int
    refunded_quantity: int = 0
    refunded_minor: int = 0


class AppliedOffer(Answer, frozen=True):
    """A discount and who pays it."""

    campaign_id: str
    name: Words
    amount_minor: int
    nominal_minor: int
    coupon_id: str | None
    funders: tuple[FunderPart, ...]


class RefusedOffer(Answer, frozen=True):
    """Why a campaign does not apply, and what is missing."""

    campaign_id: str
    name: Words
    code: str
    sentence: Words
    missing_minor: int | None
    missing_quantity: int | None


class LostOffer(Answer, frozen=True):
    """A campaign that gave way to better ones."""

    campaign_id: str
    name: Words
    to: tuple[str, ...]
    sentence: Words


class RewardGiven(Answer, frozen=True):
    """What payment earns: points, a coupon, a red packet."""

    kind: Literal["coupon", "points", "red_packet"]
    campaign_id: str
    name: Words
    amount: int
    coupon: Coupon | None = None
    state: Literal["promised", "given", "clawed_back", "part_clawed_back"] = "promised"


class Quote(Answer, frozen=True):
    """The best lawful combination for the basket, with every reason."""

    currency: str
    list_minor: int
    discount_minor: int
    payable_minor: int
    lines: tuple[LinePriced, ...]
    applied: tuple[AppliedOffer, ...]
    refused: tuple[RefusedOffer, ...]
    lost: tuple[LostOffer, ...]
    rewards: tuple[RewardGiven, ...]
    optimal: bool
    priced_for_member: bool
    decided_at: datetime
    catalogue_revision: int
    quote_id: str | None = None  # pay with it within 5 minutes: what was shown is what is paid
    valid_until: datetime | None = None
