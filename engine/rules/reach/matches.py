"""Which campaigns apply to a basket as it is, before limits and search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.rules.catalogue import Catalogue
from engine.rules.clauses import check
from engine.rules.evaluate import State, whole
from engine.rules.facts import Facts, Line
from engine.rules.kinds import Situation
from engine.rules.plan import Plan
from engine.rules.reach.parts import Part
from engine.rules.reach.postings import chosen, places_of
from engine.rules.reach.shelf import Shelf


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
        if any(check(clause, situation) is not None for clause in shelf.rest[place]):
            yield place


def lines_by_place(running: int, by_line: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Return, for each campaign that runs, the lines in its scope; what neighbouring lines share is decoded once."""
    everywhere = running
    for mask in by_line:
        everywhere &= mask
    numbers_by_mask: dict[int, list[int]] = {everywhere: list(range(len(by_line)))}
    for first, masks in _runs([mask & running & ~everywhere for mask in by_line]):
        shared = masks[0]
        for mask in masks:
            shared &= mask
        numbers_by_mask.setdefault(shared, []).extend(range(first, first + len(masks)))
        for number, mask in enumerate(masks, first):
            if mask != shared:
                numbers_by_mask.setdefault(mask ^ shared, []).append(number)
    found: dict[int, tuple[int, ...]] = dict.fromkeys(places_of(running), ())
    for mask, numbers in numbers_by_mask.items():
        more = tuple(numbers)
        for place in places_of(mask):
            known = found[place]
            found[place] = tuple(sorted(known + more)) if known else more
    return found


def _runs(masks: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
    """Yield the longest runs of masks that share a bit, each with its first place; those of no bit are left out."""
    first, shared = 0, 0
    for number, mask in enumerate(masks):
        if not shared & mask:
            if shared:
                yield first, masks[first:number]
            first, shared = number, mask
        else:
            shared &= mask
    if shared:
        yield first, masks[first:]
