"""A coupon as its card shows it, and who pays for it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from engine.rules.decision import Words
from engine.wire.base import Answer


class FunderPart(Answer, frozen=True):
    """What one funder pays. ``kind`` tells platform, merchant, brand or bank."""

    funder: str
    kind: Literal["platform", "merchant", "brand", "bank"]
    name: Words
    amount_minor: int


CouponState = Literal["usable", "soon", "locked", "used", "expired", "revoked"]


class Coupon(Answer, frozen=True):
    """A coupon in the member's hands, as its card shows it."""

    coupon_id: str
    campaign_id: str
    name: Words
    face: Words  # "¥12", "8.5折" / "15% off"
    threshold: Words  # "满 50 可用" / "Spend 50"
    rules: tuple[Words, ...]
    state: CouponState
    currency: str
    face_minor: int | None
    funder_kind: Literal["platform", "merchant", "brand", "bank"]
    funder_name: Words
    where: Words
    valid_from: datetime
    valid_until: datetime
    issued_at: datetime
    used_at: datetime | None = None
    payment_id: str | None = None
    why_not: Words | None = None


class Coupons(Answer, frozen=True):
    """A page of coupons, the soonest to expire first."""

    items: tuple[Coupon, ...]
    next_cursor: str | None
