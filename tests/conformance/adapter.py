"""One neutral case as campaigns and facts, decided by the engine, and told in the form's own words again.

The order of the list is the order of campaigns of one phase and priority. Nothing here reads what is expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from engine.rules.campaign import Campaign, Filter, FunderShare, Limits, Schedule, Scope, Stacking
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.decision import Decision, Words
from engine.rules.facts import Count, CounterKey, Line
from engine.rules.item_offer import Floor
from tests.conformance.adapter_benefits import ITEM_TARGETS, benefit
from tests.conformance.adapter_conditions import conditions, currency_of
from tests.conformance.adapter_facts import ELSEWHERE, HERE, facts, gift_line, instant, lines, payer_of, taken
from tests.conformance.form import CHARGED, HIDDEN, Case, Unmapped, known
from tests.conformance.got import Got
from tests.conformance.options import Options, options_of
from tests.conformance.stages import stages_of

Promotion = dict[str, Any]
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
PROMOTION_KEYS = (
    "id kind value target code conditions budget item_filter max_qty max_qty_total shipping_filter allocation buy get "
    "repeat max_get_qty max_applications stage rounding priority exclusive synthetic_benefit starts_at ends_at "
    "usage_limit code_usage_limit per_customer_limit single_use reusable_after_cancel max_discount_minor lane "
    "campaign group_size gift bundle manual partial_get same_item name title description"
).split()


def decided(case: Case) -> Got:
    """Decide *case*. Raises: Unmapped."""
    case = {key: value for key, value in case.items() if key not in HIDDEN}
    options = options_of(case.get("project", ""))
    groups = _together(case["promotions"])
    stages = stages_of(groups, case, options)
    made = [
        _campaign(place, group, case, options, stage)
        for place, (group, stage) in enumerate(zip(groups, stages, strict=True))
    ]
    campaigns = [campaign for campaign, _ in made]
    basket = lines(case)
    gifts = {
        promotion["gift"]["sku"]: gift_line(promotion["gift"])
        for promotion in case["promotions"]
        if "gift" in promotion
    }
    counts = tuple(count for _, own in made for count in own)
    if not basket:
        return Got(0, 0, 0, {}, {}, [])
    decision, gifts = _with_gifts(case, campaigns, basket, gifts, counts, options)
    return _told(decision, case, gifts)


def _with_gifts(
    case: Case,
    campaigns: Sequence[Campaign],
    basket: list[Line],
    gifts: dict[str, Line],
    counts: tuple[Count, ...],
    options: Options,
) -> tuple[Decision, dict[str, Line]]:
    """Decide as a till does: with the gifts in the basket, and again without those that would have to be paid."""
    catalogue = Catalogue.build(campaigns)
    while True:
        decision = decide(catalogue, facts(case, [*basket, *gifts.values()], counts, options))
        paid = {price.line_id for price in decision.lines if price.payable_minor}
        kept = {sku: line for sku, line in gifts.items() if line.id not in paid}
        if len(kept) == len(gifts):
            return decision, gifts
        gifts = kept


def _told(decision: Decision, case: Case, gifts: dict[str, Line]) -> Got:
    off = {price.line_id: price.discount_minor for price in decision.lines}
    goods = {item["id"]: off.get(item["id"], 0) for item in case["items"]}
    charges = {charge["id"]: off[f"charge {n}"] for n, charge in enumerate(case.get("shipping") or [])}
    given = [{"sku": line.sku, "qty": line.quantity, "price_minor": 0} for line in gifts.values()]
    return Got(sum(goods.values()), sum(charges.values()), decision.payable_minor, goods, charges, given)


def _together(promotions: Sequence[Promotion]) -> list[list[Promotion]]:
    """Return the promotions of one campaign side by side, in the order of the list."""
    groups: dict[str, list[Promotion]] = {}
    for place, promotion in enumerate(promotions):
        groups.setdefault(promotion.get("campaign") or f"alone {place}", []).append(promotion)
    return list(groups.values())


def _campaign(
    place: int, group: list[Promotion], case: Case, options: Options, stage: str
) -> tuple[Campaign, list[Count]]:
    for promotion in group:
        known(promotion, *PROMOTION_KEYS)
    first, context = group[0], case.get("context") or {}
    id_ = f"p{place:03d}"
    currency = _currency(first, case["currency"])
    floors = tuple(
        Floor(items=Filter({"skus": (item["sku"],)}), price_minor=item["min_price_minor"])
        for item in case["items"]
        if item.get("min_price_minor")
    )
    give = tuple(benefit(promotion, options, currency, floors) for promotion in group)
    if any(one.faults() for one in give):
        raise Unmapped(f"faulty: {[fault.sentence for one in give for fault in one.faults()]}")
    limits, counts = _limits(first, context, id_)
    campaign = Campaign(
        id=id_,
        version="1",
        currency=currency,
        name=Words(en=id_, zh=id_),
        funding=(FunderShare("merchant", Fraction(1)),),
        schedule=_schedule(first, options),
        give=give,
        limits=limits,
        stacking=_stacking(group, options, stage),
        scope=Scope(kinds=CHARGED, channels=_channels(first, context.get("channel", ""))),
        when=conditions(first, options, context.get("tax")),
    )
    return campaign, counts


def _currency(promotion: Promotion, basket_currency: str) -> str:
    """Return the currency a promotion is in: the basket's when its amounts are told in it, or when it has none."""
    value = promotion["value"]
    named = [*value] if isinstance(value, dict) and promotion["kind"] in ("fixed", "fixed_price") else []
    if isinstance(value, dict) and value.get("currency"):
        named = [value["currency"]]
    if (condition := currency_of(promotion)) is not None:
        named = [condition]
    return basket_currency if not named or basket_currency in named else named[0]


