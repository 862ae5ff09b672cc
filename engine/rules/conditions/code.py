"""One of these codes was typed.

    when: [{code: SPRING-15}]
    when: {none: [{code: {}}]}

Codes are compared letter by letter. Without ``any_of`` any code will do; under ``none`` that is an offer for baskets
where none was typed.

Source: promo codes, product rows A12 and B11.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, ClassVar, Final

from msgspec import Meta

from engine.rules.facts import Facts
from engine.rules.fields import VALUES_MAX, Name
from engine.rules.kinds import Condition, Missing, Situation
from engine.rules.phrases import Locale, listing, said

CODE_NEEDED: Final = Missing("code_needed", said("Needs its code.", "需输入优惠码。"))
TYPED: Final = "typed"


def _any_code(facts: Facts) -> tuple[str, ...]:
    return (TYPED,) if facts.codes else ()


class Code(Condition, frozen=True):
    """One of ``any_of`` is among the typed codes."""

    any_of: Annotated[tuple[Name, ...], Meta(max_length=VALUES_MAX)] = ()
    dimensions: ClassVar[Mapping[str, Callable[[Facts], Collection[str]]]] = {"any_code": _any_code}

    def check(self, situation: Situation) -> Missing | None:
        """Look at the codes typed."""
        typed = situation.facts.codes
        held = bool(typed) if not self.any_of else not set(self.any_of).isdisjoint(typed)
        return None if held else CODE_NEEDED

    def keys(self) -> dict[str, frozenset[str]] | None:
        """Name the codes."""
        return {"code": frozenset(self.any_of)} if self.any_of else {"any_code": frozenset({TYPED})}

    def index_tells(self) -> bool:
        """Say that the keys are all there is to it."""
        return True

    def describe(self, locale: Locale, currency: str) -> str:  # noqa: ARG002 - a code has no currency
        """Say it in words."""
        codes = listing(self.any_of, locale, "or") if self.any_of else ""
        if locale == "zh":
            return f"输入优惠码{codes}" if codes else "输入任一优惠码"
        return f"the code {codes} is typed" if codes else "a code is typed"
