"""Bring what is chosen down to a total.

    give: [{cut_to: {total: 50.00}}]
    give: [{cut_to: {total: 50.00, items: {categories: [tea]}, share: quantity}}]

Takes off what earlier offers left above ``total`` of the lines that ``items`` and ``kinds`` choose (everything in scope
when left out); nothing when less is left. It lands on the lines by ``share``: by ``amount`` (the default: what is left
of them), by ``quantity``, or ``evenly``; what a full line can't take goes to the others. Nothing is rounded.

Source: 减至, product row A11.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import field

from engine.rules.campaign import Filter
from engine.rules.fields import Amount, Items
from engine.rules.item_offer import Kinds, chosen_in_words, counted_pieces, takes_part
from engine.rules.kinds import PRICE_NOT_LOWER, Benefit, Missing, Piece
from engine.rules.phrases import Locale, money
from engine.rules.picking import land
from engine.rules.pieces import Share, spread, total_left_minor, weights_of


class CutTo(Benefit, frozen=True):
    """What is chosen costs ``total_minor`` at most."""

    total_minor: Amount = field(name="total")
    items: Items = Filter()
    kinds: Kinds = ()
    share: Share = "amount"

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Share what is above the total."""
        if self._takes_all:
            return spread(self.most_minor(total_left_minor(pieces)), [piece.left_minor for piece in pieces], pieces)
        lefts = [left if takes_part(line, self.items, self.kinds) else 0 for line, left, _ in pieces]
        weights = weights_of(self.share, lefts, [piece.line.quantity for piece in pieces])
        return land(self.most_minor(sum(lefts)), weights, lefts, pieces)

    def most_minor(self, left_minor: int) -> int:
        """Return the discount when all that is left is chosen."""
        return max(0, left_minor - self.total_minor)

    def of_total(self) -> Callable[[int], int] | None:
        """Return the discount when it depends on the total only."""
        return self.most_minor if self._takes_all else None

    @property
    def _takes_all(self) -> bool:
        return self.share == "amount" and not (self.kinds or self.items.include or self.items.exclude)

    def why_nothing(self, pieces: Sequence[Piece]) -> Missing | None:
        """Return that what is left costs no more than the total."""
        return PRICE_NOT_LOWER if total_left_minor(counted_pieces(pieces, self.items, self.kinds)) else None

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        total, what = money(self.total_minor, currency, locale), chosen_in_words(self.items, self.kinds, locale)
        return f"{what}减至{total}" if locale == "zh" else f"{f'{what}: ' if what else ''}{total} in total"
