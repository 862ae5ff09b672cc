"""Which campaigns may apply, without looking at each: one bit per campaign, one big integer per value asked for.

For every dimension the campaigns that do not ask, or that name one of the basket's values, are the ones left; the
dimensions are joined with ``and``. What a bit can't say (several lines together, counters) is left to the plans.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from engine.rules.campaign import Filter
from engine.rules.facts import Facts, Line
from engine.rules.kinds import Condition
from engine.rules.plan import Plan
from engine.rules.schedule import stretch
from engine.rules.scope import item_values, merchant_values

_SET_BYTES: Final = re.compile(rb"[^\x00]", re.DOTALL)
_BITS_BY_BYTE: Final = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def places_of(mask: int) -> list[int]:
    """Return the places of the bits set in *mask*, ascending; the cost follows the bits, not the width."""
    data = mask.to_bytes((mask.bit_length() + 7) // 8, "little")
    return [8 * at.start() + bit for at in _SET_BYTES.finditer(data) for bit in _BITS_BY_BYTE[data[at.start()]]]


class Postings(NamedTuple):
    """One dimension: the campaigns that don't ask, and those that name each value."""

    free: int
    mask_by_value: dict[str, int]

    def of(self, values: Iterable[str]) -> int:
        """Return the campaigns that don't ask or name one of *values*."""
        mask = self.free
        for value in values:
            mask |= self.mask_by_value.get(value, 0)
        return mask


class Choice(NamedTuple):
    """A filter's dimensions: campaigns that include everything, and who includes and excludes each value."""

    free: int
    included: dict[tuple[str, str], int]
    excluded: dict[tuple[str, str], int]

    def of(self, values_by_dimension: Mapping[str, Sequence[str]]) -> int:
        """Return the campaigns whose filter takes a thing with these values."""
        mask, out = self.free, 0
        for dimension, values in values_by_dimension.items():
            for value in values:
                mask |= self.included.get((dimension, value), 0)
                out |= self.excluded.get((dimension, value), 0)
        return mask & ~out if out else mask


class Reach(NamedTuple):
    """What the index says of some facts, as bits."""

    reached: int  # currency, channel and one of the merchants fit
    by_line: tuple[int, ...]  # per line: the campaigns in whose scope it is
    open: int  # by the schedule
    possible: int  # every key that a condition declares is there, and the threshold is within the basket


