"""The payer pays for the nth time.

    audience: {all: [{nth_order: {n: 3}}]}

Counts the member's payments, reserved ones too, released ones not; a refund changes nothing.

Source: product row A1, "also nth order".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import ClassVar

from engine.rules.conditions.first_order import SIGN_IN_NEEDED
from engine.rules.facts import Facts
from engine.rules.fields import Whole
from engine.rules.kinds import Condition, Missing, Situation
from engine.rules.orders import member_orders, orders_before
from engine.rules.phrases import Locale, said


class NthOrder(Condition, frozen=True):
    """The member has paid exactly ``n`` - 1 times."""

    n: Whole
    dimensions: ClassVar[Mapping[str, Callable[[Facts], Collection[str]]]] = {"member_orders": member_orders}

    def check(self, situation: Situation) -> Missing | None:
        """Look at the member's counter of payments."""
        payer = situation.facts.payer
        if payer is None:
            return SIGN_IN_NEEDED
        this = orders_before(situation.facts, "member", payer.member_id) + 1
        if this == self.n:
            return None
        return Missing(
            "other_order", said(f"For order {self.n}; this is order {this}.", f"第{self.n}单可用，本单是第{this}单。")
        )

    def keys(self) -> dict[str, frozenset[str]] | None:
        """Name how many payments came before."""
        return {"member_orders": frozenset({str(self.n - 1)})}

    def index_tells(self) -> bool:
        """Say that the keys are all there is to it."""
        return True

    def describe(self, locale: Locale, currency: str) -> str:  # noqa: ARG002 - a count has no currency
        """Say it in words."""
        return f"第{self.n}单" if locale == "zh" else f"it is the member's order number {self.n}"
