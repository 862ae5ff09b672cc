"""What a campaign reaches: merchants by id, tag or district, items by SKU, category or tag, kinds of line, channels.

A thing is chosen by any value of any dimension of ``include`` (none named: everything is), and by no value of
``exclude``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.rules.campaign import Filter, Scope
from engine.rules.facts import Line, Merchant


def chooses(chosen: Filter, values_by_dimension: Mapping[str, Sequence[str]]) -> bool:
    """Say whether *chosen* takes a thing with these values."""
    if chosen.include and not _hits(chosen.include, values_by_dimension):
        return False
    return not _hits(chosen.exclude, values_by_dimension)


def _hits(wanted: Mapping[str, Sequence[str]], values_by_dimension: Mapping[str, Sequence[str]]) -> bool:
    return any(
        value in wanted_values
        for dimension, wanted_values in wanted.items()
        for value in values_by_dimension.get(dimension, ())
    )


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
