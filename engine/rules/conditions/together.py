"""One basket holds lines of every named merchant.

    when: [{together: {merchants: [noodle-house, tea-corner]}}]

Looks at the lines in the campaign's scope: a scope that leaves a named merchant out can never hold.

Source: cross-merchant bundles, product row A3 (a).
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from engine.rules.fields import Name
from engine.rules.kinds import Condition, Fault, Missing, Situation
from engine.rules.phrases import Locale, counted, listing, said


class Together(Condition, frozen=True):
    """A basket with lines of every one of ``merchants``."""

    merchants: Annotated[tuple[Name, ...], Meta(min_length=2, max_length=20)]

    def check(self, situation: Situation) -> Missing | None:
        """Return how many of the merchants are missing."""
        missing = len(set(self.merchants) - {piece.line.merchant_id for piece in situation.pieces})
        if not missing:
            return None
        shops = counted(missing, "more of the partner shops", "more of the partner shops")
        sentence = said(f"Add something from {shops}.", f"再从{missing}家搭配商户选一件可用。")
        return Missing("merchant_missing", sentence, missing_quantity=missing)

    def keys(self) -> dict[str, frozenset[str]] | None:
        """Name the merchants."""
        return {"merchant": frozenset(self.merchants)}

    def faults(self) -> list[Fault]:
        """Refuse a merchant named twice."""
        if len(set(self.merchants)) == len(self.merchants):
            return []
        return [Fault("merchants", "duplicate_value", "A merchant is named twice. Name each once.")]

    def describe(self, locale: Locale, currency: str) -> str:  # noqa: ARG002 - merchants have no currency
        """Say it in words."""
        names = listing(self.merchants, locale)
        return f"同一单含{names}的商品" if locale == "zh" else f"one basket holds goods of {names}"
