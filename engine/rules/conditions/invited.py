"""The payer joined with somebody's invite code.

    audience: {all: [{invited: {}}]}

Source: 邀请得红包, product row A4.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import ClassVar, Final

from engine.rules.conditions.first_order import SIGN_IN_NEEDED
from engine.rules.facts import Facts
from engine.rules.kinds import Condition, Missing, Situation
from engine.rules.phrases import Locale, said

YES: Final = "yes"


def _invited(facts: Facts) -> tuple[str, ...]:
    return (YES,) if facts.payer is not None and facts.payer.invited_by is not None else ()


class Invited(Condition, frozen=True):
    """The payer has an inviter."""

    dimensions: ClassVar[Mapping[str, Callable[[Facts], Collection[str]]]] = {"invited": _invited}

    def check(self, situation: Situation) -> Missing | None:
        """Look at the payer's inviter."""
        payer = situation.facts.payer
        if payer is None:
            return SIGN_IN_NEEDED
        if payer.invited_by is None:
            return Missing("not_invited", said("For shoppers who joined with an invite.", "仅限受邀加入的用户。"))
        return None

    def keys(self) -> dict[str, frozenset[str]] | None:
        """Name the invite."""
        return {"invited": frozenset({YES})}

    def index_tells(self) -> bool:
        """Say that the keys are all there is to it."""
        return True

    def describe(self, locale: Locale, currency: str) -> str:  # noqa: ARG002 - an invite has no currency
        """Say it in words."""
        return "受邀加入的用户" if locale == "zh" else "the shopper joined with an invite"
