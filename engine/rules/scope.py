"""What a campaign reaches: merchants by id, tag or district, items by SKU, category or tag, kinds of line, channels.

Every dimension named by ``include`` must match with one of its values; one match of ``exclude`` is enough to be out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.rules.campaign import Filter, Scope
from engine.rules.facts import Line, Merchant


def chooses(chosen: Filter, values_by_dimension: Mapping[str, Sequence[str]]) -> bool:
    """Say whether *chosen* takes a thing with these values."""
    for dimension, wanted in chosen.include.items():
        if not any(value in wanted for value in values_by_dimension.get(dimension, ())):
            return False
    for dimension, unwanted in chosen.exclude.items():
        if any(value in unwanted for value in values_by_dimension.get(dimension, ())):
            return False
    return True


def merchant_values(merchant_id: str, merchants: Mapping[str, Merchant]) -> dict[str, tuple[str, ...]]:
    """Return a merchant's values by the dimensions of ``scope.merchants``; an unknown merchant has its id only."""
    merchant = merchants.get(merchant_id)
    if merchant is None:
        return {"ids": (merchant_id,)}
    return {"ids": (merchant_id,), "tags": merchant.tags, "districts": (merchant.district,)}


def item_values(line: Line) -> dict[str, tuple[str, ...]]:
    """Return a line's values by the dimensions of ``scope.items``."""
    return {"skus": (line.sku,), "categories": (line.category,), "tags": line.tags}


def reaches(scope: Scope, line: Line, merchants: Mapping[str, Merchant]) -> bool:
    """Say whether *line* is in *scope*: its merchant, its item and its kind."""
    return (
        line.kind in scope.kinds
        and chooses(scope.merchants, merchant_values(line.merchant_id, merchants))
        and chooses(scope.items, item_values(line))
    )
