"""The payer carries a tag.

    audience: {any: [{tag: staff}]}
    audience: {none: [{tag: {any_of: [staff, press]}}]}

One value may stand alone. Values are compared letter by letter.

Source: product row A12.
"""

from __future__ import annotations

from engine.rules.conditions.first_order import SIGN_IN_NEEDED
from engine.rules.fields import Names
from engine.rules.kinds import Condition, Missing, Situation
from engine.rules.phrases import Locale, listing, said


class Tag(Condition, frozen=True):
    """The payer's tag is one of ``any_of``."""

    any_of: Names

    def check(self, situation: Situation) -> Missing | None:
        """Look at the payer's tag."""
        payer = situation.facts.payer
        if payer is None:
            return SIGN_IN_NEEDED
        if not set(self.any_of).isdisjoint(payer.tags):
            return None
        return Missing("not_in_audience", said("This is for other shoppers.", "你不在活动人群内。"))

    def keys(self) -> dict[str, frozenset[str]] | None:
        """Name the values."""
        return {"payer_tag": frozenset(self.any_of)}

    def index_tells(self) -> bool:
        """Say that the keys are all there is to it."""
        return True

    def describe(self, locale: Locale, currency: str) -> str:  # noqa: ARG002 - a tag has no currency
        """Say it in words."""
        values = listing(self.any_of, locale, "or")
        return f"标签为{values}的用户" if locale == "zh" else f"the shopper's tag is {values}"
