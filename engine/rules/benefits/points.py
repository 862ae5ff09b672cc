"""Give points for what was paid.

    give: [{points: {earn: 1, every: 1.00}}]

``earn`` points for each full ``every`` paid for the goods in the campaign's scope; what is left below a full one
earns nothing.

Source: product row A8.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from engine.rules.fields import Amount, Whole
from engine.rules.kinds import Benefit, Grant, GrantKind, Phase, Situation
from engine.rules.phrases import Locale, counted, money
from engine.rules.pieces import total_left_minor


class Points(Benefit, frozen=True):
    """``earn_points`` per full ``every_minor`` paid."""

    earn_points: Whole = field(name="earn")
    every_minor: Amount = field(name="every")
    phase: ClassVar[Phase] = "reward"
    grant_kind: ClassVar[GrantKind] = "points"

    def grants(self, situation: Situation) -> list[Grant]:
        """Give the payer points, none below the first full amount."""
        points = total_left_minor(situation.pieces) // self.every_minor * self.earn_points
        if situation.facts.payer is None or points == 0:
            return []
        return [Grant("points", "payer", points)]

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        every = money(self.every_minor, currency, locale)
        if locale == "zh":
            return f"每实付{every}得{self.earn_points}积分"
        return f"{counted(self.earn_points, 'point', 'points')} for every full {every} paid"
