"""What a decision may know: the basket, the payer, the place, held coupons, what limits have taken, and the time.

Facts are values: the same facts and the same campaigns give the same decision, byte for byte.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, NamedTuple

from msgspec import Meta, Struct

from engine.money import LINES_MAX, QUANTITY_MAX, UNIT_PRICE_MAX_MINOR

LineKind = Literal["goods", "delivery", "service", "tax", "tip"]
Channel = Literal["pay_code", "scan", "online"]
#: Printable text without control characters or lone surrogates; ids are short.
Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:\-]*\Z")]
Text80 = Annotated[str, Meta(max_length=80, pattern=r"^[^\x00-\x1f\x7f\ud800-\udfff]*\Z")]
Quantity = Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
UnitPrice = Annotated[int, Meta(ge=0, le=UNIT_PRICE_MAX_MINOR)]


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a basket; its list price is ``quantity * unit_price_minor``."""

    id: Id
    merchant_id: Id
    sku: Id
    quantity: Quantity
    unit_price_minor: UnitPrice
    name: Text80 = ""
    category: Text80 = ""
    tags: tuple[Text80, ...] = ()
    kind: LineKind = "goods"

    @property
    def list_minor(self) -> int:
        """Price before any discount, minor units."""
        return self.quantity * self.unit_price_minor


class Basket(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is bought, in one currency; lines may belong to several merchants."""

    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]
    lines: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=LINES_MAX)]


class Merchant(Struct, frozen=True, kw_only=True):
    """What rules may ask about a merchant whose lines are in the basket."""

    id: str
    district: str = ""
    tags: tuple[str, ...] = ()


class Payer(Struct, frozen=True, kw_only=True):
    """What rules may ask about the shopper. Without a payer the quote is anonymous."""

    member_id: str
    device_id: str | None = None
    tier: str = ""
    tags: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    invited_by: str | None = None


class HeldCoupon(Struct, frozen=True, kw_only=True):
    """A coupon in the payer's hands that may be spent now; validity is half-open."""

    id: str
    campaign_id: str
    valid_from: datetime
    valid_until: datetime


ScopeKind = Literal["campaign", "member", "device", "merchant"]


class CounterKey(NamedTuple):
    """Names one limit counter: whose use, of which campaign, of which limit, in which window."""

    scope_kind: str
    scope_id: str
    campaign_id: str  # "" where the counter belongs to no campaign (a member's orders)
    limit: str  # "budget" (minor units), "uses" (payments), "units" (stock), "orders"
    window_start: str  # "" for ever, else the ISO date of the natural day, week or month


#: Every payment of a member, and of a device, counts here; "first order" asks whether it is 0.
ORDERS: Final = "orders"


class Count(Struct, frozen=True, kw_only=True, array_like=True):
    """What a counter has taken so far: used + reserved."""

    key: CounterKey
    taken: int


class Facts(Struct, frozen=True, kw_only=True):
    """Everything a decision may know. ``now`` is UTC and aware."""

    basket: Basket
    now: datetime
    payer: Payer | None = None
    merchants: dict[str, Merchant] = {}
    shop_id: str | None = None
    district: str = ""
    channel: Channel = "pay_code"
    tool: str = "balance"
    card_bin: str = ""  # the first digits of the card paid with, "" without one
    codes: tuple[str, ...] = ()
    coupons: tuple[HeldCoupon, ...] = ()
    counts: tuple[Count, ...] = ()
