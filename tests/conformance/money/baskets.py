"""Baskets of a case: what it says is bought, and what must be bought so that a promotion takes a certain amount off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from tests.conformance.adapter_facts import SHOP
from tests.conformance.form import Unmapped

Promotion = dict[str, Any]
PRICE_MINOR = 10_000


def goods(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines of a till for the *items* of a case."""
    return [
        {
            "id": item["id"],
            "sku": item["sku"],
            "quantity": item["qty"],
            "unit_price_minor": item["unit_price_minor"],
            "category": item.get("category", ""),
            "merchant_id": item.get("merchant", SHOP),
        }
        for item in items
        if item["qty"]
    ]


def charges(shipping: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines of a till for delivery."""
    return [
        {
            "id": f"charge-{place}",
            "sku": charge.get("method") or charge["id"],
            "quantity": 1,
            "unit_price_minor": charge["price_minor"],
            "kind": "delivery",
        }
        for place, charge in enumerate(shipping)
    ]


def parts_of(promotion: Promotion, amount_minor: int) -> list[int]:
    """Return *amount_minor* in parts that one use of *promotion* can take off."""
    most = promotion["value"] if promotion["kind"] == "fixed" else amount_minor
    if not isinstance(most, int):
        raise Unmapped("an amount by currency")
    whole, rest = divmod(amount_minor, most) if amount_minor else (0, 0)
    return [most] * whole + ([rest] if rest else [])


def lines_that_get(promotion: Promotion, amount_minor: int | None, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a basket that *promotion* takes *amount_minor* off; None: the case's own, or one dear enough."""
    if amount_minor is None and case.get("items"):
        return [*goods(case["items"]), *charges(case.get("shipping") or ())]
    filter_ = promotion.get("item_filter") or {}
    line: dict[str, Any] = {"id": "goods", "sku": (filter_.get("sku_in") or ["goods"])[0], "quantity": 1}
    line["category"] = (filter_.get("category_in") or [""])[0]
    line["unit_price_minor"] = _price(promotion, amount_minor)
    if promotion["target"] == "shipping":
        return [line, {**line, "id": "charge-0", "kind": "delivery"}]
    return [line]


def _price(promotion: Promotion, amount_minor: int | None) -> int:
    least = (promotion.get("conditions") or {}).get("min_subtotal_minor", 0)
    value = promotion["value"]
    if promotion["kind"] == "fixed" and isinstance(value, int):
        if amount_minor is None:
            return max(least, 2 * value)
        return max(least, value) if amount_minor == value else _at_least(least, amount_minor)  # all there is
    if promotion["kind"] == "percent" and amount_minor is not None:
        price = Fraction(amount_minor * 100) / Fraction(str(value))
        if price.denominator > 1:
            raise Unmapped(f"{amount_minor} is not {value}% of anything")
        return _at_least(least, int(price))
    return max(least, PRICE_MINOR)


def _at_least(least: int, price: int | None) -> int:
    if price is None or price < least:
        raise Unmapped(f"a basket of {price} is below the promotion's {least}")
    return price
