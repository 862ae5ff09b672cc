"""A promotion as the file of a campaign: what publishing reads. The text is YAML in one line, built from our own kinds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from engine.money import format_minor
from engine.rules.campaign import Filter, Group
from engine.rules.kinds import Benefit, Condition, benefits, conditions
from tests.conformance import adapter_conditions
from tests.conformance.adapter_benefits import ITEM_TARGETS, benefit
from tests.conformance.form import Unmapped, instant, known
from tests.conformance.options import Options

Promotion = dict[str, Any]
#: What a campaign file can say of a promotion here. Codes are what every shopper of the case types: a till has no field
#: for them, and the limits that the cases are about count whoever types what.
KEYS = (
    "id kind value target code codes conditions budget item_filter max_qty max_qty_total shipping_filter allocation "
    "usage_limit code_usage_limit per_customer_limit single_use campaign max_discount_minor rounding name title "
    "description buy get repeat max_get_qty max_applications bundle partial_get same_item group_size priority exclusive "
    "synthetic_benefit starts_at ends_at stage reusable_after_cancel"
).split()
#: Counted though nothing limits it.
UNBOUNDED, UNBOUNDED_MINOR = 10**9, 10**12
KEY_BY_KIND = {kind: key for key, kind in (*benefits().items(), *conditions().items())}


class Plain(str):
    """Text that stands in the file without quotes: an amount, a percentage, a date."""

    __slots__ = ()


def campaign_file(id_: str, promotions: Sequence[Promotion], case: Mapping[str, Any], options: Options) -> str:
    """Return the file of the campaign *id_* that gives *promotions*. Raises: Unmapped."""
    for promotion in promotions:
        known(promotion, *KEYS)
    first, currency = promotions[0], case["currency"]
    is_item = options.items_first and all(one["target"] in ITEM_TARGETS for one in promotions)
    when = adapter_conditions.conditions(
        {**first, "code": None, "codes": None}, options, (case.get("context") or {}).get("tax")
    )
    sections = {
        "campaign": id_,
        "currency": currency,
        "name": {"en": id_, "zh": id_},
        "funding": {"merchant": Plain("100%")},
        "schedule": _schedule(first),
        "scope": {"kinds": ["goods", "delivery"]},
        "when": said(when, currency),
        "give": [
            said(benefit(one, options, currency, floors=(), shares_units=options.shares_units), currency)
            for one in promotions
        ],
        "limits": _limits(first, currency),
        "stacking": _stacking(first, options, is_item=is_item),
        "refund": {} if first.get("reusable_after_cancel", True) else {"uses": "spent"},
    }
    return "".join(f"{name}: {flow(value)}\n" for name, value in sections.items() if value)


def _schedule(promotion: Promotion) -> dict[str, Any]:
    begins, ends = promotion.get("starts_at"), promotion.get("ends_at")
    start = Plain(_moment(begins) if begins else "2000-01-01")
    return {"from": start, "timezone": "UTC", **({"until": Plain(_moment(ends))} if ends else {})}


def _moment(text: str) -> str:
    return f"{instant(text):%Y-%m-%dT%H:%M:%S}"


def _stacking(promotion: Promotion, options: Options, *, is_item: bool) -> dict[str, Any]:
    phase = "item" if is_item or promotion.get("stage") == "catalogue" else "order"
    exclusive = {"exclusive": "alone"} if promotion.get("exclusive") else {}
    priority = promotion.get("priority", 0) if options.uses_priority else 0
    return {"phase": phase, "priority": priority, **exclusive}


def _limits(promotion: Promotion, currency: str) -> dict[str, Any]:
    budget = promotion.get("budget") or {}
    if budget.get("type") not in {None, "spend", "usage"}:
        raise Unmapped(f"a budget of {budget['type']}")
    totals = [promotion[name] for name in ("usage_limit", "code_usage_limit") if promotion.get(name) is not None]
    totals += [budget["limit"]] if budget.get("type") == "usage" else []
    totals += [1] if promotion.get("single_use") else []
    uses = {"total": min(totals, default=UNBOUNDED), "per_member": promotion.get("per_customer_limit")}
    return {
        "budget": _amount(budget.get("limit_minor", UNBOUNDED_MINOR), currency),
        "uses": {name: most for name, most in uses.items() if most is not None},
    }


def said(value: Any, currency: str, name: str = "") -> Any:
    """Return a kind, or a part of one, as its file says it; what is left at its default is left out."""
    if isinstance(value, Group):
        parts = {key: [said(one, currency) for one in getattr(value, key)] for key in ("all", "any", "none")}
        return {key: members for key, members in parts.items() if members}
    if isinstance(value, Filter):
        excluded = {"exclude": value.exclude} if value.exclude else {}
        return said({**value.include, **excluded}, currency)
    if isinstance(value, Benefit | Condition):
        return {KEY_BY_KIND[type(value)]: _fields(value, currency)}
    if isinstance(value, msgspec.Struct):
        return _fields(value, currency)
    if isinstance(value, Mapping):
        return {key: said(one, currency) for key, one in value.items()}
    return [said(one, currency) for one in value] if isinstance(value, tuple) else _scalar(value, currency, name)


def _scalar(value: Any, currency: str, name: str) -> Any:
    if isinstance(value, Fraction):
        percent = value * 100
        return Plain(f"{Decimal(percent.numerator) / Decimal(percent.denominator):f}%")
    return _amount(value, currency) if name.endswith("_minor") else value


def _fields(struct: msgspec.Struct, currency: str) -> dict[str, Any]:
    return {
        field.encode_name: said(value, currency, field.name)
        for field in msgspec.structs.fields(type(struct))
        if (value := getattr(struct, field.name)) != field.default
    }


def _amount(minor: int, currency: str) -> Plain:
    return Plain(format_minor(minor, currency))


def flow(value: Any) -> str:
    """Write *value* in YAML's flow style."""
    if isinstance(value, Plain):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
