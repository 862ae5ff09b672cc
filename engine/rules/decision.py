"""What a decision says: prices by line, each discount and who pays it, and why the rest did not apply."""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct

from engine.rules.facts import CounterKey


class Words(Struct, frozen=True):
    """One sentence in the wallet's languages."""

    en: str
    zh: str


class Cell(Struct, frozen=True, kw_only=True):
    """What one funder pays of one campaign's discount on one line, minor units, ≥ 0."""

    line_id: str
    funder: str  # "platform", "merchant:<id>", "brand:<id>", "bank:<id>"
    amount_minor: int


class LineAmount(NamedTuple):
    """What a discount takes from one line, minor units, > 0."""

    line_id: str
    amount_minor: int


class FunderPart(NamedTuple):
    """A funder and its part of what the earlier ones left, as a ratio of whole numbers."""

    funder: str  # "merchant" is the line's own
    numerator: int
    denominator: int


class Take(Struct, frozen=True, kw_only=True):
    """What a use takes from one counter, and the ceiling of the campaign version that decided."""

    key: CounterKey
    amount: int
    ceiling: int | None  # None: counted, not limited


class Applied(Struct, frozen=True, kw_only=True):
    """A campaign that applied. What it takes by line sums to ``amount_minor``; who pays it: ``funding.cells``."""

    campaign_id: str
    version: str  # content hash of the campaign file
    name: Words
    phase: str
    amount_minor: int
    nominal_minor: int  # before cuts by budget, price floor or basket cap
    by_line: tuple[LineAmount, ...]
    funders: tuple[FunderPart, ...]
    takes: tuple[Take, ...]
    coupon_id: str | None = None


class Refusal(Struct, frozen=True, kw_only=True):
    """A campaign that reached the basket but does not apply: why, and what is missing."""

    campaign_id: str
    name: Words
    code: str
    sentence: Words
    missing_minor: int | None = None
    missing_quantity: int | None = None
    coupon_id: str | None = None


class Lost(Struct, frozen=True, kw_only=True):
    """A campaign that could apply but gave way to better ones."""

    campaign_id: str
    name: Words
    to: tuple[str, ...]
    sentence: Words
    coupon_id: str | None = None


RewardKind = Literal["coupon", "points", "red_packet"]


class Reward(Struct, frozen=True, kw_only=True):
    """Something given after payment. ``amount`` is points, minor units, or coupons."""

    campaign_id: str
    version: str
    name: Words
    kind: RewardKind
    to: Literal["payer", "inviter"]
    amount: int
    funder: str
    takes: tuple[Take, ...] = ()
    coupon_campaign_id: str | None = None  # which campaign's coupon


class LinePrice(Struct, frozen=True, kw_only=True):
    """A line's price: list = discount + payable."""

    line_id: str
    merchant_id: str
    list_minor: int
    discount_minor: int
    payable_minor: int


class Decision(Struct, frozen=True, kw_only=True):
    """The answer for one basket. ``optimal`` is False only when the search hit its node limit."""

    currency: str
    list_minor: int
    discount_minor: int
    payable_minor: int
    lines: tuple[LinePrice, ...]
    applied: tuple[Applied, ...]
    refused: tuple[Refusal, ...]
    lost: tuple[Lost, ...]
    rewards: tuple[Reward, ...]
    takes: tuple[Take, ...] = ()  # counted for the payment itself, whatever applied (orders)
    optimal: bool = True
    nodes: int = 0
