"""Sell items at a fixed price per unit.

    give: [{fixed_price: {price: 9.90, items: {skus: [mango-tea]}, units: 1}}]
    give: [{fixed_price: {price: 5.00, price_from: 6.00, price_to: 9.00}}]
    give: [{fixed_price: {price: 2.00, kinds: [delivery]}}]
    scope: {kinds: [goods, delivery]}

``price_from`` and ``price_to`` choose by list price, both ends included. ``units`` caps how many per basket get the
price; the dearest come first, which is best for the shopper. It takes the units, so no other item offer counts them
again. A unit that costs less already keeps its price. Each unit comes down by whole cents from what earlier offers
left, so nothing is rounded or shared.

Source: 秒杀 and 一口价, product rows A5 and A10.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import field

from engine.rules.campaign import Filter
from engine.rules.facts import Line
from engine.rules.fields import Amount, Items, Whole
from engine.rules.item_offer import Kinds, chosen_in_words, range_faults, range_in_words, takes_part
from engine.rules.kinds import PRICE_NOT_LOWER, Benefit, Fault, Missing, Phase, Piece
from engine.rules.phrases import Locale, counted, money
from engine.rules.pieces import take_best


class FixedPrice(Benefit, frozen=True):
    """Each unit chosen costs ``price_minor``."""

    price_minor: Amount = field(name="price")
    items: Items = Filter()
    kinds: Kinds = ()
    price_from_minor: Amount | None = field(default=None, name="price_from")
    price_to_minor: Amount | None = field(default=None, name="price_to")
    units_max: Whole | None = field(default=None, name="units")
    phase: ClassVar[Phase] = "item"
    takes_units: ClassVar[bool] = True

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Return what each line's units come down by."""
        return [gain for _, gain in self._taken(pieces)]

    def reaches(self, line: Line) -> bool:
        """Say whether *line* is chosen."""
        return takes_part(line, self.items, self.kinds)

    def units(self, pieces: Sequence[Piece]) -> list[int]:
        """Return the units that get the price."""
        return [units for units, _ in self._taken(pieces)]

    def _taken(self, pieces: Sequence[Piece]) -> list[tuple[int, int]]:
        if self.kinds or self.price_from_minor is not None or self.price_to_minor is not None:
            pieces = [piece if self._takes_part(piece.line) else Piece(piece.line, 0, 0) for piece in pieces]
        return take_best(pieces, self.items, self.price_minor, self.units_max)

    def _takes_part(self, line: Line) -> bool:
        least, most = self.price_from_minor, self.price_to_minor
        is_priced = (least is None or line.unit_price_minor >= least) and (
            most is None or line.unit_price_minor <= most
        )
        return is_priced and (not self.kinds or line.kind in self.kinds)

    def faults(self) -> list[Fault]:
        """Refuse a price range that holds nothing, and one whose items cost no more than the price."""
        faults = range_faults(self.price_from_minor, self.price_to_minor)
        if self.price_to_minor is not None and self.price_minor >= self.price_to_minor:
            sentence = "Items up to 'price_to' never cost more than this. Lower 'price'."
            faults.append(Fault("price", "price_above_list", sentence))
        return faults

    def why_nothing(self, pieces: Sequence[Piece]) -> Missing | None:
        """Return that no chosen unit that is free costs more than the price."""
        is_there = [
            bool(left and free) and self._takes_part(line) and takes_part(line, self.items, self.kinds)
            for line, left, free in pieces
        ]
        return PRICE_NOT_LOWER if any(is_there) else None

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        parts = [chosen_in_words(self.items, self.kinds, locale)]
        parts += range_in_words(self.price_from_minor, self.price_to_minor, locale, currency)
        what = ("，" if locale == "zh" else ", ").join(part for part in parts if part)
        price = money(self.price_minor, currency, locale)
        if locale == "zh":
            return f"{what}一口价{price}" + (f"，每单最多{self.units_max}件" if self.units_max else "")
        units = f", {counted(self.units_max, 'unit', 'units')} per basket at most" if self.units_max else ""
        return f"{what or 'goods'} for {price} each{units}"
