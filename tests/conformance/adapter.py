"""One neutral case as campaigns and facts, decided by the engine, and told in the form's own words again.

The order of the list is the order of campaigns of one phase and priority. Nothing here reads what is expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from engine.rules.campaign import Campaign, Filter, FunderShare, Schedule, Scope, Stacking
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.decision import Decision, Words
from engine.rules.facts import Count, Line
from engine.rules.item_offer import Floor
from engine.rules.options import Options as CatalogueOptions
from tests.conformance.adapter_benefits import CATALOGUE, ITEM_TARGETS, benefit
from tests.conformance.adapter_conditions import conditions
from tests.conformance.adapter_currency import basket_currency, currency_of
from tests.conformance.adapter_facts import ELSEWHERE, HERE, facts, gift_line, lines
from tests.conformance.adapter_limits import limits
from tests.conformance.adapter_stacking import stackings, takes_in_order
from tests.conformance.form import (
    CHARGED,
    HIDDEN,
    Case,
    Unmapped,
    first_of,
    instant,
    known,
    listed,
    name,
    rows,
    table,
    whole,
)
from tests.conformance.got import Got
from tests.conformance.options import Options, options_for

Promotion = dict[str, Any]
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
PROMOTION_KEYS = (
    "id kind value target code codes conditions budget item_filter max_qty max_qty_total shipping_filter allocation buy "
    "get repeat max_get_qty max_applications stage rounding priority exclusive stackable combinable stop_further "
    "synthetic_benefit starts_at ends_at code_ends_at code_expires_at coupon_ends_at coupon_expires_at enabled active disabled status currency usage_limit code_usage_limit "
    "per_customer_limit one_use_per_customer single_use reusable_after_cancel max_discount_minor lane campaign "
    "group_size gift bundle manual partial_get same_item name title description automatic"
).split()
#: A code may end before its promotion does.
_CODE_ENDS = ("code_ends_at", "code_expires_at", "coupon_ends_at", "coupon_expires_at")
_OFF = ("disabled", "inactive", "draft", "suspended", "archived", "deleted", "paused")


def decided(case: Case) -> Got:
    """Decide *case*. Raises: Unmapped."""
    case = {key: value for key, value in case.items() if key not in HIDDEN}
    case["currency"], case["context"] = basket_currency(case), table(case.get("context"), "context")
    options = options_for(case)
    promotions = [_with_own_gift(one, place) for place, one in enumerate(rows(case.get("promotions"), "promotions"))]
    for promotion in promotions:
        known(promotion, *PROMOTION_KEYS)
    basket = lines(case, apart=any(_counts_by_line(promotion) for promotion in promotions))
    if not basket:
        return Got(0, 0, 0, {}, {}, [])
    case["promotions"] = promotions
    groups = [group for group in _together(promotions) if _is_on(group[0])]
    if options.by_hand_alone:
        groups = _without_replaced(groups)
    if not any(line.kind == "goods" for line in basket):
        groups = [group for group in groups if "gift" not in group[0]]
    return _decided(case, groups, basket, options)


def _decided(case: Case, groups: list[list[Promotion]], basket: list[Line], options: Options) -> Got:
    stacked = stackings(groups, case, options)
    made = [
        _campaign(place, group, case, options, stacking)
        for place, (group, stacking) in enumerate(zip(groups, stacked, strict=True))
    ]
    gifts = [
        gift_line(promotion["gift"], whole(promotion["gift"].get("unit_price_minor") or 1, "a gift's price"))
        for group in groups
        for promotion in group
        if "gift" in promotion
    ]
    counts = tuple(count for _, own in made for count in own)
    choose = CatalogueOptions(choose="in_order" if takes_in_order(groups, stacked, options) else "best")
    catalogue = Catalogue.build([campaign for campaign, _ in made], choose)
    while True:  # as a till does: with the gifts in the basket, and again without those that would have to be paid
        decision = decide(catalogue, facts(case, [*basket, *gifts], counts, options))
        paid = {price.line_id for price in decision.lines if price.payable_minor}
        kept = [line for line in gifts if line.id not in paid]
        if len(kept) == len(gifts):
            return _told(decision, case, gifts, groups)
        gifts = kept


def _told(decision: Decision, case: Case, gifts: Sequence[Line], groups: Sequence[list[Promotion]]) -> Got:
    off = {price.line_id: price.discount_minor for price in decision.lines}
    goods: dict[str, int] = {}
    for n, item in enumerate(rows(case.get("items"), "items")):
        own = str(first_of(item, ("id", "sku"), n))
        goods[own] = goods.get(own, 0) + off.get(f"item {n:03d}", 0)
    shipping = rows(case.get("shipping"), "shipping")
    charges = {str(first_of(charge, ("id", "method"), n)): off[f"charge {n}"] for n, charge in enumerate(shipping)}
    named = {p["gift"]["sku"]: p["gift"]["named"] for group in groups for p in group if "gift" in p}
    given = [{"sku": named[line.sku], "qty": line.quantity, "price_minor": 0} for line in gifts]
    shipped = sum(off[f"charge {n}"] for n in range(len(shipping)))
    return Got(sum(goods.values()), shipped, decision.payable_minor, goods, charges, given)


def _with_own_gift(promotion: Promotion, place: int) -> Promotion:
    """Return *promotion* with a gift that is no other line's item."""
    gift = table(promotion.get("gift"), "gift")
    if not gift:
        return {key: value for key, value in promotion.items() if key != "gift"}
    if not isinstance(gift.get("sku"), str):
        raise Unmapped("a gift that is not named")
    return {**promotion, "gift": {**gift, "sku": f"gift {place}", "named": gift["sku"]}}


