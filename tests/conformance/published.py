"""The second form: worked examples from public pages, whose promotions are named parameters. Full carts only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from engine.rules.benefits.amount_off_items import AmountOffItems
from engine.rules.benefits.cut_to import CutTo
from engine.rules.benefits.fixed_price import FixedPrice
from engine.rules.benefits.gift import Gift
from engine.rules.benefits.percent_off_items import PercentOffItems
from engine.rules.campaign import Campaign, Filter, FunderShare, Group, Limits, Schedule, Scope, Stacking
from engine.rules.catalogue import Catalogue
from engine.rules.conditions.spend import Spend
from engine.rules.conditions.spend_at_most import SpendAtMost
from engine.rules.decide import decide
from engine.rules.decision import Words
from engine.rules.facts import Basket, Facts, Line
from engine.rules.kinds import Benefit, Condition
from engine.rules.options import Options as CatalogueOptions
from tests.conformance.form import CHARGED, GOODS, HIDDEN, Case, Unmapped, known
from tests.conformance.got import Got

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SHOP = "shop"
PARAMETERS = (
    "order amount_minor percent scope category sku skus rank skip repeat_every min_running_total_minor basis klass "
    "min_subtotal_minor max_initial_minor credits_minor new_unit_price_minor new_total_minor add add_qty mode "
    "add_unit_price_minor"
).split()


def is_cart(case: Case) -> bool:
    """Say whether the example is a full cart: every line has a price and the page says what is paid."""
    priced = [item["qty"] is not None and item["unit_price_minor"] is not None for item in case["items"]]
    return bool(priced) and all(priced) and case["expected"].get("total_minor") is not None and case["kind"] != "points"


def decided(case: Case) -> Got:
    """Decide *case*. Raises: Unmapped."""
    case = {key: value for key, value in case.items() if key not in HIDDEN}
    parameters = [promotion["parameters"] for promotion in case["promotions"]]
    ranked = sorted(parameters, key=lambda one: one.get("order", 0))
    campaigns = [_campaign(place, one, case["currency"]) for place, one in enumerate(ranked)]
    lines = [*_lines(case), *_added(case, ranked)]
    facts = Facts(basket=Basket(currency=case["currency"], lines=tuple(lines)), now=NOW, channel="online")
    decision = decide(Catalogue.build(campaigns, CatalogueOptions(choose="in_order")), facts)
    off_by_sku: dict[str, int] = {}
    for line, price in zip(lines, decision.lines, strict=True):
        off_by_sku[line.sku] = off_by_sku.get(line.sku, 0) + price.discount_minor
    delivery = off_by_sku.pop("delivery", 0)
    return Got(sum(off_by_sku.values()), delivery, decision.payable_minor, off_by_sku, {}, [])


def _lines(case: Case) -> list[Line]:
    found = [
        Line(
            id=f"line {n}",
            merchant_id=SHOP,
            sku=item["sku"],
            quantity=item["qty"],
            unit_price_minor=item["unit_price_minor"],
            category=item.get("category", ""),
        )
        for n, item in enumerate(case["items"])
    ]
    if case.get("shipping_minor"):
        price = case["shipping_minor"]
        found.append(
            Line(id="delivery", merchant_id=SHOP, sku="delivery", quantity=1, unit_price_minor=price, kind="delivery")
        )
    return found


def _added(case: Case, parameters: Sequence[dict[str, Any]]) -> list[Line]:
    """Return the lines that a till adds: a gift always, or only when the basket has none of it."""
    prices = {item["sku"]: item["unit_price_minor"] for item in case["items"]}
    found = []
    for n, one in enumerate(parameters):
        sku = one.get("add")
        if sku is not None and (one.get("mode") == "ADD_NEW" or sku not in prices):
            price = one.get("add_unit_price_minor", prices.get(sku))
            if price is None:
                raise Unmapped("a gift without a price")
            found.append(
                Line(id=f"gift {n}", merchant_id=SHOP, sku=sku, quantity=one["add_qty"], unit_price_minor=price)
            )
    return found


def _campaign(place: int, parameters: dict[str, Any], currency: str) -> Campaign:
    known(parameters, *PARAMETERS)
    id_ = f"p{place:03d}"
    return Campaign(
        id=id_,
        version="1",
        currency=currency,
        name=Words(en=id_, zh=id_),
        funding=(FunderShare("merchant", Fraction(1)),),
        schedule=Schedule("UTC", datetime(2000, 1, 1, tzinfo=UTC), None),
        give=(_benefit(parameters),),
        limits=Limits(),
        stacking=Stacking(phase="order"),
        scope=Scope(kinds=CHARGED),
        when=Group(all=tuple(_conditions(parameters))),
    )


def _conditions(parameters: dict[str, Any]) -> list[Condition]:
    found: list[Condition] = []
    if "min_running_total_minor" in parameters:  # the pages say "above"
        found.append(Spend(at_least_minor=parameters["min_running_total_minor"] + 1, kinds=GOODS))
    if "min_subtotal_minor" in parameters:
        found.append(Spend(at_least_minor=parameters["min_subtotal_minor"], kinds=GOODS))
    if "max_initial_minor" in parameters:  # the page says "below"
        found.append(SpendAtMost(amount_minor=parameters["max_initial_minor"] - 1, kinds=GOODS, basis="listed"))
    return found


def _benefit(parameters: dict[str, Any]) -> Benefit:
    chosen: dict[str, Any] = {"items": _items(parameters), "kinds": GOODS, "unit_sharing": "between_campaigns"}
    if "percent" in parameters:
        basis = "listed" if parameters.get("basis") == "initial" else "left"
        return PercentOffItems(percent=Fraction(str(parameters["percent"])) / 100, basis=basis, **chosen)
    if "credits_minor" in parameters:
        return AmountOffItems(amount_minor=parameters["credits_minor"], **chosen)
    if "amount_minor" in parameters:
        return _amount(parameters, chosen)
    if "new_unit_price_minor" in parameters:
        return FixedPrice(price_minor=parameters["new_unit_price_minor"], items=chosen["items"])
    if "new_total_minor" in parameters:
        return CutTo(total_minor=parameters["new_total_minor"])
    if "add" in parameters:
        return Gift(sku=parameters["add"], units_given=parameters["add_qty"])
    raise Unmapped("no parameter says what is given")


def _amount(parameters: dict[str, Any], chosen: dict[str, Any]) -> Benefit:
    scope = parameters.get("scope", "order")
    per = {"line": "line", "unit": "unit"}.get(scope, "order")
    share = "quantity" if scope == "split_by_quantity" else "amount"
    every = parameters.get("repeat_every", 1)
    if parameters.get("skip", every - 1) != every - 1 or parameters.get("rank", "most_expensive_first") != (
        "most_expensive_first"
    ):
        raise Unmapped("ranks other than every nth from the dearest")
    return AmountOffItems(amount_minor=parameters["amount_minor"], per=per, share=share, every=every, **chosen)


def _items(parameters: dict[str, Any]) -> Filter:
    if "category" in parameters:
        return Filter({"categories": (parameters["category"],)})
    skus = parameters.get("skus") or ([parameters["sku"]] if "sku" in parameters else [])
    return Filter({"skus": tuple(skus)} if skus else {})
