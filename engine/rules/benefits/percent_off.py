"""Take a percentage off.

    give: [{percent_off: {percent: 20%, at_most: 30.00}}]
    give: [{percent_off: {percent: 50%, items: {categories: [tea]}, units: 2}}]
    give: [{percent_off: {percent: 12.5%, per: line, basis: listed, rounding: half_even}}]

Without ``items`` it takes the percentage of what earlier offers left of everything in scope. With ``items`` or
``units`` it is an item offer: it takes the units it discounts (the dearest first when ``units`` caps them), and a
unit serves one item offer. ``at_most`` caps it.

The percentage is exact. ``per: order`` (the default) takes it once of the total, rounds, and shares it over the lines
by what it was taken of; ``per: line`` rounds on each line. ``rounding`` is ``half_up`` by default. ``basis: left`` (the
default) is what earlier offers left, ``listed`` the list price; never more than is left. On chosen items ``per`` and
``basis`` are told in percent_off_items.

Source: product row A10; semantics.md, sections 1 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

from msgspec import field

from engine.money import Rounding, divide
from engine.rules.campaign import Filter
from engine.rules.facts import Line
from engine.rules.fields import Amount, Items, Percent, Whole
from engine.rules.items import items_in_words
from engine.rules.kinds import Benefit, Fault, Piece
from engine.rules.phrases import Locale, counted, fold, money, percent
from engine.rules.picking import land
from engine.rules.pieces import Basis, spread, take_best
from engine.rules.scope import chooses, item_values


class PercentOff(Benefit, frozen=True):
    """Take ``percent`` off all, or off the units that ``items`` and ``units`` choose."""

    percent: Percent
    at_most_minor: Amount | None = field(default=None, name="at_most")
    items: Items = Filter()
    units_max: Whole | None = field(default=None, name="units")
    per: Literal["order", "line"] = "order"
    basis: Basis = "left"
    rounding: Rounding = "half_up"
    takes_units: ClassVar[bool] = True  # of everything in scope it takes none: see ``units``

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Round the percentage of the total once, or of each line, then share it."""
        if self.per == "line" or self.basis == "listed":
            return self._by_line(pieces)
        weights = [gain for _, gain in self._taken(pieces)] if self._chooses else [piece.left_minor for piece in pieces]
        return spread(self.most_minor(sum(weights)), weights, pieces)

    def _by_line(self, pieces: Sequence[Piece]) -> list[int]:
        lefts = [piece.left_minor for piece in pieces]
        looked_at = lefts if self.basis == "left" else [piece.line.list_minor for piece in pieces]
        weights = looked_at if self.per == "order" else [self._part(minor) for minor in looked_at]
        off = self._part(sum(weights)) if self.per == "order" else sum(map(min, weights, lefts))
        return land(off if self.at_most_minor is None else min(off, self.at_most_minor), weights, lefts, pieces)

    def most_minor(self, left_minor: int) -> int:
        """Return the percentage of *left_minor*, capped; all of it when that may be exceeded."""
        off = left_minor if self.per == "line" or self.basis == "listed" else self._part(left_minor)
        return off if self.at_most_minor is None else min(off, self.at_most_minor)

    def reaches(self, line: Line) -> bool:
        """Say whether *line* is chosen."""
        return chooses(self.items, item_values(line))

    def _part(self, minor: int) -> int:
        return divide(minor * self.percent.numerator, self.percent.denominator, self.rounding)

    def of_total(self) -> Callable[[int], int] | None:
        """Return the percentage of the total when the offer is on everything."""
        if self._chooses or self.per == "line" or self.basis == "listed":
            return None
        if self.rounding != "half_up":
            return self.most_minor
        twice, denominator = 2 * self.percent.numerator, self.percent.denominator
        below, most = 2 * denominator, self.at_most_minor
        if most is None:
            return lambda left_minor: (left_minor * twice + denominator) // below
        return lambda left_minor: min((left_minor * twice + denominator) // below, most)

    def rate_ppm(self, left_at_least_minor: int = 0) -> int:  # noqa: ARG002 - a part of any total
        """Return the percentage, rounded up; a million where rounding or list prices may exceed it."""
        if self.per == "line" or self.basis == "listed":
            return 1_000_000
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

    def faults(self) -> list[Fault]:
        """Refuse ``per`` and ``basis`` on chosen items: percent_off_items has them."""
        if not self._chooses:
            return []
        sentence = "On chosen items this is told in percent_off_items. Use that, or leave '{}' out."
        told = (("per", self.per != "order"), ("basis", self.basis != "left"))
        return [Fault(name, "not_on_chosen_items", sentence.format(name)) for name, is_told in told if is_told]

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        what = items_in_words(self.items, locale)
        cap = money(self.at_most_minor, currency, locale) if self.at_most_minor else ""
        if locale == "zh":
            units = f"，最多{self.units_max}件" if self.units_max else ""
            return f"{what}{fold(self.percent)}{units}" + (f"，最多减{cap}" if cap else "")
        units = f" ({counted(self.units_max, 'unit', 'units')} at most)" if self.units_max else ""
        return f"{percent(self.percent)} off{f' {what}' if what else ''}{units}" + (f", {cap} at most" if cap else "")
