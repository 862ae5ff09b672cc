"""Spend no more than an amount.

    when: [{spend_at_most: {amount: 60.00}}]
    when: [{spend: {at_least: 50.00}}, {spend_at_most: {amount: 59.99}}]

Counts the lines in the campaign's scope that ``items`` and ``kinds`` choose (everything when left out). ``basis: left``
(the default) looks at what earlier offers left; ``listed`` at list prices.

Source: price ranges of shops, the counterpart of spend.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import field

from engine.rules.campaign import Filter
from engine.rules.fields import Amount, Items
from engine.rules.item_offer import Kinds, chosen_in_words, counted_pieces
from engine.rules.kinds import Condition, Missing, Situation, Within
from engine.rules.phrases import Locale, money, said
from engine.rules.pieces import total_left_minor


class SpendAtMost(Condition, frozen=True):
    """Spend ``amount_minor`` at most."""

    amount_minor: Amount = field(name="amount")
    items: Items = Filter()
    kinds: Kinds = ()
    basis: Literal["left", "listed"] = "left"
    looks_at_left: ClassVar[bool] = True

    def check(self, situation: Situation) -> Missing | None:
        """Refuse a larger total; nothing that is missing would help."""
        pieces = counted_pieces(situation.pieces, self.items, self.kinds)
        spent = total_left_minor(pieces) if self.basis == "left" else sum(piece.line.list_minor for piece in pieces)
        if spent <= self.amount_minor:
            return None
        currency = situation.facts.basket.currency
        most_en, most_zh = money(self.amount_minor, currency, "en"), money(self.amount_minor, currency, "zh")
        return Missing("spend_less", said(f"For {most_en} at most.", f"仅限{most_zh}以内。"))

    def within(self) -> Within | None:
        """Name the most when everything in scope counts: of a part the whole says nothing."""
        return Within("listed_minor", at_most=self.amount_minor) if self.index_tells() else None

    def index_tells(self) -> bool:
        """Say so when everything in scope counts: before any offer all of it is left."""
        return not (self.kinds or self.items.include or self.items.exclude)

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        amount, what = money(self.amount_minor, currency, locale), chosen_in_words(self.items, self.kinds, locale)
        if locale == "zh":
            return f"{what}不超过{amount}" + ("（按原价计）" if self.basis == "listed" else "")
        on_what = f" on {what}" if what else ""
        return f"you spend at most {amount}{on_what}" + (" at list prices" if self.basis == "listed" else "")
