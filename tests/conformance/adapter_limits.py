"""From a promotion's limits and budget, and what was used so far, to ceilings and counters."""

from __future__ import annotations

from typing import Any

from engine.rules.campaign import Limits
from engine.rules.facts import Count, CounterKey
from tests.conformance.adapter_facts import payer_of, taken
from tests.conformance.form import Unmapped, table, whole

Promotion = dict[str, Any]
_BY_SHOPPER = ("use_by_attribute", "usage_by_attribute", "per_customer")


def limits(promotion: Promotion, context: dict[str, Any], id_: str) -> tuple[Limits, list[Count]]:
    """Return the ceilings of a promotion, and what its counters have taken.

    A limit per shopper says nothing about one whom nobody knows.
    """
    kept = not promotion.get("reusable_after_cancel", True)
    budget = table(promotion.get("budget"), "budget")
    if budget and budget.get("type") not in ("usage", "spend", *_BY_SHOPPER):
        raise Unmapped(f"budget of {budget.get('type')}")
    total, used = _uses(promotion, context, budget, counts_cancelled=kept)
    payer, by_shopper = payer_of(context), taken(context, "customer_used", promotion, counts_cancelled=kept)
    per_shopper = promotion.get("per_customer_limit")
    if promotion.get("one_use_per_customer"):
        per_shopper = 1
    if budget.get("type") in _BY_SHOPPER:
        per_shopper, by_shopper = budget.get("limit"), whole(budget.get("used") or 0, "used")
    spend = budget.get("limit_minor") if budget.get("type") == "spend" else None
    ceilings = Limits(
        budget_minor=None if spend is None else whole(spend, "a budget"),
        uses_total=total,
        uses_per_member=None if payer is None or per_shopper is None else whole(per_shopper, "per_customer_limit"),
    )
    counters = [
        ("campaign", id_, "uses", used),
        ("campaign", id_, "budget", whole(budget.get("used_minor") or 0, "used_minor")),
        *([("member", payer.member_id, "uses", by_shopper)] if payer is not None else []),
    ]
    return ceilings, [
        Count(key=CounterKey(kind, owner, id_, limit, ""), taken=amount)
        for kind, owner, limit, amount in counters
        if amount
    ]


def _uses(
    promotion: Promotion, context: dict[str, Any], budget: dict[str, Any], *, counts_cancelled: bool
) -> tuple[int | None, int]:
    """Return the nearest of the ceilings of uses, and what is used of it."""
    own = whole(context.get("used_by_this_order") or 0, "used_by_this_order")
    used = taken(context, "used", promotion, counts_cancelled=counts_cancelled)
    by_code = taken(context, "code_used", promotion, counts_cancelled=counts_cancelled)
    found = [
        (promotion.get("usage_limit"), used - own),
        (promotion.get("code_usage_limit"), by_code - (own if "code_used" in context else 0)),
        (1 if promotion.get("single_use") else None, by_code),
        (budget.get("limit") if budget.get("type") == "usage" else None, whole(budget.get("used") or 0, "used")),
    ]
    nearest = [(whole(limit, "a limit of uses"), max(0, count)) for limit, count in found if limit is not None]
    return min(nearest, key=lambda row: row[0] - row[1], default=(None, 0))
