"""From a promotion's ``kind``, ``target`` and ``value`` to a benefit."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple, get_args

from engine.money import Rounding
from engine.rules.benefits.amount_off_items import AmountOffItems
from engine.rules.benefits.buy_get import BuyGet, Side
from engine.rules.benefits.cut_to import CutTo
from engine.rules.benefits.fixed_price import FixedPrice
from engine.rules.benefits.gift import Gift
from engine.rules.benefits.graduated_off import GraduatedOff
from engine.rules.benefits.percent_off_items import PercentOffItems
from engine.rules.benefits.set_price import SetPrice
from engine.rules.item_offer import Floor
from engine.rules.kinds import Benefit
from tests.conformance.adapter_ladders import amount_steps, percent_steps
from tests.conformance.form import CHARGED, GOODS, Unmapped, choose, first_of, items, known, table, whole
from tests.conformance.options import Options

Promotion = dict[str, Any]
ITEM_TARGETS = ("across", "each", "each_line", "once", "cheapest", "bundle", "gift", "items")
WHOLE_TARGETS = ("order", "order_and_shipping", "shipping")
_KINDS = {"shipping": ("delivery",), "order_and_shipping": CHARGED}
_ROUNDINGS = {"floor": "down", "ceil": "up", "half_even": "half_even", "bankers": "half_even"}


class Asked(NamedTuple):
    """A promotion with its value in one currency, and what it is read with."""

    promotion: Promotion
    value: Any
    options: Options
    floors: tuple[Floor, ...]  # prices that no unit goes below
    shares_units: bool  # units that another offer discounted are open to this one

    @property
    def target(self) -> str:
        """Return what the promotion acts on."""
        return str(self.promotion["target"])

    def count(self, name: str, least: int = 1) -> int | None:
        """Return a whole number of the promotion, None when it is not told."""
        found = self.promotion.get(name)
        return None if found is None else whole(found, name, least)


def benefit(
    promotion: Promotion, options: Options, currency: str, *, floors: tuple[Floor, ...], shares_units: bool
) -> Benefit:
    """Return what *promotion* gives in *currency*; *floors* are prices that no unit goes below."""
    make = choose(_BY_KIND, promotion.get("kind"), "kind")
    if promotion.get("target") not in (*ITEM_TARGETS, *WHOLE_TARGETS):
        raise Unmapped(f"target {promotion.get('target')}")
    return make(Asked(promotion, _value(promotion, currency), options, floors, shares_units))


def _value(promotion: Promotion, currency: str) -> Any:
    value = promotion.get("value")
    if promotion["kind"] not in ("fixed", "fixed_price") or not isinstance(value, dict):
        return value
    by_currency = {key.upper(): minor for key, minor in value.items()}
    return by_currency.get(currency, next(iter(by_currency.values()), None))


def _chosen(asked: Asked) -> dict[str, Any]:
    """Return the fields that every item offer has."""
    promotion = asked.promotion
    filter_ = table(promotion.get("item_filter"), "item_filter")
    if asked.target == "shipping":
        filter_ = _of_methods(table(promotion.get("shipping_filter"), "shipping_filter"))
    return {
        "items": items(filter_, priced=True),
        "kinds": _KINDS.get(asked.target, GOODS),
        "price_from_minor": filter_.get("min_price_minor"),
        "price_to_minor": filter_.get("max_price_minor"),
        "floors": asked.floors,
        "unit_sharing": "between_campaigns" if asked.shares_units else "none",
    }


def _of_methods(found: dict[str, Any]) -> dict[str, Any]:
    known(found, "method_in", "method_not_in", "min_price_minor", "max_price_minor")
    return {key.replace("method", "sku"): value for key, value in found.items()}


#: The stages in which prices come down before any basket is looked at.
CATALOGUE = ("catalogue", "catalog")


def _picked(asked: Asked) -> dict[str, Any]:
    """Return which units of the chosen lines."""
    target, most, total = asked.target, asked.count("max_qty"), asked.count("max_qty_total")
    times = asked.count("max_applications")
    if target in ("once", "cheapest"):
        return {"units_max": most or total or 1, "pick": "cheapest"}
    if total:
        return {"units_max": total, "units_per_line": most, "pick": "cheapest"}
    if target == "bundle":
        size = _bundle(asked)
        return {"group": size, "units_max": None if times is None else size * times}
    if target == "each":
        group = asked.count("group_size") or 1
        units = None if times is None or group == 1 else group * times
        pick = "cheapest" if group > 1 else "dearest"
        return {"units_per_line": most, "group": group, "units_max": units, "pick": pick}
    return {}


def _bundle(asked: Asked) -> int:
    found = table(asked.promotion.get("bundle"), "bundle")
    known(found, "qty")
    return whole(found.get("qty"), "a bundle's qty", 1)


def _percent(asked: Asked) -> Benefit:
    return PercentOffItems(percent=part(asked.value), **_percent_fields(asked), **_chosen(asked))


def _percent_fields(asked: Asked) -> dict[str, Any]:
    common = {"at_most_minor": asked.count("max_discount_minor", 0), **_picked(asked)}
    if asked.promotion.get("rounding"):
        return {**common, **_rounding(asked.promotion["rounding"])}
    common["rounding"] = asked.options.percent_rounding
    if asked.target not in ("each", "each_line", "shipping"):
        return common
    per = asked.options.percent_per if asked.target == "each" else "line"
    return {**common, "per": per, "basis": asked.options.percent_basis}


def _rounding(told: Any) -> dict[str, Any]:
    """Return "unit_half_up" as what is rounded and how; the order when only how is told."""
    per, _, rounding = str(told).partition("_")
    if per not in ("unit", "line", "order"):
        per, rounding = "order", str(told)
    rounding = _ROUNDINGS.get(rounding, rounding)
    if rounding not in get_args(Rounding):
        raise Unmapped(f"rounding {told}")
    return {"per": per, "rounding": rounding}


def part(percent: Any) -> Fraction:
    """Return a percentage as a part of one; more than a hundred is a hundred."""
    if isinstance(percent, bool) or not isinstance(percent, int | float | str):
        raise Unmapped(f"a percentage of {percent!r}")
    try:
        found = Fraction(str(percent)) / 100
    except ValueError as error:
        raise Unmapped(f"a percentage of {percent!r}") from error
    if found < 0:
        raise Unmapped(f"a percentage of {percent}: that raises the price")
    return min(Fraction(1), found)


def _tiered_percent(asked: Asked) -> Benefit:
    return PercentOffItems(**percent_steps(asked.value, part), **_percent_fields(asked), **_chosen(asked))


def _fixed(asked: Asked) -> Benefit:
    return AmountOffItems(
        amount_minor=whole(asked.value, "an amount off"),
        per=_amount_per(asked),
        at_most_minor=asked.count("max_discount_minor", 0),
        **_picked(asked),
        **_chosen(asked),
    )


def _amount_per(asked: Asked) -> str:
    if asked.target == "shipping":
        allocation = asked.promotion.get("allocation", "each" if asked.options.delivery_per_line else "across")
        return "line" if allocation == "each" else "order"
    return {"each": "unit", "once": "unit", "cheapest": "unit", "each_line": "line", "bundle": "group"}.get(
        asked.target, "order"
    )


def _tiered_fixed(asked: Asked) -> Benefit:
    return AmountOffItems(
        **amount_steps(asked.value, asked.target),
        per=_amount_per(asked),
        at_most_minor=asked.count("max_discount_minor", 0),
        **_picked(asked),
        **_chosen(asked),
    )


def _graduated(asked: Asked) -> Benefit:
    value = table(asked.value, "value")
    known(value, "first_minor", "additional_minor", "max_items", "currency")
    most = value.get("max_items")
    return GraduatedOff(
        first_minor=whole(value.get("first_minor"), "first_minor"),
        then_minor=whole(value.get("additional_minor"), "additional_minor"),
        units_per_line=whole(most, "max_items") or None if most is not None else None,
        **_chosen(asked),
    )


def _fixed_price(asked: Asked) -> Benefit:
    chosen, price = {**_chosen(asked), "unit_sharing": "none"}, whole(asked.value, "a price")
    if asked.target == "bundle":
        return SetPrice(
            units_in_set=_bundle(asked), price_minor=price, sets_max=asked.count("max_applications"), **chosen
        )
    prices = {name: chosen[name] for name in ("price_from_minor", "price_to_minor")}
    if asked.target in ("order", "across", "order_and_shipping"):
        if any(prices.values()):
            raise Unmapped("a price for all items of a price range")
        return CutTo(total_minor=price, items=chosen["items"], kinds=chosen["kinds"])
    units = first_of(asked.promotion, ("max_qty_total", "max_qty")) if asked.target != "shipping" else None
    if asked.target in ("once", "cheapest", "each_line"):
        raise Unmapped(f"a price for target {asked.target}")
    return FixedPrice(price_minor=price, items=chosen["items"], kinds=chosen["kinds"], units_max=units, **prices)


def _buy_get(asked: Asked) -> Benefit:
    promotion = asked.promotion
    get, buy = table(promotion.get("get"), "get"), table(promotion.get("buy"), "buy")
    known(get, "qty", "filter")
    known(buy, "min_qty", "qty", "filter")
    repeat = promotion.get("repeat")
    times = 1 if repeat is False else asked.count("max_applications")
    if isinstance(repeat, int) and not isinstance(repeat, bool):
        times = whole(repeat, "repeat", 1)
    got, bought = whole(get.get("qty", 1), "get's qty", 1), whole(first_of(buy, ("min_qty", "qty"), 1), "buy's qty")
    if asked.target == "cheapest":
        return _cheapest_of(asked, got, times, bought + got if buy else None)
    to_buy = _side(buy.get("filter"), discounted=False)
    to_get = _side(get.get("filter") or promotion.get("item_filter"), discounted=True)
    is_alike = buy.get("filter") == (get.get("filter") or promotion.get("item_filter"))
    takes_dearest = asked.options.buys_dearest and is_alike and not promotion.get("same_item")
    return BuyGet(
        buy=Side(**(to_get if takes_dearest else to_buy), units=max(1, bought)),
        get=Side(**to_get, units=got),
        bought="dearest" if takes_dearest else "cheapest",
        percent=part(promotion.get("value", 100)),
        times=times,
        units_max=asked.count("max_get_qty"),
        within="line" if promotion.get("same_item") else "basket",
        last="partial" if promotion.get("partial_get") else "refuse",
        rounding=asked.options.percent_rounding,
    )


def _side(filter_: Any, *, discounted: bool) -> dict[str, Any]:
    found = table(filter_, "a filter")
    prices = {"price_from_minor": found.get("min_price_minor"), "price_to_minor": found.get("max_price_minor")}
    return {"items": items(found, discounted=discounted, priced=True), **prices}


def _cheapest_of(asked: Asked, got: int, times: int | None, round_: int | None) -> Benefit:
    """Return "the cheapest of so many": how many is told by ``min_qty`` or by what is bought and got in one round."""
    found = table(asked.promotion.get("conditions"), "conditions")
    of = whole(found["min_qty"], "min_qty", 1) if found.get("min_qty") else round_
    if of is None:
        of, times = 1, times or 1  # a threshold opens it once
    if of % got:
        raise Unmapped(f"the {got} cheapest of {of}")
    return PercentOffItems(
        percent=part(asked.value),
        pick="cheapest",
        every=of // got,
        group=of if got > 1 else 1,
        units_max=None if times is None else times * got,
        rounding=asked.options.percent_rounding,
        **_chosen(asked),
    )


def _gift(asked: Asked) -> Benefit:
    gift = table(asked.promotion.get("gift"), "gift")
    if "sku" not in gift or part(asked.promotion.get("value", 100)) != 1:
        raise Unmapped("a gift that is not free, or not named")
    return Gift(sku=gift["sku"], units_given=whole(gift.get("qty", 1), "a gift's qty", 1))


_BY_KIND: dict[str, Callable[[Asked], Benefit]] = {
    "percent": _percent,
    "fixed": _fixed,
    "tiered_percent": _tiered_percent,
    "tiered_fixed": _tiered_fixed,
    "first_and_additional": _graduated,
    "fixed_price": _fixed_price,
    "buyget": _buy_get,
    "gift": _gift,
}
