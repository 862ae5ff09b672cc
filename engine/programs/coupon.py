"""The coupon a member holds: its row, and what may happen to it.

    usable → locked (a payment holds it) → used → usable again when the payment is refunded in full
    usable | locked → expired, usable → revoked (the payment that earned it was refunded)

Only work that holds the lock of the member's feed changes a coupon, so two payments can't spend the same one.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Column, Index, Table, Text

from engine.rules.campaign import Campaign, CouponTerms
from engine.store.metadata import metadata

coupon = Table(
    "coupon",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the member
    Column("coupon_id", Text, primary_key=True),
    Column("campaign_id", Text, nullable=False),
    Column("state", Text, nullable=False),  # usable | locked | used | expired | revoked
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_until", BigInteger, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("issued_by", Text, nullable=False),  # the payment that earned it, "" when given otherwise
    Column("used_at", BigInteger),
    Column("payment_id", Text, nullable=False),  # the payment that holds or used it, "" when none
    Column("card", Text, nullable=False),  # engine.programs.coupon_card.Card as JSON, as it was issued
    Index("coupon_by_member", "tenant_id", "home_id", "state", "valid_until", "coupon_id"),
    Index("coupon_by_time", "tenant_id", "state", "valid_until"),
)


def valid_until(terms: CouponTerms, issued_at: datetime, timezone: str) -> datetime:
    """Return the end of the local day ``valid_for_days`` after *issued_at*: the next midnight, exclusive."""
    zone = ZoneInfo(timezone)
    day = issued_at.astimezone(zone).date() + timedelta(days=terms.valid_for_days + 1)
    return datetime.combine(day, time(0), zone).astimezone(issued_at.tzinfo)


def may_issue(campaign: Campaign | None, held: int) -> bool:
    """Whether a member who was given *held* coupons of *campaign* may get another; no campaign: no coupon."""
    if campaign is None or campaign.coupon is None:
        return False
    return campaign.coupon.per_member is None or held < campaign.coupon.per_member
