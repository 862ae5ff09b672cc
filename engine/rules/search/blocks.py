"""The basket's lines by who reaches them: regions (the scopes of offers) and blocks (lines that the same offers reach).

A discount by total takes from its region and lands on lines by what is left of each. What that leaves of a region that
holds the whole of it is known at once; of one that it cuts, only when it is shared over the lines. So the search keeps
totals by region, exact where they are known and an upper bound where not, and shares over lines when somebody asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Places = tuple[int, ...]


class Relations(NamedTuple):
    """How a region stands to the others."""

    above: Places  # regions that hold it whole, itself too
    below: tuple[tuple[int, int], ...]  # regions strictly within it, and twice how many lines they have
    cut: int  # bits of the regions that it meets and that don't hold it whole
    meeting: Places


class Blocks:
    """The regions of one basket by number, scopes first; a block that is no scope is a region too."""

    def __init__(self, scopes: Sequence[Places], watched: Sequence[Places] = ()) -> None:
        """Give the regions of *scopes*, and those whose totals are only *watched*, their numbers."""
        self.region_by_places: dict[Places, int] = {}
        for places in scopes:
            self.region_by_places.setdefault(places, len(self.region_by_places))
        reached_by: dict[int, int] = {}
        for places, region in self.region_by_places.items():
            for place in places:
                reached_by[place] = reached_by.get(place, 0) | 1 << region
        lines_by_reach: dict[int, list[int]] = {}
        for place, reach in sorted(reached_by.items()):
            lines_by_reach.setdefault(reach, []).append(place)
        self._reaches = list(lines_by_reach)
        self.blocks = [
            self.region_by_places.setdefault(tuple(places), len(self.region_by_places))
            for places in lines_by_reach.values()
        ]
        for places in watched:
            self.region_by_places.setdefault(places, len(self.region_by_places))
        self.places = list(self.region_by_places)
        self.bits = [sum([1 << place for place in places]) for places in self.places]
        self._relations: list[Relations | None] = [None] * len(self.places)

    def blocks_in(self, region: int) -> list[int]:
        """Return the blocks (by their place among the blocks) that the scope *region* is made of."""
        return [number for number, reach in enumerate(self._reaches) if reach >> region & 1]

    def relations(self, region: int) -> Relations:
        """Return how *region* stands to the others; worked out when first asked for."""
        found = self._relations[region]
        if found is None:
            found = self._relations[region] = self._relate(self.bits[region])
        return found

    def _relate(self, mine: int) -> Relations:
        above, below, cut, meeting = [], [], 0, []
        for other, bits in enumerate(self.bits):
            common = bits & mine
            if not common:
                continue
            meeting.append(other)
            if common == mine:
                above.append(other)
                continue
            cut |= 1 << other
            if common == bits:
                below.append((other, 2 * len(self.places[other])))
        return Relations(tuple(above), tuple(below), cut, tuple(meeting))
