"""Which promotions exclude each other, for systems that give one promotion of a stage to an item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.rules.item_offer import takes_part
from tests.conformance.adapter_benefits import CATALOGUE
from tests.conformance.adapter_facts import lines
from tests.conformance.form import Case, items, table
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
        reached = [reaches(first, case) for first in firsts]
        for place in range(len(firsts)):
            for before in range(place):
                if _lane(firsts[before]) == _lane(firsts[place]) and reached[before] & reached[place]:
                    old, new = names[place], names[before]
                    names = [new if name == old else name for name in names]
                    break
            else:
                names[place] = f"{names[place]} {place}"
    return ["" if _stands_apart(first) else name for first, name in zip(firsts, names, strict=True)]


def _stands_apart(promotion: Promotion) -> bool:
    return promotion.get("stage") in CATALOGUE or bool(promotion.get("manual"))


def _lane(promotion: Promotion) -> str:
    kind = {"shipping": "delivery", "gift": "gifts"}.get(str(promotion.get("target")), "items")
    return f"{promotion.get('lane', 'default')} {kind}"


def reaches(promotion: Promotion, case: Case) -> set[str]:
    """Return the lines that the filters let through."""
    if promotion.get("target") == "gift":
        return {"gift"}
    is_delivery = promotion.get("target") == "shipping"
    kind = "delivery" if is_delivery else "goods"
    filter_ = promotion.get("shipping_filter") if is_delivery else promotion.get("item_filter")
    filter_ = {key.replace("method", "sku"): value for key, value in table(filter_, "a filter").items()}
    least, most = filter_.get("min_price_minor") or 0, filter_.get("max_price_minor")
    chosen = items(filter_, priced=True)
    return {
        line.id
        for line in lines(case, apart=True)
        if takes_part(line, chosen, (kind,))
        and least <= line.unit_price_minor
        and (most is None or line.unit_price_minor <= most)
    }
