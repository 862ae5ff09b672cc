"""Sell so many items together at one price.

    give: [{set_price: {units: 3, price: 20.00}}]
    give: [{set_price: {units: 2, price: 50.00, items: {categories: [book]}, sets: 1}}]
    give: [{set_price: {units: 3, price: 20.00, share: evenly}}]

Any ``units`` of the chosen items make a set. Sets are made of the dearest units first and only while a set costs more
than its price; ``sets`` caps them. A unit serves one item offer, unless ``unit_sharing: between_campaigns``.

What the sets save lands on the lines of their units by ``share``: by ``amount`` (the default: what those units are
worth), by ``quantity``, or ``evenly``; what a full line can't take goes to the others. Nothing is rounded.

Source: N件X元, product row A10.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, field

from engine.rules.fields import Amount, Whole
from engine.rules.item_offer import ItemOffer
from engine.rules.kinds import PRICE_NOT_LOWER, Fault, Missing, Piece
from engine.rules.phrases import Locale, counted, money, said
from engine.rules.picking import Runs, counted_units, dearest, land, runs_of, worth_minor
from engine.rules.pieces import Share, weights_of


class SetPrice(ItemOffer, frozen=True, kw_only=True):
    """``units_in_set`` units together cost ``price_minor``."""

    units_in_set: Annotated[int, Meta(ge=2, le=9_999, extra={"reads": "whole"})] = field(name="units")
    price_minor: Amount = field(name="price")
    sets_max: Whole | None = field(default=None, name="sets")
    share: Share = "amount"

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Return what the sets save, on the units in them."""
        amounts = [0] * len(pieces)
        places = self.chosen(pieces)
        seen = [self.open(pieces[place]) for place in places]
        taken, saved = self._sets(seen)
        worths = [worth_minor(runs) for runs in taken]
        rooms = [min(self.room_minor(piece), worth) for piece, worth in zip(seen, worths, strict=True)]
        weights = weights_of(self.share, worths, [counted_units(runs) for runs in taken])
        for place, amount in zip(places, land(saved, weights, rooms, seen), strict=True):
            amounts[place] = amount
        return amounts

    def taken(self, seen: Sequence[Piece]) -> list[Runs]:
        """Return the units in sets."""
        return self._sets(seen)[0]

    def _sets(self, seen: Sequence[Piece]) -> tuple[list[Runs], int]:
        """Return the units in sets, and what the sets save: each further set saves less than the one before."""
        runs = [runs_of(piece, 0) for piece in seen]
        most = sum(map(counted_units, runs)) // self.units_in_set
        if self.sets_max is not None:
            most = min(most, self.sets_max)

        def saved(sets: int) -> int:
            taken = dearest(seen, runs, units_max=sets * self.units_in_set)
            return sum(map(worth_minor, taken)) - sets * self.price_minor

        low, high = 0, most
        while low < high:
            middle = (low + high) // 2
            if saved(middle + 1) > saved(middle):
                low = middle + 1
            else:
                high = middle
        return dearest(seen, runs, units_max=low * self.units_in_set), saved(low)

    def why_nothing(self, pieces: Sequence[Piece]) -> Missing | None:
        """Return how many units a set lacks, or that the dearest set costs no more than its price."""
        places = self.chosen(pieces)
        units = sum([counted_units(runs_of(self.open(pieces[place]), 0)) for place in places])
        missing = self.units_in_set - units
        if missing <= 0:
            return PRICE_NOT_LOWER
        sentence = said(f"Add {counted(missing, 'more item', 'more items')}.", f"再买{missing}件可用。")
        return Missing("buy_more", sentence, missing_quantity=missing) if places else None

    def faults(self) -> list[Fault]:
        """Refuse a price range that holds nothing, a price that it never reaches, and floors: a set is the dearest."""
        faults = self.choice_faults(picks_dearest=True)
        if self.price_to_minor is not None and self.price_minor >= self.units_in_set * self.price_to_minor:
            sentence = "Items up to 'price_to' never cost more than this together. Lower 'price'."
            faults.append(Fault("price", "price_above_list", sentence))
        return faults

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        what, price = self.words(locale, currency), money(self.price_minor, currency, locale)
        if locale == "zh":
            return f"{what}任选{self.units_in_set}件共{price}" + (f"，最多{self.sets_max}组" if self.sets_max else "")
        cap = f", {counted(self.sets_max, 'set', 'sets')} at most" if self.sets_max else ""
        return f"any {self.units_in_set} of {what or 'the goods'} for {price}{cap}"