def _counts_by_line(promotion: Promotion) -> bool:
    """Say whether a promotion counts by line, so that lines of one item must stay apart."""
    tiers_by = promotion["value"].get("tiers_by") if isinstance(promotion.get("value"), dict) else None
    conditions = promotion.get("conditions")
    return (
        promotion.get("target") == "each_line"
        or tiers_by in ("line_total_minor", "line_qty")
        or any(promotion.get(key) for key in ("max_qty", "max_get_qty", "same_item"))
        or (isinstance(conditions, dict) and "line_qty_min" in conditions)
    )


def _is_on(promotion: Promotion) -> bool:
    told = (promotion.get("enabled", True), promotion.get("active", True), not promotion.get("disabled", False))
    return all(told) and promotion.get("status") not in _OFF


def _without_replaced(groups: list[list[Promotion]]) -> list[list[Promotion]]:
    """Leave out the offers on the whole order when one is given by hand: that takes their place."""
    if not any(
        group[0].get("manual") and group[0].get("target") in ("order", "order_and_shipping") for group in groups
    ):
        return groups
    return [group for group in groups if group[0].get("manual") or group[0].get("target") != "order"]


def _together(promotions: Sequence[Promotion]) -> list[list[Promotion]]:
    """Return the promotions of one campaign side by side, in the order of the list."""
    groups: dict[str, list[Promotion]] = {}
    for place, promotion in enumerate(promotions):
        groups.setdefault(str(promotion.get("campaign") or f"alone {place}"), []).append(promotion)
    return list(groups.values())


def _campaign(
    place: int, group: list[Promotion], case: Case, options: Options, stacking: Stacking
) -> tuple[Campaign, list[Count]]:
    first, context = group[0], case["context"]
    id_ = f"p{place:03d}"
    currency = currency_of(first, case["currency"])
    floors = tuple(
        Floor(
            items=Filter({"skus": (name(first_of(item, ("sku", "id"))),)}),
            price_minor=whole(item["min_price_minor"], "min_price_minor"),
        )
        for item in rows(case.get("items"), "items")
        if item.get("min_price_minor")
    )
    give = tuple(
        benefit(promotion, options, currency, floors=floors, shares_units=_shares_units(promotion, case, options))
        for promotion in group
    )
    if any(one.faults() for one in give):
        raise Unmapped(f"faulty: {[fault.sentence for one in give for fault in one.faults()]}")
    ceilings, counts = limits(first, context, id_)
    campaign = Campaign(
        id=id_,
        version="1",
        currency=currency,
        name=Words(en=id_, zh=id_),
        funding=(FunderShare("merchant", Fraction(1)),),
        schedule=_schedule(first, options),
        give=give,
        limits=ceilings,
        stacking=stacking,
        scope=Scope(kinds=CHARGED, channels=_channels(first, context.get("channel", ""))),
        when=conditions(first, options, table(context.get("tax"), "tax")),
    )
    return campaign, counts


def _shares_units(promotion: Promotion, case: Case, options: Options) -> bool:
    """Say whether units that another offer discounted are open to *promotion*.

    Prices come down once before a basket is looked at; what is given by hand on an item replaces other offers there.
    """
    if not options.shares_units or promotion.get("stage") in CATALOGUE:
        return False
    if promotion.get("target") not in ITEM_TARGETS or not options.by_hand_alone:
        return True
    return not any(other.get("manual") and other.get("target") in ITEM_TARGETS for other in case["promotions"])


def _channels(promotion: Promotion, paid_through: str) -> tuple[str, ...]:
    """Return our channels for those a promotion names; one for none of them is told as one for another channel."""
    named = table(promotion.get("conditions"), "conditions").get("channel_in")
    if named is None:
        return ()
    return (HERE,) if paid_through in listed(named) else (ELSEWHERE,)


def _schedule(promotion: Promotion, options: Options) -> Schedule:
    start = promotion.get("starts_at")
    ends = [instant(promotion[key]) for key in ("ends_at", *_CODE_ENDS) if promotion.get(key)]
    until = min(ends, default=None)
    if until is not None and options.includes_end:
        until += timedelta(microseconds=1)
    return Schedule("UTC", instant(start) if start else LONG_AGO, until)
