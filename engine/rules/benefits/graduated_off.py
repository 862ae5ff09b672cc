"""Take one amount off the first unit of a line and another off each further unit.

    give: [{graduated_off: {first: 1.00, then: 2.00, units_per_line: 5}}]

Never more than is left of the line. ``units_per_line`` caps the units that count. The units are taken, unless
``unit_sharing: between_campaigns``. Each line comes down by whole cents of its own, so nothing is rounded or shared.

Source: product row A10; graduated delivery and item prices of shops.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import field

from engine.rules.fields import Amount, Whole
from engine.rules.item_offer import ItemOffer
from engine.rules.kinds import Fault, Piece
from engine.rules.phrases import Locale, counted, money
from engine.rules.picking import Runs, counted_units, runs_of, worth_minor


class GraduatedOff(ItemOffer, frozen=True, kw_only=True):
    """``first_minor`` off the first unit of each line, ``then_minor`` off the others."""

    first_minor: Amount = field(name="first")
    then_minor: Amount = field(name="then")
    units_per_line: Whole | None = None

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Add up the units of each line."""
        amounts = [0] * len(pieces)
        for place in self.chosen(pieces):
            piece = self.open(pieces[place])
            runs = self._runs(piece)
            units = counted_units(runs)
            if units:
                off = self.first_minor + (units - 1) * self.then_minor
                amounts[place] = min(off, worth_minor(runs), self.room_minor(piece))
        return amounts

    def taken(self, seen: Sequence[Piece]) -> list[Runs]:
        """Return the units that count."""
        return [self._runs(piece) for piece in seen]

    def _runs(self, piece: Piece) -> Runs:
        return runs_of(piece, 0, self.units_per_line)

    def faults(self) -> list[Fault]:
        """Refuse a price range that holds nothing."""
        return self.choice_faults()

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        what = self.words(locale, currency)
        first, then = money(self.first_minor, currency, locale), money(self.then_minor, currency, locale)
        if locale == "zh":
            cap = f"，每种最多{self.units_per_line}件" if self.units_per_line else ""
            return f"{what}第一件减{first}，之后每件减{then}{cap}"
        cap = f", {counted(self.units_per_line, 'unit', 'units')} a line at most" if self.units_per_line else ""
        return f"{first} off the first unit of {what or 'a line'} and {then} off each further one{cap}"
