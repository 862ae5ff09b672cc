"""Take a percentage off.

    give: [{percent_off: {percent: 20%, at_most: 30.00}}]
    give: [{percent_off: {percent: 50%, items: {categories: [tea]}, units: 2}}]

Without ``items`` it takes the percentage of what earlier offers left of everything in scope. With ``items`` or
``units`` it is an item offer: it takes the units it discounts (the dearest first when ``units`` caps them), and a
unit serves one item offer. The percentage is exact, taken once of the total, rounded half up, then shared over the
lines. ``at_most`` caps it.

Source: product row A10; semantics.md, sections 1 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from msgspec import field

from engine.money import divide
from engine.rules.campaign import Filter
from engine.rules.facts import Line
from engine.rules.fields import Amount, Items, Percent, Whole
from engine.rules.items import items_in_words
from engine.rules.kinds import Benefit, Piece
from engine.rules.phrases import Locale, counted, fold, money, percent
from engine.rules.pieces import spread, take_best
from engine.rules.scope import chooses, item_values


class PercentOff(Benefit, frozen=True):
    """Take ``percent`` off all, or off the units that ``items`` and ``units`` choose."""

    percent: Percent
    at_most_minor: Amount | None = field(default=None, name="at_most")
    items: Items = Filter()
    units_max: Whole | None = field(default=None, name="units")
    takes_units: ClassVar[bool] = True  # of everything in scope it takes none: see ``units``

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Round the percentage of the total once, then share it."""
        weights = [gain for _, gain in self._taken(pieces)] if self._chooses else [piece.left_minor for piece in pieces]
        return spread(self.most_minor(sum(weights)), weights, pieces)

    def most_minor(self, left_minor: int) -> int:
        """Return the percentage of *left_minor*, capped."""
        off = divide(left_minor * self.percent.numerator, self.percent.denominator)
        return off if self.at_most_minor is None else min(off, self.at_most_minor)

    def reaches(self, line: Line) -> bool:
        """Say whether *line* is chosen."""
        return chooses(self.items, item_values(line))

    def of_total(self) -> Callable[[int], int] | None:
        """Return the percentage of the total when the offer is on everything."""
        if self._chooses:
            return None
        twice, denominator = 2 * self.percent.numerator, self.percent.denominator
        below, most = 2 * denominator, self.at_most_minor
        if most is None:
            return lambda left_minor: (left_minor * twice + denominator) // below
        return lambda left_minor: min((left_minor * twice + denominator) // below, most)

    def rate_ppm(self, left_at_least_minor: int = 0) -> int:  # noqa: ARG002 - a part of any total
        """Return the percentage, rounded up."""
        return -(-self.percent.numerator * 1_000_000 // self.percent.denominator)

    def units(self, pieces: Sequence[Piece]) -> list[int]:
        """Return the units discounted; none when the offer is on everything."""
        if not self._chooses:
            return [0] * len(pieces)
        return [units for units, _ in self._taken(pieces)]

    @property
    def _chooses(self) -> bool:
        return self.units_max is not None or bool(self.items.include or self.items.exclude)

    def _taken(self, pieces: Sequence[Piece]) -> list[tuple[int, int]]:
        return take_best(pieces, self.items, 0, self.units_max)

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        what = items_in_words(self.items, locale)
        cap = money(self.at_most_minor, currency, locale) if self.at_most_minor else ""
        if locale == "zh":
            units = f"，最多{self.units_max}件" if self.units_max else ""
            return f"{what}{fold(self.percent)}{units}" + (f"，最多减{cap}" if cap else "")
        units = f" ({counted(self.units_max, 'unit', 'units')} at most)" if self.units_max else ""
        return f"{percent(self.percent)} off{f' {what}' if what else ''}{units}" + (f", {cap} at most" if cap else "")
