"""What the adapter reads of a case, and what it says when the form holds something that it does not know."""

from __future__ import annotations

from typing import Any

from engine.rules.campaign import Filter

GIFT = "gift"
ON_SALE = "on_sale"
FIXED = "not_discountable"
GOODS = ("goods",)
CHARGED = ("goods", "delivery")

_DIMENSIONS = {"sku": "skus", "category": "categories"}

Case = dict[str, Any]
#: What the adapter must not look at.
HIDDEN = ("id", "source", "note", "expected")


class Unmapped(Exception):  # noqa: N818 - a case that can't be said, told with its reason
    """The case holds something that campaigns can't say, or that the adapter does not know."""


def known(found: dict[str, Any], *names: str) -> None:
    """Refuse keys other than *names*."""
    strange = sorted(set(found) - set(names))
    if strange:
        raise Unmapped(f"not mapped: {', '.join(strange)}")


def items(found: dict[str, Any] | None, *, discounted: bool = True, priced: bool = False) -> Filter:
    """Return a neutral filter as one of ours; gifts never count, what may not be discounted only for conditions.

    *priced*: the caller says the price range and the sale by itself.
    """
    found = found or {}
    prices = ("min_price_minor", "max_price_minor", "exclude_on_sale") if priced else ()
    known(found, "sku_in", "category_in", "sku_not_in", "category_not_in", *prices)
    include = {ours: tuple(found[f"{name}_in"]) for name, ours in _DIMENSIONS.items() if f"{name}_in" in found}
    exclude = {ours: tuple(found[f"{name}_not_in"]) for name, ours in _DIMENSIONS.items() if f"{name}_not_in" in found}
    if len(include) > 1:
        raise Unmapped("a filter by SKU and category at once")
    tags = [GIFT, *([FIXED] if discounted else []), *([ON_SALE] if found.get("exclude_on_sale") else [])]
    return Filter(include, {**exclude, "tags": tuple(tags)})
