"""Bring the whole down to a total.

    give: [{cut_to: {total: 50.00}}]

Takes off what earlier offers left of everything in scope above ``total``; nothing when less is left.

Source: 减至, product row A11.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import field

from engine.rules.fields import Amount
from engine.rules.kinds import Benefit, Piece
from engine.rules.phrases import Locale, money
from engine.rules.pieces import spread, total_left_minor


class CutTo(Benefit, frozen=True):
    """What is in scope costs ``total_minor`` at most."""

    total_minor: Amount = field(name="total")

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Share what is above the total."""
        return spread(self.most_minor(total_left_minor(pieces)), [piece.left_minor for piece in pieces], pieces)

    def most_minor(self, left_minor: int) -> int:
        """Return the discount itself: it depends on the total only."""
        return max(0, left_minor - self.total_minor)

    def of_total(self) -> Callable[[int], int]:
        """Return the discount: it depends on the total only."""
        return self.most_minor

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        total = money(self.total_minor, currency, locale)
        return f"减至{total}" if locale == "zh" else f"{total} in total"
