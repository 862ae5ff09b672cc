"""From a promotion's ``conditions`` and ``code`` to conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from engine.rules.campaign import Group
from engine.rules.conditions.code import Code
from engine.rules.conditions.first_order import FirstOrder
from engine.rules.conditions.nth_order import NthOrder
from engine.rules.conditions.quantity import Quantity
from engine.rules.conditions.segment import Segment
from engine.rules.conditions.spend import Spend
from engine.rules.conditions.spend_at_most import SpendAtMost
from engine.rules.kinds import Condition
from tests.conformance.form import CHARGED, GOODS, Unmapped, items
from tests.conformance.options import Options

Basis = Literal["left", "listed"]
Member = Condition | Group


def conditions(promotion: dict[str, Any], options: Options, tax: dict[str, Any] | None) -> Group:
    """Return what must hold for *promotion*."""
    found: list[Member] = _members(promotion.get("conditions") or {}, options, tax)
    if promotion.get("code") is not None:
        found.append(Code(any_of=(code(promotion["code"], options),)))
    return Group(all=tuple(found))


def code(text: str, options: Options) -> str:
    """Return a code as it is compared."""
    return text.casefold() if options.codes_ignore_case else text


def currency_of(promotion: dict[str, Any]) -> str | None:
    """Return the currency that the conditions are in, when they name one."""
    found = promotion.get("conditions") or {}
    named = [value["currency"] for value in found.values() if isinstance(value, dict) and value.get("currency")]
    return named[0] if named else None


def _members(found: dict[str, Any], options: Options, tax: dict[str, Any] | None) -> list[Member]:
    members: list[Member] = []
    for name, value in found.items():
        if name == "any":
            members.append(Group(any=tuple(Group(all=tuple(_members(one, options, tax))) for one in value)))
        elif name in ("all", "none"):
            each = tuple(Group(all=tuple(_members(one, options, tax))) for one in value)
            members.append(Group(all=each) if name == "all" else Group(none=each))
        elif name == "min_qty":
            chosen = items(found.get("min_qty_filter"), discounted=False)
            members.append(Quantity(at_least_units=value, items=chosen, kinds=GOODS))
        elif name == "min_subtotal_with_tax_minor":
            members.append(_at_least(_net(value, tax), options.threshold_basis))
        elif name not in ("min_qty_filter", "channel_in"):  # told with min_qty; by the campaign's scope
            if name not in _BY_NAME:
                raise Unmapped(f"condition {name}")
            members.append(_BY_NAME[name](value, options))
    return members


def _at_least(minor: int, basis: Basis, kinds: tuple[str, ...] = GOODS) -> Spend:
    return Spend(at_least_minor=minor, items=items(None, discounted=False), kinds=kinds, basis=basis)


def _at_most(minor: int, basis: Basis, kinds: tuple[str, ...] = GOODS) -> SpendAtMost:
    return SpendAtMost(amount_minor=minor, items=items(None, discounted=False), kinds=kinds, basis=basis)


def _equal(minor: int, basis: Basis, kinds: tuple[str, ...] = GOODS) -> Group:
    return Group(all=(_at_least(minor, basis, kinds), _at_most(minor, basis, kinds)))


def _compared(value: dict[str, Any], options: Options) -> Member:
    basis, minor = options.threshold_basis, value["minor"]
    by_op: dict[str, Callable[[], Member]] = {
        "gt": lambda: _at_least(minor + 1, basis),
        "gte": lambda: _at_least(minor, basis),
        "lt": lambda: _at_most(minor - 1, basis),
        "lte": lambda: _at_most(minor, basis),
        "eq": lambda: _equal(minor, basis),
    }
    if value["op"] not in by_op:
        raise Unmapped(f"comparison {value['op']}")
    return by_op[value["op"]]()


def _contains(filter_: dict[str, Any], kinds: tuple[str, ...] = GOODS) -> Quantity:
    return Quantity(at_least_units=1, items=items(filter_, discounted=False), kinds=kinds)


def _net(gross_minor: int, tax: dict[str, Any] | None) -> int:
    """Return the least net amount that with tax reaches *gross_minor*; prices that include tax are compared as they are."""
    if not tax or tax["mode"] != "excluded":
        return gross_minor
    return -(-gross_minor * 100 // (100 + tax["rate_percent"]))


def _spent_on(value: dict[str, Any], options: Options) -> Spend:
    chosen = items({"category_in": value["category_in"]}, discounted=False)
    return Spend(at_least_minor=value["min_minor"], items=chosen, kinds=GOODS, basis=options.threshold_basis)


def _first(wanted: bool, options: Options) -> Member:
    first = FirstOrder(anonymous="accept" if options.anonymous_is_new else "refuse")
    return first if wanted else Group(none=(first,))


_BY_NAME: dict[str, Callable[[Any, Options], Member]] = {
    "min_subtotal_minor": lambda value, options: _at_least(value, options.threshold_basis),
    "min_discounted_subtotal_minor": lambda value, _: _at_least(value, "left"),
    "max_subtotal_minor": lambda value, options: _at_most(value, options.threshold_basis),
    "min_total_minor": lambda value, options: _at_least(value, options.threshold_basis, CHARGED),
    "max_total_minor": lambda value, options: _at_most(value, options.threshold_basis, CHARGED),
    "subtotal_eq_minor": lambda value, options: _equal(value, options.threshold_basis),
    "total_eq_minor": lambda value, options: _equal(value, options.threshold_basis, CHARGED),
    "subtotal": _compared,
    "subtotal_max": _compared,
    "category_subtotal": _spent_on,
    "contains_sku": lambda value, _: _contains({"sku_in": value}),
    "contains_category": lambda value, _: _contains({"category_in": value}),
    "line_qty_min": lambda value, _: Quantity(
        at_least_units=value, items=items(None, discounted=False), kinds=GOODS, per="line"
    ),
    "shipping_method_in": lambda value, _: _contains({"sku_in": value}, ("delivery",)),
    "customer_group_in": lambda value, _: Segment(any_of=tuple(value)),
    "nth_order": lambda value, _: NthOrder(n=value),
    "first_order": _first,
    "no_code_present": lambda value, _: Group(none=(Code(),)) if value else Code(),
}
