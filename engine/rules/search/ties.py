"""What decides between combinations that save the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from engine.rules.evaluate import Offer
from engine.rules.funding import platform_minor


class Ties(NamedTuple):
    """Compared in this order; the smaller wins."""

    coupons: int
    expiries: tuple[datetime, ...]
    platform_minor: int
    rewards_missed: int
    rank: int  # minus the offers as bits, the earlier the higher: the earlier offer wins


def ties(taken: Iterable[tuple[Offer, int]], rewards_missed: int, bits: int) -> Ties:
    """Return what decides for offers that take these amounts, whose *bits* are set."""
    taken = list(taken)
    expiries = sorted(offer.coupon.valid_until for offer, _ in taken if offer.coupon is not None)
    platform = sum(platform_minor(offer.plan.funders, amount) for offer, amount in taken)
    return Ties(len(expiries), tuple(expiries), platform, rewards_missed, -bits)
