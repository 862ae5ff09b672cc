"""Which promotions exclude each other, for systems that give one promotion of a stage to an item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.conformance.form import Case
from tests.conformance.options import Options

Promotion = dict[str, Any]


def stages_of(groups: Sequence[list[Promotion]], case: Case, options: Options) -> list[str]:
    """Return a stacking group for each of *groups*; "" where everything stacks.

    Promotions of one lane exclude each other when they reach a common line; where a system has one stage for the whole
    order, all of a lane do. Those of the catalogue share units instead: see ``unit_sharing``.
    """
    if options.one_of_a_stage == "none":
        return [""] * len(groups)
    firsts = [group[0] for group in groups]
    names = [_lane(first) for first in firsts]
    if options.one_of_a_stage == "item":
        reached = [_reached(first, case) for first in firsts]
        for place in range(len(firsts)):
            for before in range(place):
                if _lane(firsts[before]) == _lane(firsts[place]) and reached[before] & reached[place]:
                    old, new = names[place], names[before]
                    names = [new if name == old else name for name in names]
                    break
            else:
                names[place] = f"{names[place]} {place}"
    return ["" if first.get("stage") == "catalogue" else name for first, name in zip(firsts, names, strict=True)]


def _lane(promotion: Promotion) -> str:
    kind = {"shipping": "delivery", "gift": "gifts"}.get(promotion["target"], "items")
    return f"{promotion.get('lane', 'default')} {kind}"


def _reached(promotion: Promotion, case: Case) -> set[str]:
    """Return the ids of the lines that the filters let through."""
    if promotion["target"] == "shipping":
        methods = (promotion.get("shipping_filter") or {}).get("method_in")
        charges = case.get("shipping") or []
        return {charge["id"] for charge in charges if methods is None or charge.get("method") in methods}
    if promotion["target"] == "gift":
        return {"gift"}
    filter_ = promotion.get("item_filter") or {}
    return {
        item["id"]
        for item in case["items"]
        if item["sku"] in filter_.get("sku_in", [item["sku"]])
        and item.get("category") in filter_.get("category_in", [item.get("category")])
    }
