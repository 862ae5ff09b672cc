"""Options of the whole catalogue: how offers are chosen, how many apply, and how much a basket may save."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from msgspec import Struct


class Options(Struct, frozen=True, kw_only=True):
    """One version of the options, read from ``catalogue.yaml``; the defaults stand for an absent file."""

    version: str = ""  # content hash of the file
    choose: Literal["best", "in_order"] = "best"
    offers_max: int | None = None  # on one basket
    payable_at_least_minor: dict[str, int] = {}  # by currency
    discount_at_most_minor: dict[str, int] = {}  # by currency
    discount_at_most: Fraction | None = None  # of the listed total

    def room_minor(self, currency: str, list_minor: int) -> int | None:
        """Return how much a basket of *list_minor* may save in total; None when that is unlimited.

        Units:  minor units of *currency*; a part of the listed total is rounded down, so that no cap is passed.
        """
        rooms = []
        if currency in self.payable_at_least_minor:
            rooms.append(max(0, list_minor - self.payable_at_least_minor[currency]))
        if currency in self.discount_at_most_minor:
            rooms.append(self.discount_at_most_minor[currency])
        if self.discount_at_most is not None:
            rooms.append(int(list_minor * self.discount_at_most))
        return min(rooms, default=None)
