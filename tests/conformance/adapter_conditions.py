"""From a promotion's ``conditions`` and ``code`` to conditions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

from engine.rules.campaign import Group
from engine.rules.conditions.code import Code
from engine.rules.conditions.first_order import FirstOrder
from engine.rules.conditions.nth_order import NthOrder
from engine.rules.conditions.quantity import Quantity
from engine.rules.conditions.segment import Segment
from engine.rules.conditions.spend import Spend
from engine.rules.conditions.spend_at_most import SpendAtMost
from engine.rules.conditions.tag import Tag
from engine.rules.kinds import Condition
from tests.conformance.form import (
    CHARGED,
    GOODS,
    TOLD,
    Unmapped,
    choose,
    items,
    known,
    label,
    listed,
    rows,
    table,
    whole,
)
from tests.conformance.options import Options

Basis = Literal["left", "listed"]
Member = Condition | Group
Kinds = tuple[str, ...]
#: Keys that are told elsewhere: with ``min_qty``, by the campaign's scope or currency.
ELSEWHERE_TOLD = ("min_qty_filter", "channel_in", "currency_in", "currency")


def conditions(promotion: dict[str, Any], options: Options, tax: dict[str, Any] | None) -> Group:
    """Return what must hold for *promotion*."""
    found: list[Member] = _members(table(promotion.get("conditions"), "conditions"), options, tax)
    typed = [code(text, options) for text in (*listed(promotion.get("code")), *listed(promotion.get("codes"))) if text]
    if typed:
        found.append(Code(any_of=tuple(typed)))
    return Group(all=tuple(found))


def code(text: Any, options: Options) -> str:
    """Return a code as it is compared."""
    return str(text).strip().casefold() if options.codes_ignore_case else str(text)


def _members(found: dict[str, Any], options: Options, tax: dict[str, Any] | None) -> list[Member]:
    members: list[Member] = []
    for name, value in found.items():
        if name in ELSEWHERE_TOLD or value is None:
            continue
        if name in ("all", "any", "none", "not"):
            inner = [value] if isinstance(value, dict) else rows(value, name)
            each = tuple(Group(all=tuple(_members(one, options, tax))) for one in inner)
            members.append(Group(**{"none" if name == "not" else name: each}))
        elif name == "min_qty":
            members.append(_at_least_units(value, found.get("min_qty_filter")))
        elif name == "max_qty":
            members.append(_not(_at_least_units(whole(value, name) + 1, found.get("min_qty_filter"))))
        elif name in _WITH_TAX:
            minor = _net(whole(value, name), tax)
            members.append(_WITH_TAX[name](minor, options.threshold_basis))
        elif name.endswith("_in") and name not in _BY_NAME:
            members.append(_told(name, value))
        else:
            members.append(choose(_BY_NAME, name, "condition")(value, options))
    return members


def _told(name: str, value: Any) -> Member:
    """Return a condition on what the till tells of who pays and where; see ``TOLD``."""
    wanted = name.removesuffix("_in").removesuffix("_not")
    if wanted not in TOLD:
        raise Unmapped(f"condition {name}")
    tag = Tag(any_of=tuple(label({wanted: one}) for one in listed(value)))
    return _not(tag) if name.endswith("_not_in") else tag


def _not(member: Member) -> Group:
    return Group(none=(member,))


def _at_least(minor: int, basis: Basis, kinds: Kinds = GOODS, filter_: Any = None) -> Spend:
    return Spend(at_least_minor=minor, items=items(filter_, discounted=False), kinds=kinds, basis=basis)


def _at_most(minor: int, basis: Basis, kinds: Kinds = GOODS, filter_: Any = None) -> SpendAtMost:
    return SpendAtMost(amount_minor=minor, items=items(filter_, discounted=False), kinds=kinds, basis=basis)


def _equal(minor: int, basis: Basis, kinds: Kinds = GOODS, filter_: Any = None) -> Group:
    return Group(all=(_at_least(minor, basis, kinds, filter_), _at_most(minor, basis, kinds, filter_)))


def _at_least_units(units: Any, filter_: Any, kinds: Kinds = GOODS) -> Member:
    least = whole(units, "min_qty")
    if not least:
        return Group()
    return Quantity(at_least_units=least, items=items(filter_, discounted=False), kinds=kinds)


_BY_OP: dict[str, Callable[[int, Basis, Kinds, Any], Member]] = {
    "gt": lambda minor, *more: _at_least(minor + 1, *more),
    "gte": _at_least,
    "lt": lambda minor, *more: _at_most(minor - 1, *more) if minor else _never(),
    "lte": _at_most,
    "eq": _equal,
    "ne": lambda minor, *more: _not(_equal(minor, *more)),
}


def _never() -> Group:
    return _not(Group())


def _compared(kinds: Kinds, basis: Basis | None = None) -> Callable[[Any, Options], Member]:
    """Return the reader of ``{op, minor}``, of several such, or of ``{gte: minor, lte: minor}``."""

    def read(value: Any, options: Options) -> Member:
        if isinstance(value, int):
            return _at_least(value, basis or options.threshold_basis, kinds)
        found = table(value, "a comparison")
        filter_ = {key: found[key] for key in found if key.endswith("_in")}
        pairs = [(found["op"], found.get("minor"))] if "op" in found else []
        pairs += [(op, found[op]) for op in found if op in _BY_OP]
        known(found, "op", "minor", "currency", *filter_, *_BY_OP)
        if not pairs:
            raise Unmapped(f"nothing to compare with in {value}")
        each = [
            choose(_BY_OP, op, "comparison")(
                whole(minor, "a threshold"), basis or options.threshold_basis, kinds, filter_ or None
            )
            for op, minor in pairs
        ]
        return Group(all=tuple(each))

    return read


def _contains(filter_: dict[str, Any], kinds: Kinds = GOODS) -> Quantity:
    return Quantity(at_least_units=1, items=items(filter_, discounted=False), kinds=kinds)


def _every(name: str) -> Callable[[Any, Options], Member]:
    return lambda value, _: Group(all=tuple(_contains({name: [one]}) for one in listed(value)))


def _net(gross_minor: int, tax: dict[str, Any] | None) -> int:
    """Return the least net amount that with tax, rounded half up, reaches *gross_minor*.

    Prices that include tax are compared as they are.
    """
    if not tax or tax.get("mode") != "excluded":
        return gross_minor
    if not isinstance(rate := tax.get("rate_percent"), int | float | str):
        raise Unmapped("a threshold with tax, and no rate of tax")
    least = (gross_minor - Fraction(1, 2)) / (1 + Fraction(str(rate)) / 100)
    return max(0, -(-least.numerator // least.denominator))


def _spent_on(value: Any, options: Options) -> Member:
    found = table(value, "category_subtotal")
    filter_ = {key: found[key] for key in found if key.endswith("_in")}
    known(found, "min_minor", "max_minor", "op", "minor", "currency", *filter_)
    if "op" in found:
        return _compared(GOODS)(value, options)
    members: list[Member] = []
    if found.get("min_minor") is not None:
        members.append(_at_least(whole(found["min_minor"], "min_minor"), options.threshold_basis, GOODS, filter_))
    if found.get("max_minor") is not None:
        members.append(_at_most(whole(found["max_minor"], "max_minor"), options.threshold_basis, GOODS, filter_))
    return Group(all=tuple(members))


def _first(wanted: bool, options: Options) -> Member:
    first = FirstOrder(anonymous="accept" if options.anonymous_is_new else "refuse")
    return first if wanted else _not(first)


def _amount(make: Callable[..., Member], basis: Basis | None, kinds: Kinds = GOODS) -> Callable[[Any, Options], Member]:
    return lambda value, options: make(whole(value, "a threshold"), basis or options.threshold_basis, kinds)


def _line_units(value: Any, _: Options) -> Member:
    least = whole(value, "line_qty_min", 1)
    return Quantity(at_least_units=least, items=items(None, discounted=False), kinds=GOODS, per="line")


_WITH_TAX: dict[str, Callable[[int, Basis], Member]] = {
    "min_subtotal_with_tax_minor": _at_least,
    "max_subtotal_with_tax_minor": _at_most,
}
_BY_NAME: dict[str, Callable[[Any, Options], Member]] = {
    "min_subtotal_minor": _amount(_at_least, None),
    "min_discounted_subtotal_minor": _amount(_at_least, "left"),
    "min_listed_subtotal_minor": _amount(_at_least, "listed"),
    "max_subtotal_minor": _amount(_at_most, None),
    "max_discounted_subtotal_minor": _amount(_at_most, "left"),
    "min_total_minor": _amount(_at_least, None, CHARGED),
    "max_total_minor": _amount(_at_most, None, CHARGED),
    "min_shipping_minor": _amount(_at_least, None, ("delivery",)),
    "max_shipping_minor": _amount(_at_most, None, ("delivery",)),
    "subtotal_eq_minor": _amount(_equal, None),
    "total_eq_minor": _amount(_equal, None, CHARGED),
    "subtotal": _compared(GOODS),
    "subtotal_min": _compared(GOODS),
    "subtotal_max": _compared(GOODS),
    "discounted_subtotal": _compared(GOODS, "left"),
    "total": _compared(CHARGED),
    "total_min": _compared(CHARGED),
    "total_max": _compared(CHARGED),
    "category_subtotal": _spent_on,
    "contains_sku": lambda value, _: _contains({"sku_in": listed(value)}),
    "contains_category": lambda value, _: _contains({"category_in": listed(value)}),
    "contains_all_skus": _every("sku_in"),
    "contains_all_categories": _every("category_in"),
    "not_contains_sku": lambda value, _: _not(_contains({"sku_in": listed(value)})),
    "not_contains_category": lambda value, _: _not(_contains({"category_in": listed(value)})),
    "line_qty_min": _line_units,
    "shipping_method_in": lambda value, _: _contains({"sku_in": listed(value)}, ("delivery",)),
    "shipping_method_not_in": lambda value, _: _not(_contains({"sku_in": listed(value)}, ("delivery",))),
    "customer_group_in": lambda value, _: Segment(any_of=listed(value)),
    "customer_group_not_in": lambda value, _: _not(Segment(any_of=listed(value))),
    "signed_in": lambda value, _: Tag(any_of=("signed in",)) if value else _not(Tag(any_of=("signed in",))),
    "logged_in": lambda value, _: Tag(any_of=("signed in",)) if value else _not(Tag(any_of=("signed in",))),
    "nth_order": lambda value, _: NthOrder(n=whole(value, "nth_order", 1)),
    "first_order": _first,
    "no_code_present": lambda value, _: _not(Code()) if value else Code(),
    "code_present": lambda value, _: Code() if value else _not(Code()),
}
