"""What happened to a member."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import field

from engine.wire.base import Answer


class MemberEvent(Answer, frozen=True):
    """One thing that happened to the member. ``seq`` has no gaps; ask again after the last one seen."""

    seq: int
    type: Literal[
        "payment.reserved",
        "payment.capturing",
        "payment.committed",
        "payment.released",
        "payment.expired",
        "payment.refunded",
        "payment.charged_back",
        "coupon.issued",
        "coupon.expired",
        "balance.changed",
        "points.changed",
        "reward.given",
    ]
    at: datetime
    payment_id: str | None = None
    coupon_id: str | None = None
    body: dict[str, Any] = field(default_factory=dict)


class MemberEvents(Answer, frozen=True):
    """Events after a sequence number, oldest first."""

    items: tuple[MemberEvent, ...]
    last_seq: int
