"""How much the open offers can still save, at most: one pass over them, from the last turn to the first.

Two kinds of rival. A group (or an offer without one) *by amount* saves at most the largest its offers could take now.
One offer *by rate* takes at most a part of each line, and of what is left at its turn. Let every block of lines carry the
product of what the rates to come leave of it. What is left in the end is then at least

    sum over blocks of (left x product)  -  sum over amounts of (amount x the largest product of rates that come later)

for a percentage lowers that sum by nothing but rounding, an amount by no more than itself times the product where it
lands, and leaving an offer out raises it. Rounding: one minor unit, and a quarter of one for each line that a share may
land on. Conditions, caps, ladders and shared units are relaxed, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from engine.rules.blocks import Blocks

#: Bounds are summed as floats; this part of the basket, and this much, is more than they can err.
ERROR_PART, ERROR_MINOR = 1e-13, 1e-6


class Contender(NamedTuple):
    """An offer as the bound sees it."""

    region: int
    group: int  # offers of one group can't stand together
    floor_minor: int  # left in the region below which it can't apply
    most_of: Callable[[int], int]  # an amount that it never exceeds, by what is left in its region
    cap_minor: int  # another
    keeps: float  # the part of each line that its percentage leaves; 0 when it is counted by amount
    rounding_minor: float
    blocks: tuple[int, ...]  # that its region is made of


class Outlook(NamedTuple):
    """What is still to come: the offers that may take something, and bounds on what they save together."""

    open: list[int]
    most_minor: list[int]
    bounds: list[float]  # for each place in ``open``: of those from there on
    largest: dict[int, tuple[int, float]]  # of each group counted by amount: the largest, and its weight

    def without_rivals(self, place: int, group: int) -> float:
        """Return the bound on all of them when the offer at *place* stands for its group."""
        found = self.largest.get(group)
        return self.bounds[0] if found is None else self.bounds[0] - (found[0] - self.most_minor[place]) * found[1]


class Bound:
    """The bound of one search."""

    def __init__(self, contenders: Sequence[Contender], blocks: Blocks, list_minor: int) -> None:
        """Hold the offers in their order."""
        self.contenders, self.blocks = contenders, blocks.blocks
        self.error_minor = ERROR_MINOR + ERROR_PART * list_minor

    def look(self, offers: Sequence[int], totals: Sequence[int]) -> Outlook:
        """Return what *offers* may still save, in their order, when at most *totals* are left of the regions."""
        contenders = self.contenders
        open_, values, members = list[int](), list[int](), dict[int, int]()
        for number in offers:
            region, group, floor, most_of, cap, _, _, _ = contenders[number]
            left = totals[region]
            if left >= floor:
                value = most_of(left)
                if value > cap:
                    value = cap
                if value:
                    open_.append(number)
                    values.append(value)
                    members[group] = members.get(group, 0) + 1
        return self._bounds(open_, values, members, [totals[block] for block in self.blocks])

    def _bounds(self, open_: list[int], values: list[int], members: dict[int, int], left: list[int]) -> Outlook:
        contenders, bound = self.contenders, self.error_minor
        product, later = [1.0] * len(left), [1.0] * len(left)  # of all rates to come; of those that surely come later
        bounds, largest = [0.0] * len(open_), dict[int, tuple[int, float]]()
        for place in range(len(open_) - 1, -1, -1):
            _, group, _, _, _, keeps, rounding, blocks = contenders[open_[place]]
            value = values[place]
            if members[group] > 1:
                found = largest.get(group)
                if found is None:
                    weight = max([later[block] for block in blocks])
                    largest[group] = (value, weight)
                    bound += value * weight
                elif value > found[0]:
                    bound += (value - found[0]) * found[1]
                    largest[group] = (value, found[1])
            elif keeps:
                bound += rounding
                for block in blocks:
                    before = product[block]
                    product[block] = after = before * keeps
                    bound += left[block] * (before - after)
                    later[block] *= keeps
            else:
                bound += value * max([later[block] for block in blocks])
            bounds[place] = bound
        return Outlook(open_, values, bounds, largest)
