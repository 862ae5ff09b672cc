"""Buy at least so many units.

    when: [{quantity: {at_least: 3}}]
    when: [{quantity: {at_least: 2, items: {categories: [tea]}}}]
    when: [{quantity: {at_least: 3, per: line}}]

Counts units of the lines in the campaign's scope that ``items`` and ``kinds`` choose (everything when left out),
whatever earlier offers took from their price. ``per: line`` asks for so many of one item; ``per: order`` (the default)
adds them up.

Source: 满件 thresholds.
"""

from __future__ import annotations

from typing import Literal

from msgspec import field

from engine.money import LINES_MAX, QUANTITY_MAX
from engine.rules.campaign import Filter
from engine.rules.fields import Items, Whole
from engine.rules.item_offer import Kinds, chosen_in_words, counted_pieces
from engine.rules.kinds import Condition, Fault, Missing, Situation, Within
from engine.rules.phrases import Locale, counted, said


class Quantity(Condition, frozen=True):
    """Buy at least ``at_least_units``."""

    at_least_units: Whole = field(name="at_least")
    items: Items = Filter()
    kinds: Kinds = ()
    per: Literal["order", "line"] = "order"

    def check(self, situation: Situation) -> Missing | None:
        """Return how many units are missing."""
        counts = [line.quantity for line, _, _ in counted_pieces(situation.pieces, self.items, self.kinds)]
        missing = self.at_least_units - (sum(counts) if self.per == "order" else max(counts, default=0))
        if missing <= 0:
            return None
        sentence = said(f"Add {counted(missing, 'more item', 'more items')}.", f"再买{missing}件可用。")
        return Missing("buy_more", sentence, missing_quantity=missing)

    def within(self) -> Within | None:
        """Name the units: chosen ones, or alike ones, are among all in scope."""
        return Within("units", self.at_least_units)

    def index_tells(self) -> bool:
        """Say so when everything in scope counts together."""
        return self.per == "order" and not (self.kinds or self.items.include or self.items.exclude)

    def faults(self) -> list[Fault]:
        """Refuse more units than a basket may hold."""
        most = QUANTITY_MAX * (1 if self.per == "line" else LINES_MAX)
        if self.at_least_units <= most:
            return []
        return [Fault("at_least", "never_met", f"No {self.per} holds more than {most} units. Ask for fewer.")]

    def describe(self, locale: Locale, currency: str) -> str:  # noqa: ARG002 - a quantity has no currency
        """Say it in words."""
        what = chosen_in_words(self.items, self.kinds, locale)
        if locale == "zh":
            return f"{what}{'单款' if self.per == 'line' else ''}满{self.at_least_units}件"
        of_what = f" of {what}" if what else ""
        one = " alike" if self.per == "line" else ""
        return f"you buy at least {counted(self.at_least_units, 'item', 'items')}{one}{of_what}"