def _channels(promotion: Promotion, paid_through: str) -> tuple[str, ...]:
    """Return our channels for those a promotion names; one for none of them is told as one for another channel."""
    named = (promotion.get("conditions") or {}).get("channel_in")
    if named is None:
        return ()
    return (HERE,) if paid_through in named else (ELSEWHERE,)


def _schedule(promotion: Promotion, options: Options) -> Schedule:
    start, end = promotion.get("starts_at"), promotion.get("ends_at")
    until = instant(end) if end else None
    if until is not None and options.includes_end:
        until += timedelta(microseconds=1)
    return Schedule("UTC", instant(start) if start else LONG_AGO, until)


def _stacking(group: Sequence[Promotion], options: Options, stage: str) -> Stacking:
    first = group[0]
    is_item = all(promotion["target"] in ITEM_TARGETS for promotion in group)
    phase = "item" if options.items_first and is_item else "order"
    lane = first.get("lane", "default")
    if "stage" in first or lane != "default" or options.last_code_only:
        phase = "item" if first.get("stage") == "catalogue" else "payment" if lane != "default" else "order"
    return Stacking(
        phase=phase,  # type: ignore[arg-type]
        group=stage,
        exclusive="alone" if first.get("exclusive") else "none",
        priority=first.get("priority", 0) if options.uses_priority else 0,
    )


def _limits(promotion: Promotion, context: dict[str, Any], id_: str) -> tuple[Limits, list[Count]]:
    """Return the ceilings of a promotion, and what its counters have taken."""
    kept = not promotion.get("reusable_after_cancel", True)
    own = context.get("used_by_this_order", 0)
    budget = promotion.get("budget") or {}
    rows = [
        (promotion.get("usage_limit"), taken(context, "used", counts_cancelled=kept) - own),
        (promotion.get("code_usage_limit"), taken(context, "code_used", counts_cancelled=kept)),
        (1 if promotion.get("single_use") else None, taken(context, "code_used", counts_cancelled=kept)),
        (budget.get("limit") if budget.get("type") == "usage" else None, budget.get("used", 0)),
    ]
    if budget and budget.get("type") not in ("usage", "spend"):
        raise Unmapped(f"budget of {budget.get('type')}")
    uses = [(limit, used) for limit, used in rows if limit is not None]
    total, used = min(uses, key=lambda row: row[0] - row[1], default=(None, 0))
    spent = budget.get("used_minor", 0)
    limits = Limits(
        budget_minor=budget.get("limit_minor") if budget.get("type") == "spend" else None,
        uses_total=total,
        uses_per_member=promotion.get("per_customer_limit"),
    )
    by_shopper = taken(context, "customer_used", counts_cancelled=kept)
    payer = payer_of(context)
    counters = [("campaign", id_, "uses", used), ("campaign", id_, "budget", spent)]
    if payer is not None:
        counters.append(("member", payer.member_id, "uses", by_shopper))
    return limits, [
        Count(key=CounterKey(kind, owner, id_, limit, ""), taken=amount)
        for kind, owner, limit, amount in counters
        if amount
    ]
