"""Which currency a basket and a promotion are in; casing does not matter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.conformance.form import Case, Unmapped, listed

Promotion = dict[str, Any]


def basket_currency(case: Case) -> str:
    """Return the currency of the basket."""
    found = case.get("currency")
    if not isinstance(found, str) or not found:
        raise Unmapped(f"a basket in currency {found!r}")
    return found.upper()


def currency_of(promotion: Promotion, basket: str) -> str:
    """Return the currency a promotion is in: the basket's when its amounts are told in it, or when it has none."""
    named = [name.upper() for name in _named(promotion)]
    return basket if not named or basket in named else named[0]


def _named(promotion: Promotion) -> list[str]:
    conditions, value = promotion.get("conditions") or {}, promotion.get("value")
    told = list(_within(conditions))
    if told:
        return told
    if isinstance(value, dict) and value.get("currency"):
        return [value["currency"]]
    if isinstance(value, dict) and promotion.get("kind") in ("fixed", "fixed_price"):
        return [*value] or [""]
    return list(listed(promotion.get("currency")))


def _within(found: Any) -> Iterator[str]:
    """Yield the currencies that conditions name, nested ones too."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name in ("currency", "currency_in"):
                yield from listed(value)
            else:
                yield from _within(value)
    elif isinstance(found, list):
        for value in found:
            yield from _within(value)