class Index:
    """The postings of a catalogue."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        """Index *plans*, whose places are their bits."""
        self._plans = plans
        campaigns = [plan.campaign for plan in plans]
        self._currency = _postings([{campaign.currency} for campaign in campaigns])
        self._channel = _postings([set(campaign.scope.channels) or None for campaign in campaigns])
        self._kind = _postings([set(campaign.scope.kinds) for campaign in campaigns])
        self._merchants = _choice([campaign.scope.merchants for campaign in campaigns])
        self._items = _choice([campaign.scope.items for campaign in campaigns])
        keys = [_keys(plan) for plan in plans]
        dimensions = sorted({dimension for key in keys for dimension in key})
        self._keys = {dimension: _postings([key.get(dimension) for key in keys]) for dimension in dimensions}
        self._threshold, self._within = _prefixes([_threshold(plan) for plan in plans])
        self._open: tuple[datetime, datetime | None, int] | None = None

    def reach(self, facts: Facts, lines: Sequence[Line]) -> Reach:
        """Return what the index says of *facts*, whose lines are *lines*."""
        by_merchant = {
            id_: self._merchants.of(merchant_values(id_, facts.merchants)) for id_ in {ln.merchant_id for ln in lines}
        }
        where = self._currency.of((facts.basket.currency,)) & self._channel.of((facts.channel,))
        reached = 0
        for mask in by_merchant.values():
            reached |= mask
        reached &= where
        by_line = tuple(
            by_merchant[line.merchant_id] & where & self._items.of(item_values(line)) & self._kind.of((line.kind,))
            for line in lines
        )
        return Reach(reached, by_line, self.open_at(facts.now), self._possible(facts, lines))

    def reached(self, facts: Facts) -> int:
        """Return the campaigns whose currency, channel and merchants fit."""
        mask = 0
        for id_ in {line.merchant_id for line in facts.basket.lines}:
            mask |= self._merchants.of(merchant_values(id_, facts.merchants))
        return mask & self._currency.of((facts.basket.currency,)) & self._channel.of((facts.channel,))

    def open_at(self, now: datetime) -> int:
        """Return the campaigns whose schedule is open at *now*; kept until the next one opens or closes."""
        kept = self._open
        if kept is not None and kept[0] <= now and (kept[1] is None or now < kept[1]):
            return kept[2]
        mask, until = 0, None
        for plan in self._plans:
            stretched = stretch(plan.campaign.schedule, now)
            mask |= stretched.is_open << plan.place
            if stretched.until is not None and (until is None or stretched.until < until):
                until = stretched.until
        self._open = (now, until, mask)
        return mask

    def _possible(self, facts: Facts, lines: Sequence[Line]) -> int:
        total = sum(line.list_minor for line in lines)
        mask = self._within[bisect_right(self._threshold, total)]
        for dimension, postings in self._keys.items():
            mask &= postings.of(_VALUES[dimension](facts))
        return mask


def _merchant_tags(facts: Facts) -> set[str]:
    merchants = (facts.merchants.get(line.merchant_id) for line in facts.basket.lines)
    return {tag for merchant in merchants if merchant is not None for tag in merchant.tags}


#: What the basket and the payer have, by the dimensions that a condition may declare.
_VALUES: Final[dict[str, Callable[[Facts], Iterable[str]]]] = {
    "merchant": lambda facts: {line.merchant_id for line in facts.basket.lines},
    "merchant_tag": _merchant_tags,
    "category": lambda facts: {line.category for line in facts.basket.lines},
    "sku": lambda facts: {line.sku for line in facts.basket.lines},
    "channel": lambda facts: (facts.channel,),
    "district": lambda facts: (facts.district,),
    "tier": lambda facts: (facts.payer.tier,) if facts.payer else (),
    "segment": lambda facts: facts.payer.segments if facts.payer else (),
    "payer_tag": lambda facts: facts.payer.tags if facts.payer else (),
    "code": lambda facts: facts.codes,
}


def _keys(plan: Plan) -> dict[str, frozenset[str]]:
    """Return, by dimension, the values of which a basket must have one; two conditions on a dimension: the narrower."""
    found: dict[str, frozenset[str]] = {}
    for condition in _required(plan):
        for dimension, values in (condition.keys() or {}).items():
            if dimension not in found or len(values) < len(found[dimension]):
                found[dimension] = values
    return found


def _threshold(plan: Plan) -> int:
    """Return a listed total below which the campaign can't apply."""
    return max((condition.spend_at_least_minor() or 0 for condition in _required(plan)), default=0)


def _required(plan: Plan) -> list[Condition]:
    return [
        member
        for clause in (*plan.fixed, *plan.turning)
        if clause.kind == "all"
        for member in clause.members
        if isinstance(member, Condition)
    ]


def _postings(values_by_place: Sequence[Iterable[str] | None]) -> Postings:
    free, masks = 0, dict[str, int]()
    for place, values in enumerate(values_by_place):
        if values is None:
            free |= 1 << place
            continue
        for value in values:
            masks[value] = masks.get(value, 0) | 1 << place
    return Postings(free, masks)


def _choice(filters: Sequence[Filter]) -> Choice:
    choice = Choice(sum(1 << place for place, chosen in enumerate(filters) if not chosen.include), {}, {})
    for place, chosen in enumerate(filters):
        for masks, wanted in ((choice.included, chosen.include), (choice.excluded, chosen.exclude)):
            for dimension, values in wanted.items():
                for value in values:
                    masks[dimension, value] = masks.get((dimension, value), 0) | 1 << place
    return choice


def _prefixes(thresholds: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the sorted thresholds, and for each count of them the campaigns with one of those."""
    order = sorted(range(len(thresholds)), key=thresholds.__getitem__)
    levels, masks = list[int](), [0]
    for place in order:
        if not levels or thresholds[place] != levels[-1]:
            levels.append(thresholds[place])
            masks.append(masks[-1])
        masks[-1] |= 1 << place
    return levels, masks
