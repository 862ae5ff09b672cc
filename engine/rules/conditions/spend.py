"""Spend at least an amount.

    when: [{spend: {at_least: 100.00}}]
    when: [{spend: {at_least: 100.00, basis: listed}}]
    when: [{spend: {at_least: 100.00, items: {categories: [tea]}}}]

Counts the lines in the campaign's scope that ``items`` and ``kinds`` choose (everything when left out). ``basis: left``
(the default) looks at what earlier offers left; ``listed`` at list prices. For a reward, given after payment, ``left``
is what was paid.

Source: 满减 thresholds; semantics.md, sections 1 and 3.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import field

from engine.rules.campaign import Filter
from engine.rules.fields import Amount, Items
from engine.rules.item_offer import Kinds, chosen_in_words, counted_pieces
from engine.rules.kinds import Condition, Missing, Situation
from engine.rules.phrases import Locale, money, said
from engine.rules.pieces import total_left_minor


class Spend(Condition, frozen=True):
    """Spend at least ``at_least_minor``."""

    at_least_minor: Amount = field(name="at_least")
    items: Items = Filter()
    kinds: Kinds = ()
    basis: Literal["left", "listed"] = "left"
    looks_at_left: ClassVar[bool] = True

    def check(self, situation: Situation) -> Missing | None:
        """Return what is missing to the threshold."""
        pieces = counted_pieces(situation.pieces, self.items, self.kinds)
        spent = total_left_minor(pieces) if self.basis == "left" else sum(piece.line.list_minor for piece in pieces)
        missing = self.at_least_minor - spent
        if missing <= 0:
            return None
        currency = situation.facts.basket.currency
        sentence = said(f"Spend {money(missing, currency, 'en')} more.", f"再买{money(missing, currency, 'zh')}可用。")
        return Missing("spend_more", sentence, missing_minor=missing)

    def index_tells(self) -> bool:
        """Say so when everything in scope counts: before any offer all of it is left."""
        return not (self.kinds or self.items.include or self.items.exclude)

    def spend_at_least_minor(self) -> int | None:
        """Return the threshold: what is left is never more than what is listed."""
        return self.at_least_minor

    def left_at_least_minor(self) -> int | None:
        """Return the threshold when it looks at what is left."""
        return self.at_least_minor if self.basis == "left" else None

    def holds_from_minor(self) -> int | None:
        """Return the threshold when it looks at what is left of everything in scope."""
        is_all = not (self.kinds or self.items.include or self.items.exclude)
        return self.left_at_least_minor() if is_all else None

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        amount, what = money(self.at_least_minor, currency, locale), chosen_in_words(self.items, self.kinds, locale)
        if locale == "zh":
            return f"{what}满{amount}" + ("（按原价计）" if self.basis == "listed" else "")
        on_what = f" on {what}" if what else ""
        return f"you spend at least {amount}{on_what}" + (" at list prices" if self.basis == "listed" else "")
