"""Give an item of the basket for nothing.

    give: [{gift: {sku: tote-bag}}]
    when: [{spend: {at_least: 100.00, items: {exclude: {skus: [tote-bag]}}}}]

The till puts the gift into the basket at its list price; this offer makes ``units`` of it free (one when left out), so
that who pays for the gift is booked like any other discount. Leave the gift out of what the threshold counts, as above.

Source: 满赠, product row A10.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import field

from engine.rules.facts import Line
from engine.rules.fields import Name, Whole
from engine.rules.kinds import Benefit, Phase, Piece
from engine.rules.phrases import Locale, counted
from engine.rules.picking import Runs, counted_units, dearest, runs_of, worth_minor


class Gift(Benefit, frozen=True):
    """``units_given`` of ``sku`` cost nothing."""

    sku: Name
    units_given: Whole = field(default=1, name="units")
    phase: ClassVar[Phase] = "item"
    takes_units: ClassVar[bool] = True

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Return the whole worth of the units given."""
        return [worth_minor(runs) for runs in self._taken(pieces)]

    def reaches(self, line: Line) -> bool:
        """Say whether *line* is the gift."""
        return line.sku == self.sku

    def units(self, pieces: Sequence[Piece]) -> list[int]:
        """Return the units given."""
        return [counted_units(runs) for runs in self._taken(pieces)]

    def _taken(self, pieces: Sequence[Piece]) -> list[Runs]:
        runs = [runs_of(piece, 0) if piece.line.sku == self.sku else [] for piece in pieces]
        return dearest(pieces, runs, units_max=self.units_given)

    def describe(self, locale: Locale, currency: str) -> str:  # noqa: ARG002 - a gift has no price
        """Say it in words."""
        if locale == "zh":
            return f"赠{self.units_given}件「{self.sku}」"
        return f"{counted(self.units_given, 'piece', 'pieces')} of {self.sku} for nothing"
