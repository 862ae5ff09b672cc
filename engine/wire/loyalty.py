"""Tier and points."""

from __future__ import annotations

from datetime import datetime

from engine.rules.decision import Words
from engine.wire.base import Answer


class Tier(Answer, frozen=True):
    """The member's level and how far the next one is, by points earned in the last 12 months."""

    id: str  # "plain" | "silver" | "gold"
    name: Words
    points_12_months: int
    next_id: str | None = None
    next_name: Words | None = None
    next_at_points: int | None = None


class PointsEntry(Answer, frozen=True):
    """One movement of points."""

    at: datetime
    points: int
    reason: Words
    payment_id: str | None
    balance_after: int


class PointsLot(Answer, frozen=True):
    """Points that expire together."""

    points: int
    expires_at: datetime


class Loyalty(Answer, frozen=True):
    """Tier, points, lots by expiry and the last movements."""

    tier: Tier
    points: int
    lots: tuple[PointsLot, ...]
    entries: tuple[PointsEntry, ...]
