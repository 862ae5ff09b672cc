"""How much a node of the search can still save, at most: two bounds, each holding by itself.

*By amounts*: an offer takes at most what it could take now, one offer of a group.

*By rates*: an offer also takes at most a part of what is left at its turn. So some groups may be counted as factors
instead: whatever is chosen, and in whatever order, what is left in the end is at least

    left x product of (1 - rate) over the groups counted by rate  -  sum of amounts over the others

because an amount taken before a percentage makes the percentage smaller, never larger. Any choice of which groups
count by rate holds; the widest offers (amount / rate) are tried first, one more at a time, and the least is taken.
Rounding may take one minor unit more than the rate says, for each benefit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.rules.plan import MILLION

#: What the offers of one group (or one offer without a group) could take at most: minor units, parts per million of
#: what is left, and how often it is rounded. A plain tuple: one is made per group and node.
Rival = tuple[int, int, int]


class Rate(NamedTuple):
    """What part of the left an offer takes at most, whatever the amount."""

    rate_ppm: int
    roundings: int


def rivals(most_minor: Sequence[int], rates: Sequence[Rate], groups: Sequence[int], first: int) -> list[Rival]:
    """Return, for the offers from *first* on that may still take something, one rival for each group."""
    by_group: dict[int, Rival] = {}
    for place in range(first, len(most_minor)):
        most = most_minor[place]
        if most:
            rate, roundings = rates[place]
            found = by_group.get(groups[place])
            if found is not None:
                other_most, other_rate, other_roundings = found
                most = max(most, other_most)
                rate = max(rate, other_rate)
                roundings = max(roundings, other_roundings)
            by_group[groups[place]] = (most, rate, roundings)
    return list(by_group.values())


def by_amounts_minor(most_minor: Sequence[int], groups: Sequence[int], first: int) -> int:
    """Return the sum of what each group's offers from *first* on could take now, the largest of each."""
    most_by_group: dict[int, int] = {}
    for place in range(first, len(most_minor)):
        most = most_minor[place]
        if most and most > most_by_group.get(groups[place], 0):
            most_by_group[groups[place]] = most
    return sum(most_by_group.values())


def by_rates_minor(found: Iterable[Rival], left_minor: int, amounts_minor: int) -> int:
    """Return the least bound when the widest are counted as factors; *amounts_minor* is the sum by amounts."""
    wide = [rival for rival in found if rival[1] < MILLION]
    wide.sort(key=_width, reverse=True)
    least, kept, slack, others = amounts_minor, left_minor, 0, amounts_minor
    for most, rate_ppm, roundings in wide:
        kept = kept * (MILLION - rate_ppm) // MILLION
        slack += roundings
        others -= most
        least = min(least, left_minor - kept + slack + others)
    return least


def _width(rival: Rival) -> int:
    most, rate_ppm, _ = rival
    return most * MILLION // (rate_ppm or 1)
