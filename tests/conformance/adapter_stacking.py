"""When a promotion has its turn, and beside which others it can't stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from engine.rules.campaign import Stacking
from engine.rules.kinds import Phase
from tests.conformance.adapter_benefits import CATALOGUE, ITEM_TARGETS
from tests.conformance.form import Case, Unmapped, whole
from tests.conformance.options import Options
from tests.conformance.stages import reaches, stages_of

Promotion = dict[str, Any]
#: Raises what is exclusive above every priority of the form.
ABOVE_ALL = 1_000_000
_LANES: dict[str, Phase] = {"pre": "item", "default": "bundle", "post": "payment"}


def stackings(groups: Sequence[list[Promotion]], case: Case, options: Options) -> list[Stacking]:
    """Return the stacking of each of *groups*, the promotions of one campaign each."""
    stages = stages_of(groups, case, options)
    has_lanes = any(group[0].get("lane", "default") != "default" for group in groups)
    found = [
        Stacking(
            phase=_phase(group, options, has_lanes=has_lanes),
            group=stage,
            exclusive="alone" if _is_exclusive(group[0]) else "none",
            priority=_priority(group[0], options),
        )
        for group, stage in zip(groups, stages, strict=True)
    ]
    if options.exclusive_by_line and any(_is_exclusive(group[0]) for group in groups):
        return _apart_by_line(found, groups, case)
    return _stopping(found, groups) if any(group[0].get("stop_further") for group in groups) else found


def takes_in_order(groups: Sequence[list[Promotion]], stacked: Sequence[Stacking], options: Options) -> bool:
    """Say whether offers are taken in their order; else the best combination is (the catalogue's ``choose``).

    What is given by hand comes first, whatever it saves. Lanes come one after another; where one lane has a choice, the
    best is taken.
    """
    if options.by_hand_alone and any(group[0].get("manual") for group in groups):
        return True
    names = [stacking.group for stacking in stacked if stacking.group]
    has_lanes = any(group[0].get("lane", "default") != "default" for group in groups)
    return options.in_order or (has_lanes and len(set(names)) == len(names))


def _phase(group: list[Promotion], options: Options, *, has_lanes: bool) -> Phase:
    first = group[0]
    is_item = all(promotion.get("target") in ITEM_TARGETS for promotion in group)
    if has_lanes:
        lane = first.get("lane", "default")
        if not isinstance(lane, str) or lane not in _LANES:
            raise Unmapped(f"lane {lane}")
        return "order" if lane == "default" and not is_item else _LANES[lane]
    if first.get("stage") in CATALOGUE:
        return "item"
    if first.get("manual") and options.by_hand_alone:
        return "item" if is_item else "payment"
    if "stage" in first or options.last_code_only:
        return "order"
    if options.buy_get_first and first.get("kind") == "buyget":
        return "item"
    return "item" if options.items_first and is_item else "order"


def _is_exclusive(promotion: Promotion) -> bool:
    stacks = promotion.get("stackable", promotion.get("combinable", True))
    return bool(promotion.get("exclusive")) or stacks is False


def _priority(promotion: Promotion, options: Options) -> int:
    told = promotion.get("priority")
    found = whole(told, "priority", -ABOVE_ALL) if options.uses_priority and told is not None else 0
    return found + (ABOVE_ALL if options.exclusive_first and _is_exclusive(promotion) else 0)


def _apart_by_line(found: list[Stacking], groups: Sequence[list[Promotion]], case: Case) -> list[Stacking]:
    """Give each campaign a group of its own; what is exclusive combines with those that reach none of its lines."""
    reached = [set[str]().union(*[reaches(promotion, case) for promotion in group]) for group in groups]
    return [
        structs.replace(
            stacking,
            group=f"own {place}",
            exclusive="none",
            combine_with=(
                "nothing",
                *[f"own {other}" for other, lines in enumerate(reached) if not lines & reached[place]],
            )
            if stacking.exclusive == "alone"
            else (),
        )
        for place, stacking in enumerate(found)
    ]


def _stopping(found: list[Stacking], groups: Sequence[list[Promotion]]) -> list[Stacking]:
    """Give each campaign a group of its own; one that stops combines with those before it only."""
    if any(stacking.group for stacking in found):
        raise Unmapped("promotions that stop others, where stages exclude each other")
    order = sorted(range(len(found)), key=lambda place: (found[place].phase != "item", -found[place].priority, place))
    stopping = []
    for place, (stacking, group) in enumerate(zip(found, groups, strict=True)):
        before = tuple(f"own {other}" for other in order[: order.index(place)])
        beside = (before or ("nothing",)) if group[0].get("stop_further") else ()
        stopping.append(structs.replace(stacking, group=f"own {place}", combine_with=beside))
    return stopping
