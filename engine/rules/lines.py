"""Lines as the rules see them: those of the same merchant, item and price are one, in an order that ids do not change.

So neither the order of lines nor splitting one changes a total. What the rules decide is shared back at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from msgspec import Struct

from engine.money import share
from engine.rules.decision import LineAmount
from engine.rules.facts import Basket, Line

_PLACE = attrgetter("merchant_id", "sku", "unit_price_minor", "kind", "category", "tags")


class Merged(Struct, frozen=True):
    """One line for the rules, and the basket's lines it stands for, by id."""

    line: Line
    parts: tuple[Line, ...]


def merge(basket: Basket) -> list[Merged]:
    """Return the basket's lines merged and sorted by merchant, SKU and unit price."""
    lines = basket.lines
    if len({line.sku for line in lines}) == len(lines):  # the usual basket: nothing to merge
        return [Merged(line, (line,)) for line in sorted(lines, key=_PLACE)]
    groups: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        groups.setdefault(_PLACE(line), []).append(line)
    return [_merged(groups[key]) for key in sorted(groups)]


def _merged(parts: list[Line]) -> Merged:
    if len(parts) == 1:
        return Merged(parts[0], (parts[0],))
    parts = sorted(parts, key=lambda line: line.id)
    first = parts[0]
    line = Line(
        id=first.id,
        merchant_id=first.merchant_id,
        sku=first.sku,
        quantity=sum(part.quantity for part in parts),
        unit_price_minor=first.unit_price_minor,
        category=first.category,
        tags=first.tags,
        kind=first.kind,
    )
    return Merged(line, tuple(parts))


class Shares:
    """What is left of each of the basket's lines while discounts on merged lines are shared back, in order."""

    def __init__(self, merged: Sequence[Merged], basket: Basket) -> None:
        """Start with every line at its list price."""
        place_by_id = {line.id: place for place, line in enumerate(basket.lines)}
        self._ids = [line.id for line in basket.lines]
        self._places = [[place_by_id[part.id] for part in whole.parts] for whole in merged]
        self.left_minor = [line.list_minor for line in basket.lines]  # in the basket's order

    def take(self, places: Sequence[int], amounts: Sequence[int]) -> tuple[LineAmount, ...]:
        """Take *amounts* from the merged lines at *places*; return each line that gave something, and how much."""
        taken, left = list[LineAmount](), self.left_minor
        for whole, amount in zip(places, amounts, strict=True):
            if not amount:
                continue
            own = self._places[whole]
            if len(own) == 1:
                left[own[0]] -= amount
                taken.append(LineAmount(self._ids[own[0]], amount))
                continue
            for place, part in zip(own, share(amount, [left[place] for place in own]), strict=True):
                if part:
                    left[place] -= part
                    taken.append(LineAmount(self._ids[place], part))
        return tuple(taken)
