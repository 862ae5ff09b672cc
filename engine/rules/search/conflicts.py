"""Which campaigns can't stand beside each other: one group, exclusive, or not named in ``combine_with``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.rules.campaign import Stacking


class Stance(NamedTuple):
    """A kind of stacking by number, and the numbers it can't stand beside; worked out once per catalogue."""

    number: int
    bars: frozenset[int]
    clique: int  # all of one clique bar each other; negative: the campaign stands in a clique of its own
    bars_beyond: bool  # bars campaigns that are not of its clique


def conflict(one: Stacking, other: Stacking) -> bool:
    """Say whether campaigns with these two stackings can't both apply."""
    if one.exclusive == "alone" or other.exclusive == "alone":
        return True
    if one.phase == other.phase and (one.exclusive == "phase" or other.exclusive == "phase"):
        return True
    if one.group and one.group == other.group:
        return True
    if one.combine_with and other.group not in one.combine_with:
        return True
    return bool(other.combine_with) and one.group not in other.combine_with


def stances(stackings: Sequence[Stacking]) -> list[Stance]:
    """Return one stance for each stacking; stackings that differ in priority only share a number."""
    numbers: dict[tuple[object, ...], int] = {}
    firsts: list[Stacking] = []
    found = []
    for stacking in stackings:
        key = (stacking.phase, stacking.group, stacking.exclusive, stacking.combine_with)
        if key not in numbers:
            numbers[key] = len(firsts)
            firsts.append(stacking)
        found.append(numbers[key])
    bars = [frozenset(n for n, other in enumerate(firsts) if conflict(one, other)) for one in firsts]
    cliques = _cliques(firsts, bars)
    beyond = [any(cliques[n] != cliques[own] or cliques[n] < 0 for n in barred) for own, barred in enumerate(bars)]
    return [Stance(number, bars[number], cliques[number], beyond[number]) for number in found]


def _cliques(firsts: Sequence[Stacking], bars: Sequence[frozenset[int]]) -> list[int]:
    """Return a clique for each stance: its group, or itself when its campaigns bar each other; else -1."""
    by_group: dict[str, int] = {}
    found = []
    for number, stacking in enumerate(firsts):
        if stacking.group:
            found.append(by_group.setdefault(stacking.group, number))
        else:
            found.append(number if number in bars[number] else -1)
    return found


def clique_of(stance: Stance, place: int) -> int:
    """Return the clique of the offer at *place*: its stance's, or one of its own, which no other has."""
    return stance.clique if stance.clique >= 0 else -1 - place


def conflict_bits(stances: Sequence[Stance]) -> list[int]:
    """Return, for each place, the bits of the places it can't stand beside."""
    bits_by_number: dict[int, int] = {}
    for place, stance in enumerate(stances):
        bits_by_number[stance.number] = bits_by_number.get(stance.number, 0) | 1 << place
    barred: dict[int, int] = {}
    for stance in stances:
        if stance.number not in barred:
            bits = 0
            for number, other in bits_by_number.items():
                if number in stance.bars:
                    bits |= other
            barred[stance.number] = bits
    return [barred[stance.number] & ~(1 << place) for place, stance in enumerate(stances)]
