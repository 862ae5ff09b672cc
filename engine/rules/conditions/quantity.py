"""Buy at least so many units.

    when: [{quantity: {at_least: 3}}]

Counts units of the goods in the campaign's scope, whatever earlier offers took from their price.

Source: 满件 thresholds.
"""

from __future__ import annotations

from msgspec import field

from engine.rules.fields import Whole
from engine.rules.kinds import Condition, Missing, Situation
from engine.rules.phrases import Locale, counted, said


class Quantity(Condition, frozen=True):
    """Buy at least ``at_least_units``."""

    at_least_units: Whole = field(name="at_least")

    def check(self, situation: Situation) -> Missing | None:
        """Return how many units are missing."""
        missing = self.at_least_units - sum(piece.line.quantity for piece in situation.pieces)
        if missing <= 0:
            return None
        sentence = said(f"Add {counted(missing, 'more item', 'more items')}.", f"再买{missing}件可用。")
        return Missing("buy_more", sentence, missing_quantity=missing)

    def describe(self, locale: Locale, currency: str) -> str:  # noqa: ARG002 - a quantity has no currency
        """Say it in words."""
        if locale == "zh":
            return f"满{self.at_least_units}件"
        return f"you buy at least {counted(self.at_least_units, 'item', 'items')}"
