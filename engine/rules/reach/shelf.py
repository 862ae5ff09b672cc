"""One shelf of the index: campaigns that share a home, as bits, and what they ask for.

What a bit can't say (a condition on some of the lines, a nest of conditions) is left to the plans that are
not ``sure``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from engine.rules.campaign import Filter, Scope
from engine.rules.counters import counters_of
from engine.rules.facts import Facts, Merchant
from engine.rules.kinds import Measure, Within
from engine.rules.plan import Plan
from engine.rules.reach.asks import Asks, asks_of
from engine.rules.reach.openings import Openings
from engine.rules.reach.parts import ITEM_DIMENSIONS, MERCHANT_DIMENSIONS, Part, merchant_values
from engine.rules.reach.postings import Choice, Ladder, Postings, bits_of


class Shelf:
    """The plans of one merchant alone (its home), or of all that name none or several."""

    __slots__ = (
        "_channel",
        "_currency",
        "_items",
        "_keys",
        "_kind",
        "_ladders",
        "_merchants",
        "counters",
        "first",
        "openings",
        "plans",
        "rest",
        "sure",
    )

    def __init__(
        self, plans: Sequence[Plan], asks: Sequence[Asks], first: int, numbers: Mapping[str, int], *, is_home: bool
    ) -> None:
        """Index *plans*, whose places on the shelf are their bits, by what they ask.

        *first* is where they start in the catalogue; *numbers* are those under which the index reads dimensions.
        """
        self.plans, self.first = tuple(plans), first
        campaigns = [plan.campaign for plan in plans]
        scopes = [campaign.scope for campaign in campaigns]
        self._currency = Postings.of([(campaign.currency,) for campaign in campaigns]).named
        self._channel = Postings.of([scope.channels or None for scope in scopes])
        self._kind = Postings.of([scope.kinds for scope in scopes]).named
        merchants = [_merchants(scope, is_home=is_home) for scope in scopes]
        self._merchants = _choice(MERCHANT_DIMENSIONS, merchants) if any(map(_chooses, merchants)) else None
        self._items = _choice(ITEM_DIMENSIONS, [scope.items for scope in scopes])
        self.openings = Openings([campaign.schedule for campaign in campaigns])
        self.counters = tuple(counters_of(plan.terms) for plan in plans)
        self.rest = tuple(one.rest for one in asks)
        self.sure = bits_of([not rest for rest in self.rest])
        self._ladders = _ladders(asks, [scope.kinds for scope in scopes])
        self._keys = _keys(asks, numbers)

    def running(self, facts: Facts, values: Sequence[Collection[str]], parts: Sequence[Part]) -> int:
        """Return the campaigns that are open, have a line of *parts* in scope and find every key and measure."""
        mask = self.fit(facts) & self.openings.at(facts.now)
        if mask:
            mask &= self.possible(values, parts)
        return mask & self.in_scope(parts, facts.merchants) if mask else 0

    def fit(self, facts: Facts) -> int:
        """Return the campaigns of the basket's currency and channel."""
        mask = self._currency.get(facts.basket.currency, 0)
        return mask & self._channel.fit((facts.channel,)) if self._channel.named else mask

    def at(self, merchant_ids: Sequence[str], merchants: Mapping[str, Merchant]) -> int:
        """Return the campaigns that one of these merchants is in scope of."""
        if self._merchants is None:
            return -1
        mask = 0
        for id_ in merchant_ids:
            mask |= self._merchants.fit(merchant_values(id_, merchants))
        return mask

    def in_scope(self, parts: Sequence[Part], merchants: Mapping[str, Merchant]) -> int:
        """Return the campaigns that have a line of *parts* in scope, currency and channel aside."""
        found = 0
        for part in parts:
            if self._items.excluded:  # what one line has does not exclude another
                for mask in self.by_line(part, merchants):
                    found |= mask
            else:
                found |= self._meets(part, merchants) & self._items.fit_some(part.values)
        return found

    def by_line(self, part: Part, merchants: Mapping[str, Merchant]) -> list[int]:
        """Return, for each line of *part*, the campaigns that have it in scope, currency and channel aside."""
        mask = self._meets(part, merchants)
        free, included, excluded = self._items
        found = [mask & free] * len(part.lines)
        for number, masks in included:
            for place, value in part.valued(number):
                if value in masks:
                    found[place] |= mask & masks[value]
        for number, masks in excluded:
            for place, value in part.valued(number):
                if value in masks:
                    found[place] &= ~masks[value]
        return found

    def possible(self, values: Sequence[Collection[str]], parts: Sequence[Part]) -> int:
        """Return the campaigns for which every key is among *values*, by number, and *parts* come to enough."""
        mask = -1
        for number, postings in self._keys:
            mask &= postings.fit(values[number])
        for measure, kinds, ladder in self._ladders:
            total = 0
            for part in parts:
                if part.kind in kinds:
                    total += part.measured(measure)
            mask &= ladder.fit(total)
        return mask

    def _meets(self, part: Part, merchants: Mapping[str, Merchant]) -> int:
        """Return the campaigns that the kind and the merchant of *part* are in scope of."""
        mask = self._kind.get(part.kind, 0)
        if self._merchants is None:
            return mask
        return mask & self._merchants.fit(merchant_values(part.merchant_id, merchants))


def asked(plan: Plan, *, is_home: bool) -> Asks:
    """Return what *plan* asks on the shelf of its home, or of all."""
    scope = plan.campaign.scope
    is_whole = not _chooses(_merchants(scope, is_home=is_home)) and not _chooses(scope.items)
    return asks_of((*plan.fixed, *plan.turning), is_whole=is_whole)


def _merchants(scope: Scope, *, is_home: bool) -> Filter:
    """Return what is left to ask of a merchant: at home its id is known."""
    return Filter({}, scope.merchants.exclude) if is_home else scope.merchants


def _chooses(chosen: Filter) -> bool:
    return bool(chosen.include or chosen.exclude)


def _choice(dimensions: Sequence[str], filters: Sequence[Filter]) -> Choice:
    return Choice.of(dimensions, [one.include for one in filters], [one.exclude for one in filters])


def _keys(asks: Sequence[Asks], numbers: Mapping[str, int]) -> tuple[tuple[int, Postings], ...]:
    """Return the postings of each dimension that some campaign names or bars, by its number."""
    wanted = dict.fromkeys(dimension for one in asks for dimension in (*one.named, *one.barred))
    return tuple(
        (
            numbers[dimension],
            Postings.of([one.named.get(dimension) for one in asks], [one.barred.get(dimension, ()) for one in asks]),
        )
        for dimension in wanted
    )


def _ladders(
    asks: Sequence[Asks], kinds_by_place: Sequence[tuple[str, ...]]
) -> tuple[tuple[Measure, tuple[str, ...], Ladder], ...]:
    """Return a ladder for each measure of each choice of kinds that some campaign has bounds on."""
    wanted = dict.fromkeys(
        (measure, kinds) for one, kinds in zip(asks, kinds_by_place, strict=True) for measure in one.within
    )
    found = []
    for measure, kinds in wanted:
        bounds = [
            one.within.get(measure, Within(measure)) if mine == kinds else Within(measure)
            for one, mine in zip(asks, kinds_by_place, strict=True)
        ]
        found.append((measure, kinds, Ladder.of([one.at_least for one in bounds], [one.at_most for one in bounds])))
    return tuple(found)
