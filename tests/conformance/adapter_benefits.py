"""From a promotion's ``kind``, ``target`` and ``value`` to a benefit."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, get_args

from engine.money import Rounding
from engine.rules.benefits.amount_off_items import AmountOffItems, AmountStep
from engine.rules.benefits.buy_get import BuyGet, Side
from engine.rules.benefits.fixed_price import FixedPrice
from engine.rules.benefits.gift import Gift
from engine.rules.benefits.graduated_off import GraduatedOff
from engine.rules.benefits.percent_off_items import PercentOffItems, PercentStep
from engine.rules.benefits.set_price import SetPrice
from engine.rules.item_offer import Floor
from engine.rules.kinds import Benefit
from tests.conformance.form import CHARGED, GOODS, Unmapped, items
from tests.conformance.options import Options

Promotion = dict[str, Any]
ITEM_TARGETS = ("across", "each", "each_line", "once", "cheapest", "bundle", "gift", "items")
_KINDS = {"shipping": ("delivery",), "order_and_shipping": CHARGED}


def benefit(promotion: Promotion, options: Options, currency: str, floors: tuple[Floor, ...]) -> Benefit:
    """Return what *promotion* gives in *currency*; *floors* are prices that no unit goes below."""
    make = _BY_KIND.get(promotion["kind"])
    if make is None:
        raise Unmapped(f"kind {promotion['kind']}")
    return make({**promotion, "value": _value(promotion["value"], promotion["kind"], currency)}, options, floors)


def _value(value: Any, kind: str, currency: str) -> Any:
    is_by_currency = kind in ("fixed", "fixed_price") and isinstance(value, dict)
    return value.get(currency, next(iter(value.values()))) if is_by_currency else value


def _chosen(promotion: Promotion, options: Options, floors: tuple[Floor, ...]) -> dict[str, Any]:
    """Return the fields that every item offer has."""
    filter_ = promotion.get("item_filter") or {}
    if "shipping_filter" in promotion:
        filter_ = {"sku_in": promotion["shipping_filter"]["method_in"]}
    shares = options.shares_units and promotion.get("stage") != "catalogue"
    return {
        "items": items(filter_, priced=True),
        "kinds": _KINDS.get(promotion["target"], GOODS),
        "price_from_minor": filter_.get("min_price_minor"),
        "price_to_minor": filter_.get("max_price_minor"),
        "floors": floors,
        "unit_sharing": "between_campaigns" if shares else "none",
    }


def _picked(promotion: Promotion) -> dict[str, Any]:
    """Return which units of the chosen lines."""
    target, most = promotion["target"], promotion.get("max_qty")
    if target in ("once", "cheapest"):
        return {"units_max": most or 1, "pick": "cheapest"}
    if promotion.get("max_qty_total"):
        return {"units_max": promotion["max_qty_total"], "units_per_line": most, "pick": "cheapest"}
    if target == "bundle":
        size, sets = promotion["bundle"]["qty"], promotion.get("max_applications")
        return {"group": size, "units_max": None if sets is None else size * sets}
    if target == "each":
        return {"units_per_line": most, "group": promotion.get("group_size") or 1}
    return {}


def _percent(promotion: Promotion, options: Options, floors: tuple[Floor, ...]) -> Benefit:
    return PercentOffItems(
        percent=_part(promotion["value"]), **_percent_fields(promotion, options), **_chosen(promotion, options, floors)
    )


def _percent_fields(promotion: Promotion, options: Options) -> dict[str, Any]:
    common = {"at_most_minor": promotion.get("max_discount_minor"), **_picked(promotion)}
    if promotion.get("rounding"):
        return {**common, **_rounding(promotion["rounding"])}
    common["rounding"] = options.percent_rounding
    if promotion["target"] not in ("each", "shipping"):
        return common
    per = options.percent_per if promotion["target"] == "each" else "line"
    return {**common, "per": per, "basis": options.percent_basis}


def _rounding(told: str) -> dict[str, Any]:
    """Return "unit_half_up" as what is rounded and how."""
    per, _, rounding = told.partition("_")
    if per not in ("unit", "line", "order") or rounding not in get_args(Rounding):
        raise Unmapped(f"rounding {told}")
    return {"per": per, "rounding": rounding}


def _part(percent: float | str) -> Fraction:
    return Fraction(str(percent)) / 100


_LADDERS = {
    "matching_qty": ("items", "from_units"),
    "order_qty": ("order", "from_units"),
    "line_qty": ("line", "from_units"),
    "order_subtotal_minor": ("order", "from_minor"),
    "matching_subtotal_minor": ("items", "from_minor"),
    "line_total_minor": ("line", "from_minor"),
}


def _tiered_percent(promotion: Promotion, options: Options, floors: tuple[Floor, ...]) -> Benefit:
    tiers, by = promotion["value"]["tiers"], promotion["value"]["tiers_by"]
    if by not in _LADDERS:
        raise Unmapped(f"tiers by {by}")
    place, start = _LADDERS[by]
    steps = tuple(PercentStep(percent=_part(percent), **{start: least or None}) for least, percent in tiers)
    fields = _percent_fields(promotion, options)
    return PercentOffItems(steps=steps, steps_by=place, **fields, **_chosen(promotion, options, floors))


def _fixed(promotion: Promotion, options: Options, floors: tuple[Floor, ...]) -> Benefit:
    return AmountOffItems(
        amount_minor=promotion["value"],
        per=_amount_per(promotion, options),
        at_most_minor=promotion.get("max_discount_minor"),
        **_picked(promotion),
        **_chosen(promotion, options, floors),
    )


def _amount_per(promotion: Promotion, options: Options) -> str:
    target = promotion["target"]
    if target == "bundle":
        raise Unmapped("an amount off each bundle")
    if target == "shipping":
        is_each = promotion.get("allocation", "each" if options.delivery_per_line else "across") == "each"
        return "line" if is_each else "order"
    return {"each": "unit", "once": "unit", "cheapest": "unit", "each_line": "line"}.get(target, "order")


def _tiered_fixed(promotion: Promotion, options: Options, floors: tuple[Floor, ...]) -> Benefit:
    by, is_order = promotion["value"]["tiers_by"], promotion["target"] in ("order", "across")
    if by not in (
        ("order_subtotal_minor", "matching_subtotal_minor") if is_order else ("line_total_minor", "shipping_minor")
    ):
        raise Unmapped(f"tiers by {by}")
    steps = tuple(AmountStep(off_minor=off, from_minor=least or None) for least, off in promotion["value"]["tiers"])
    per = "order" if is_order else "line"
    return AmountOffItems(steps=steps, per=per, **_picked(promotion), **_chosen(promotion, options, floors))


def _graduated(promotion: Promotion, options: Options, floors: tuple[Floor, ...]) -> Benefit:
    value = promotion["value"]
    return GraduatedOff(
        first_minor=value["first_minor"],
        then_minor=value["additional_minor"],
        units_per_line=value.get("max_items"),
        **_chosen(promotion, options, floors),
    )


def _fixed_price(promotion: Promotion, options: Options, floors: tuple[Floor, ...]) -> Benefit:
    chosen = {**_chosen(promotion, options, floors), "unit_sharing": "none"}
    if promotion["target"] != "bundle":
        units = promotion.get("max_qty_total")
        kinds, chosen_items = chosen["kinds"], chosen["items"]
        return FixedPrice(price_minor=promotion["value"], items=chosen_items, kinds=kinds, units_max=units)
    return SetPrice(
        units_in_set=promotion["bundle"]["qty"],
        price_minor=promotion["value"],
        sets_max=promotion.get("max_applications"),
        **chosen,
    )


def _buy_get(promotion: Promotion, options: Options, floors: tuple[Floor, ...]) -> Benefit:
    times = 1 if promotion.get("repeat") is False else promotion.get("max_applications")
    get = promotion.get("get") or {}
    if promotion["target"] == "cheapest":
        return PercentOffItems(
            percent=_part(promotion["value"]),
            pick="cheapest",
            every=(promotion.get("conditions") or {}).get("min_qty", 1),
            units_max=None if times is None else times * get.get("qty", 1),
            **_chosen(promotion, options, floors),
        )
    buy = promotion.get("buy") or {}
    return BuyGet(
        buy=Side(items=items(buy.get("filter"), discounted=False), units=buy.get("min_qty", 1)),
        get=Side(items=items(get.get("filter")), units=get.get("qty", 1)),
        percent=_part(promotion["value"]),
        times=times,
        units_max=promotion.get("max_get_qty"),
        within="line" if promotion.get("same_item") else "basket",
        last="partial" if promotion.get("partial_get") else "refuse",
    )


def _gift(promotion: Promotion, options: Options, floors: tuple[Floor, ...]) -> Benefit:
    return Gift(sku=promotion["gift"]["sku"], units_given=promotion["gift"].get("qty", 1))


_BY_KIND: dict[str, Callable[[Promotion, Options, tuple[Floor, ...]], Benefit]] = {
    "percent": _percent,
    "fixed": _fixed,
    "tiered_percent": _tiered_percent,
    "tiered_fixed": _tiered_fixed,
    "first_and_additional": _graduated,
    "fixed_price": _fixed_price,
    "buyget": _buy_get,
    "gift": _gift,
}
