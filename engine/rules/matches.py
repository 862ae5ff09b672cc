"""Which campaigns apply to a basket as it is, before limits and search."""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.catalogue import Catalogue
from engine.rules.clauses import check
from engine.rules.evaluate import State, whole
from engine.rules.facts import Facts, Line
from engine.rules.index import places_of
from engine.rules.kinds import Situation
from engine.rules.plan import Plan


def matches(catalogue: Catalogue, facts: Facts, lines: Sequence[Line]) -> list[Plan]:
    """Return the campaigns whose scope, schedule and conditions hold on the whole basket, before limits and search."""
    reach = catalogue.index.reach(facts, lines)
    in_scope = 0
    for mask in reach.by_line:
        in_scope |= mask
    running, basket = in_scope & reach.open & reach.possible, whole(lines)
    return [
        plan
        for place, lines_in_scope in lines_by_place(running, reach.by_line).items()
        if _holds(plan := catalogue.plans[place], facts, basket, lines_in_scope)
    ]


def _holds(plan: Plan, facts: Facts, basket: State, places: tuple[int, ...]) -> bool:
    if not plan.fixed and not plan.turning:
        return True
    situation = Situation(facts, basket.pieces(places))
    return all(check(clause, situation) is None for clause in (*plan.fixed, *plan.turning))


def lines_by_place(running: int, by_line: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Return, for each campaign that runs, the lines in its scope; lines reached alike are decoded once."""
    lines_by_mask: dict[int, list[int]] = {}
    for number, mask in enumerate(by_line):
        lines_by_mask.setdefault(mask & running, []).append(number)
    found: dict[int, list[int]] = {place: [] for place in places_of(running)}
    for mask, numbers in lines_by_mask.items():
        for place in places_of(mask):
            found[place] += numbers
    return {place: tuple(sorted(numbers)) for place, numbers in found.items()}
