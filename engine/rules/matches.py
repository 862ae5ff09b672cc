"""Which campaigns apply to a basket as it is, before limits and search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.rules.catalogue import Catalogue
from engine.rules.clauses import check
from engine.rules.evaluate import State, whole
from engine.rules.facts import Facts, Line
from engine.rules.kinds import Situation
from engine.rules.parts import Part
from engine.rules.plan import Plan
from engine.rules.postings import chosen, places_of
from engine.rules.shelf import Shelf


def matches(catalogue: Catalogue, facts: Facts, lines: Sequence[Line]) -> list[Plan]:
    """Return the campaigns whose scope, schedule and conditions hold on the whole basket, in the index's order."""
    found: list[Plan] = []
    basket: State | None = None
    index = catalogue.index
    values = index.values(facts)
    for shelf, parts in index.meetings(lines):
        running = shelf.running(facts, values, parts)
        if running:
            unsure = running & ~shelf.sure
            if unsure:
                basket = basket or whole(lines)
                for place in _failing(shelf, parts, unsure, facts, basket):
                    running ^= 1 << place
            found += chosen(shelf.plans, running)
    return found


def _failing(shelf: Shelf, parts: Sequence[Part], unsure: int, facts: Facts, basket: State) -> Iterator[int]:
    """Yield the places of those of *unsure* whose conditions, as far as the index does not tell them, don't hold."""
    by_line = [0] * len(basket.lines)
    for part in parts:
        by_line[part.first : part.first + len(part.lines)] = shelf.by_line(part, facts.merchants)
    for place, numbers in lines_by_place(unsure, by_line).items():
        situation = Situation(facts, basket.pieces(numbers))
        if any(check(clause, situation) is not None for clause in shelf.asks[place].rest):
            yield place


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
