"""How much the open offers can still save, at most: one pass over them, from the last turn to the first.

Two kinds of rival. A group (or an offer without one) *by amount* saves at most the largest its offers could take now.
One offer *by rate* takes at most a part of each line, and of what is left at its turn. Let every block of lines carry
the product of what the rates to come leave of it. What is left in the end is then at least

    sum over blocks of (left x product)  -  sum over amounts of (amount x the largest product of rates that come later)

for a percentage lowers that sum by nothing but rounding, an amount by no more than itself times the product where it
lands, and leaving an offer out raises it. Rounding: one minor unit, and a quarter of one for each line that a share may
land on. Conditions, caps, ladders and shared units are relaxed, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from engine.rules.blocks import Blocks

#: Bounds are summed as floats; this part of the basket, and this much, is more than they can err.
ERROR_PART: Final = 1e-13
ERROR_MINOR: Final = 1e-6
#: A group of several is counted by rate when its rates together take at most so many times its largest amount.
WIDER: Final = 1.3
#: Thresholds are looked at more closely when so many offers are open: with fewer it costs more than it spares.
NARROWED_MIN: Final = 5


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


class Rates(NamedTuple):
    """A group counted by rate: what it leaves of each block at least, and what each of its offers leaves of its own."""

    keeps: list[float]
    own: dict[int, float]
    rounding_minor: float

    def take(self, product: list[float], left: Sequence[int]) -> float:
        """Lower *product*, by block, by these rates; return what that takes of what is *left*."""
        taken = self.rounding_minor
        for block, kept in enumerate(self.keeps):
            before = product[block]
            product[block] = after = before * kept
            taken += left[block] * (before - after)
        return taken


class Outlook(NamedTuple):
    """What is still to come: the offers that may take something, and bounds on what they save together."""

    open: list[int]
    most_minor: list[int]
    bounds: list[float]  # for each place in ``open``: of those from there on
    largest: dict[int, tuple[int, float]]  # of each group counted by amount: the largest, and its weight
    rates: dict[int, Rates]  # of each group counted by rate
    kept: list[float]  # by block, what is left when all rates are taken


NOTHING: Final = Outlook([], [], [], {}, {}, [])


class Narrowed(NamedTuple):
    """An outlook by which of the offers with a threshold in danger is the last to be taken, if any.

    Before it, no more can be taken than its threshold spares; after it, only the offers in no danger are left.
    """

    calm: Outlook  # of the offers in no danger
    place_in_calm: list[int]  # of each offer, or of the next in no danger
    in_danger: list[bool]
    last: list[float]  # for each place: of those in danger from there on, the largest bound with it as the last

    def bound(self, place: int) -> float:
        """Return the bound on all from *place* on."""
        at = self.place_in_calm[place]
        return max(self.last[place], self.calm.bounds[at] if at < len(self.calm.open) else 0.0)


class Bound:
    """The bound of one search."""

    def __init__(self, contenders: Sequence[Contender], blocks: Blocks, list_minor: int) -> None:
        """Hold the offers in their order."""
        self.contenders, self.blocks = contenders, blocks.blocks
        self._asked = [(c.region, c.group, c.floor_minor, c.most_of, c.cap_minor) for c in contenders]
        self._summed = [(c.group, c.keeps, c.rounding_minor, c.blocks) for c in contenders]
        self.error_minor = ERROR_MINOR + ERROR_PART * list_minor

    def look(
        self, offers: Iterable[int], totals: Sequence[int], *, surely_left_minor: float = 0.0, need_minor: int = 0
    ) -> Outlook:
        """Return what *offers* may still save, in their order, when at most *totals* are left of the regions.

        Of all lines that offers reach, *surely_left_minor* are left in the end, whatever is taken. Nothing is open when
        the amounts alone don't come to *need_minor*.
        """
        asked = self._asked
        open_, values, members = list[int](), list[int](), dict[int, list[int]]()
        for number in offers:
            region, group, floor, most_of, cap = asked[number]
            left = totals[region]
            if left >= floor and (value := most_of(left)) and cap:
                if group in members:
                    members[group].append(len(open_))
                else:
                    members[group] = [len(open_)]
                open_.append(number)
                values.append(min(value, cap))
        most = 0
        for places in members.values():
            most += values[places[0]] if len(places) == 1 else max([values[place] for place in places])
        if most < need_minor:
            return NOTHING
        return self._outlook(open_, values, members, totals, surely_left_minor)

    def _outlook(
        self,
        open_: list[int],
        values: list[int],
        members: dict[int, list[int]],
        totals: Sequence[int],
        surely_left_minor: float,
    ) -> Outlook:
        left, rates = [totals[block] for block in self.blocks], dict[int, Rates]()
        for group, places in members.items():
            if len(places) > 1 and any(self.contenders[open_[place]].keeps for place in places):
                rivals = [(open_[place], values[place]) for place in places]
                found = self._rates(rivals, left, surely_left_minor)
                if found is not None:
                    rates[group] = found
        return self._bounds(open_, values, members, left, rates)

    def _rates(self, rivals: list[tuple[int, int]], left: list[int], surely_left_minor: float) -> Rates | None:
        """Return the *rivals* of one group (numbers and amounts) counted by rate, when that is the tighter way.

        An amount is a part of what is left in its region at its turn, and so much is left there at least: its floor, or
        what is surely left of everything less what may be left elsewhere.
        """
        keeps, own, rounding, everything = [1.0] * len(left), dict[int, float](), 0.0, sum(left)
        for number, value in rivals:
            _, _, floor, _, _, mine, slack, blocks = self.contenders[number]
            if not slack:
                return None
            if not mine:
                here = sum([left[block] for block in blocks])
                base = max(floor, surely_left_minor - (everything - here))
                if base <= value:
                    return None
                mine = 1 - value / base
            own[number] = mine
            rounding = max(rounding, slack)
            for block in blocks:
                keeps[block] = min(mine, keeps[block])
        together = sum([minor * (1 - kept) for minor, kept in zip(left, keeps, strict=True)])
        return Rates(keeps, own, rounding) if together <= WIDER * max([value for _, value in rivals]) else None

    def _bounds(
        self,
        open_: list[int],
        values: list[int],
        members: dict[int, list[int]],
        left: list[int],
        rates: dict[int, Rates],
    ) -> Outlook:
        summed, bound = self._summed, self.error_minor
        product, later = [1.0] * len(left), [1.0] * len(left)  # of all rates to come; of those that surely come later
        lighter = False
        bounds, largest = [0.0] * len(open_), dict[int, tuple[int, float]]()
        for place in range(len(open_) - 1, -1, -1):
            group, keeps, rounding, blocks = summed[open_[place]]
            value, places = values[place], members[group]
            if group in rates:
                if place == places[-1]:  # the last of the group: the first met
                    bound += rates[group].take(product, left)
                if place == places[0]:
                    later = [part * kept for part, kept in zip(later, rates[group].keeps, strict=True)]
                    lighter = True
            elif len(places) > 1:
                found = largest.get(group)
                if found is None:
                    weight = max([later[block] for block in blocks]) if lighter else 1.0
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
                lighter = True
            else:
                bound += value * max([later[block] for block in blocks]) if lighter else value
            bounds[place] = bound
        kept_by_block = [minor * part for minor, part in zip(left, product, strict=True)]
        return Outlook(open_, values, bounds, largest, rates, kept_by_block)

    def narrowed(self, outlook: Outlook, totals: Sequence[int], surely_left_minor: float) -> Narrowed | None:
        """Return *outlook* with a closer look at thresholds that the offers before may take away; None without any."""
        open_, values = outlook.open, outlook.most_minor
        if len(open_) < NARROWED_MIN:
            return None
        spares = self._spares(outlook, totals)
        if not spares:
            return None
        calm, calm_values, members, place_in_calm = list[int](), list[int](), dict[int, list[int]](), list[int]()
        for place, number in enumerate(open_):
            place_in_calm.append(len(calm))
            if place not in spares:
                members.setdefault(self._summed[number][0], []).append(len(calm))
                calm.append(number)
                calm_values.append(values[place])
        rest = self._outlook(calm, calm_values, members, totals, surely_left_minor)
        last, most = [0.0] * len(open_), 0.0
        for place in range(len(open_) - 1, -1, -1):
            if place in spares:
                after = place_in_calm[place]
                found = spares[place] + values[place] + (rest.bounds[after] if after < len(calm) else self.error_minor)
                most = max(most, found)
            last[place] = most
        return Narrowed(rest, place_in_calm, list(map(spares.__contains__, range(len(open_)))), last)

    def _spares(self, outlook: Outlook, totals: Sequence[int]) -> dict[int, int]:
        """Return, by place, what may be taken before each offer in danger: more than its threshold spares could be."""
        whole = outlook.bounds[0]
        tight = [
            (place, number)
            for place, (number, bound) in enumerate(zip(outlook.open, outlook.bounds, strict=True))
            if (floor := self._asked[number][2]) and totals[self._asked[number][0]] - floor < whole - bound
        ]
        if not tight:
            return {}
        everything = sum([totals[block] for block in self.blocks])
        found = {}
        for place, number in tight:  # what lies outside its region may be taken without touching its threshold
            region, _, floor, _, _ = self._asked[number]
            here = sum([totals[self.blocks[block]] for block in self._summed[number][3]])
            found[place] = totals[region] - floor + everything - here
        return found

    def forced(self, outlook: Outlook) -> list[float]:
        """Return, for each offer of *outlook*, the bound on all of them when it stands for its group."""
        open_, most, bounds, largest, rates, kept = outlook
        if not bounds or not (largest or rates):
            return bounds[:1] * len(open_)
        found, bound = list[float](), bounds[0]
        for place, number in enumerate(open_):
            contender = self.contenders[number]
            group = contender.group
            if group in largest:
                most_minor, weight = largest[group]
                found.append(bound - (most_minor - most[place]) * weight)
            elif group in rates:
                keeps, own, _ = rates[group]
                less = sum([part / left - part for part, left in zip(kept, keeps, strict=True)])
                more = sum([kept[block] / keeps[block] for block in contender.blocks]) * (1 - own[number])
                found.append(bound - less + more)
            else:
                found.append(bound)
        return found
