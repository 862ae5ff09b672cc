"""Which campaigns may apply, without looking at each: one bit per campaign, one integer per value asked for.

A campaign that names one merchant stands on that merchant's shelf, every other on the shelf that all baskets meet; a
basket looks at those shelves only. There the campaigns that do not ask, or that name one of the basket's values, are
the ones left, dimension by dimension.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

from engine.rules.facts import Facts, Line
from engine.rules.plan import Plan
from engine.rules.reach.dimensions import reader
from engine.rules.reach.parts import Part, parts_of
from engine.rules.reach.postings import places_of
from engine.rules.reach.shelf import Shelf, asked

__all__ = ["Index", "Meeting", "Reach", "places_of"]


#: A shelf, and the parts of a basket that may reach it. Bits are places on the shelf.
Meeting = tuple[Shelf, Sequence[Part]]


class Reach:
    """What the index says of some facts, as bits: places in the catalogue's plans. Worked out as it is asked for."""

    def __init__(self, facts: Facts, lines: Sequence[Line], index: Index) -> None:
        """Hold what is asked."""
        self._facts, self._lines, self._index = facts, lines, index
        self._meetings = index.meetings(lines)

    @cached_property
    def reached(self) -> int:
        """Currency, channel and one of the merchants fit."""
        mask, facts = 0, self._facts
        for shelf, parts in self._meetings:
            merchants = [part.merchant_id for part in parts]
            mask |= (shelf.fit(facts) & shelf.at(merchants, facts.merchants)) << shelf.first
        return mask

    @cached_property
    def by_line(self) -> tuple[int, ...]:
        """Per line: the campaigns in whose scope it is."""
        masks, facts = [0] * len(self._lines), self._facts
        for shelf, parts in self._meetings:
            fits = shelf.fit(facts)
            for part in parts:
                for number, mask in enumerate(shelf.by_line(part, facts.merchants), part.first):
                    masks[number] |= (mask & fits) << shelf.first
        return tuple(masks)

    @cached_property
    def open(self) -> int:
        """By the schedule, of those that the basket may meet."""
        mask = 0
        for shelf, _ in self._meetings:
            mask |= shelf.openings.at(self._facts.now) << shelf.first
        return mask

    @cached_property
    def possible(self) -> int:
        """Of those that the basket may meet: every key is there, what is in scope comes to enough and not too much."""
        mask, values = 0, self._index.values(self._facts)
        for shelf, parts in self._meetings:
            mask |= (shelf.possible(values, parts) & (1 << len(shelf.plans)) - 1) << shelf.first
        return mask


class Index:
    """The shelves of a catalogue, and its plans in their order."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        """Put *plans* on shelves, each in the order given."""
        by_home: dict[str, list[Plan]] = {"": []}
        for plan in plans:
            by_home.setdefault(_home(plan), []).append(plan)
        asks_by_home = {home: [asked(plan, is_home=home != "") for plan in mine] for home, mine in by_home.items()}
        every = [asks for mine in asks_by_home.values() for asks in mine]
        dimensions = sorted({dimension for asks in every for dimension in (*asks.named, *asks.barred)})
        kinds = {kind for asks in every for kind in asks.kinds}
        self._readers = [reader(dimension, kinds) for dimension in dimensions]
        numbers = {dimension: number for number, dimension in enumerate(dimensions)}
        items = [plan.campaign.scope.items for plan in plans]
        self._items = frozenset(dimension for one in items for dimension in (*one.include, *one.exclude))
        self._shelf_by_home: dict[str, Shelf] = {}
        first = 0
        for home, mine in sorted(by_home.items()):
            self._shelf_by_home[home] = Shelf(mine, asks_by_home[home], first, numbers, is_home=home != "")
            first += len(mine)
        self._everywhere = self._shelf_by_home.pop("")
        shelves = (self._everywhere, *self._shelf_by_home.values())
        self.plans = tuple(plan for shelf in shelves for plan in shelf.plans)

    def values(self, facts: Facts) -> list[Collection[str]]:
        """Return what basket and payer have, by the numbers of the dimensions that are in use."""
        return [read(facts) for read in self._readers]

    def meetings(self, lines: Sequence[Line]) -> list[Meeting]:
        """Return the shelves on which *lines* may meet something."""
        parts = parts_of(lines, self._items)
        found: list[Meeting] = [(self._everywhere, parts)] if self._everywhere.plans else []
        by_merchant: dict[str, list[Part]] = {}
        for part in parts:
            by_merchant.setdefault(part.merchant_id, []).append(part)
        for merchant_id, mine in by_merchant.items():
            shelf = self._shelf_by_home.get(merchant_id)
            if shelf is not None:
                found.append((shelf, mine))
        return found

    def reach(self, facts: Facts, lines: Sequence[Line]) -> Reach:
        """Return what the index says of *facts*, whose lines are *lines*."""
        return Reach(facts, lines, self)

    def reached(self, facts: Facts) -> list[tuple[Shelf, int]]:
        """Return the shelves on which currency, channel and merchants fit some campaigns, and which."""
        merchant_ids = list({line.merchant_id: None for line in facts.basket.lines})
        met = [(self._everywhere, merchant_ids)]
        met += [(shelf, [id_]) for id_ in merchant_ids if (shelf := self._shelf_by_home.get(id_)) is not None]
        return [(shelf, shelf.fit(facts) & shelf.at(ids, facts.merchants)) for shelf, ids in met]


def _home(plan: Plan) -> str:
    """Return the one merchant whose lines alone can be in scope, "" when others' may be."""
    include = plan.campaign.scope.merchants.include
    ids = include.get("ids", ())
    return ids[0] if len(include) == 1 and len(set(ids)) == 1 else ""
