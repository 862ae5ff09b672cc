"""A basket's lines in parts that scopes can't tell apart by merchant or kind, each with what the index asks of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from engine.rules.facts import Line, Merchant
from engine.rules.kinds import Measure

#: The dimensions of ``scope.items``; a thing's values stand in this order.
ITEM_DIMENSIONS: Final = ("skus", "categories", "tags")


#: Those of ``scope.merchants``.
MERCHANT_DIMENSIONS: Final = ("ids", "tags", "districts")
Values = tuple[Collection[str], Collection[str], Collection[str]]


class Part(NamedTuple):
    """Neighbouring lines of one merchant and one kind."""

    merchant_id: str
    kind: str
    first: int  # the number of its first line in the basket
    lines: Sequence[Line]
    values: Values  # of all its lines, by the number of the item dimension, in the order of the lines
    listed_minor: int

    def measured(self, measure: Measure) -> int:
        """Return what its lines come to before any offer."""
        return self.listed_minor if measure == "listed_minor" else sum([line.quantity for line in self.lines])

    def valued(self, number: int) -> Iterable[tuple[int, str]]:
        """Return the values of an item dimension, each with the place of its line."""
        if ITEM_DIMENSIONS[number] == "tags":
            return [(place, tag) for place, line in enumerate(self.lines) for tag in line.tags]
        return enumerate(self.values[number])


def parts_of(lines: Sequence[Line], dimensions: Collection[str] = ITEM_DIMENSIONS) -> list[Part]:
    """Return the parts of *lines*: one for each run of one merchant and kind; values of *dimensions* only."""
    parts: list[Part] = []
    first, merchant_id, kind = 0, lines[0].merchant_id, lines[0].kind
    for number, line in enumerate(lines):
        if line.merchant_id != merchant_id or line.kind != kind:
            parts.append(_part(first, lines[first:number], dimensions))
            first, merchant_id, kind = number, line.merchant_id, line.kind
    parts.append(_part(first, lines[first:], dimensions))
    return parts


def merchant_values(merchant_id: str, merchants: Mapping[str, Merchant]) -> Values:
    """Return a merchant's values by the number of the dimension; an unknown merchant has its id only."""
    merchant = merchants.get(merchant_id)
    return ((merchant_id,), (), ()) if merchant is None else ((merchant_id,), merchant.tags, (merchant.district,))


def _part(first: int, lines: Sequence[Line], dimensions: Collection[str]) -> Part:
    skus = [line.sku for line in lines] if "skus" in dimensions else ()
    categories = [line.category for line in lines] if "categories" in dimensions else ()
    tags = [tag for line in lines for tag in line.tags] if "tags" in dimensions else ()
    listed_minor = sum([line.quantity * line.unit_price_minor for line in lines])
    return Part(lines[0].merchant_id, lines[0].kind, first, lines, (skus, categories, tags), listed_minor)
