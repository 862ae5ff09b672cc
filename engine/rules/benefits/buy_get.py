"""Buy some items, get others cheaper.

    give: [{buy_get: {buy: {units: 2}, get: {units: 1}}}]
    give: [{buy_get: {buy: {items: {skus: [coffee]}}, get: {items: {skus: [cake]}}, percent: 50%, times: 1}}]
    give: [{buy_get: {buy: {units: 1}, get: {units: 5}, within: line, last: partial}}]
    give: [{buy_get: {buy: {units: 1}, get: {units: 1}, percent: 50%, per: unit, rounding: down}}]
    give: [{buy_get: {buy: {units: 2}, get: {units: 1}, bought: dearest}}]
    give: [{buy_get: {buy: {price_from: 30.00}, get: {price_to: 10.00}}}]

For each ``buy.units`` bought, ``get.units`` come down by ``percent`` (free when left out). It repeats as often as there
are units, ``times`` at most; ``units`` caps the units got. A unit is bought or got, never both; those got are the
dearest that can be, those bought the ones that no other could replace worse. Both are taken: no other item offer counts
them again. ``within: line`` counts each item by itself; then ``last: partial`` also gives what an incomplete round
holds beyond the units bought (``last: refuse``, the default, does not).

``bought: cheapest`` (the default) is what is told above. ``bought: dearest`` buys the dearest units of each round and
gives the next dearest; both sides must choose the same items then.

A percentage is rounded ``half_up`` (the default of ``rounding``), once on all units got (``per: order``, the default),
on each ``line`` or on each ``unit``; it is taken of what earlier offers left, as which units are got is told by that.

Source: 买X送Y, product row A10. The choice is the best for the shopper, so it never gives less when more is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar, Literal, NamedTuple

from msgspec import Struct, field

from engine.money import Rounding, divide
from engine.rules.campaign import Filter
from engine.rules.facts import Line
from engine.rules.fields import Amount, Items, Percent, Whole
from engine.rules.item_offer import range_faults, range_in_words
from engine.rules.items import items_in_words
from engine.rules.kinds import Benefit, Fault, Phase, Piece
from engine.rules.phrases import Locale, counted, fold, percent
from engine.rules.picking import Runs, counted_units, dearest, first_units, runs_of, worth_minor
from engine.rules.pieces import Per, spread, tie_key
from engine.rules.scope import chooses, item_values

WHOLE = Fraction(1)


class Side(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which items (of a unit price, both ends included), and how many of them make one round."""

    items: Items = Filter()
    price_from_minor: Amount | None = field(default=None, name="price_from")
    price_to_minor: Amount | None = field(default=None, name="price_to")
    units: Whole = 1

    @property
    def choice(self) -> tuple[Filter, int | None, int | None]:
        """Return what is chosen, without how many."""
        return self.items, self.price_from_minor, self.price_to_minor


class Pools(NamedTuple):
    """The free units by what they may be: runs of those that can be got, counts of those that can be bought."""

    only_got: list[Runs]
    both: list[Runs]
    bought: int  # units that can be bought, those of ``both`` included


class Choice(NamedTuple):
    """What is got of each piece, and what is used of it in all."""

    got: list[Runs]
    used: list[int]


class BuyGet(Benefit, frozen=True):
    """For each ``buy.units``, ``get.units`` at ``percent`` off."""

    buy: Side = Side()
    get: Side = Side()
    percent: Percent = WHOLE
    times: Whole | None = None
    units_max: Whole | None = field(default=None, name="units")
    within: Literal["basket", "line"] = "basket"
    last: Literal["refuse", "partial"] = "refuse"
    bought: Literal["cheapest", "dearest"] = "cheapest"
    per: Per = "order"
    rounding: Rounding = "half_up"
    phase: ClassVar[Phase] = "item"
    takes_units: ClassVar[bool] = True

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Take the percentage of what the units got are worth: once, of each line or of each unit."""
        got = self._choice(pieces).got
        weights = [worth_minor(runs) for runs in got]
        if self.per == "order":
            return spread(self._part(sum(weights)), weights, pieces)
        if self.per == "line":
            return [self._part(weight) for weight in weights]
        return [sum([count * self._part(worth) for worth, count in runs]) for runs in got]

    def _part(self, minor: int) -> int:
        return divide(minor * self.percent.numerator, self.percent.denominator, self.rounding)

    def reaches(self, line: Line) -> bool:
        """Say whether *line* can be bought or got."""
        values = item_values(line)
        return chooses(self.buy.items, values) or chooses(self.get.items, values)

    def most_minor(self, left_minor: int) -> int:
        """Return the percentage of *left_minor*; all of it where each line or unit may be rounded up."""
        return self._part(left_minor) if self.per == "order" else left_minor

    def rate_ppm(self, left_at_least_minor: int = 0) -> int:  # noqa: ARG002 - a part of any total
        """Return the percentage, rounded up; a million where each line or unit may be rounded up."""
        if self.per != "order":
            return 1_000_000
        return -(-self.percent.numerator * 1_000_000 // self.percent.denominator)

    def units(self, pieces: Sequence[Piece]) -> list[int]:
        """Return the units bought and got."""
        return self._choice(pieces).used

    def _choice(self, pieces: Sequence[Piece]) -> Choice:
        if self.within == "line":
            return self._by_line(pieces)
        return self._in_basket(pieces) if self.bought == "cheapest" else self._dearest_bought(pieces)

    def _by_line(self, pieces: Sequence[Piece]) -> Choice:
        bought, got = self.buy.units, self.get.units
        own: list[Runs] = []
        for piece in pieces:
            fits = _fits(self.buy, piece) and _fits(self.get, piece)
            rounds, rest = divmod(piece.free_units if fits else 0, bought + got)
            count = rounds * got + (max(0, rest - bought) if self.last == "partial" else 0)
            if self.times is not None:
                count = min(count, self.times * got)
            own.append(first_units(runs_of(piece, 0), count))
        most = _least(self.units_max, None if self.times is None else self.times * got)
        taken = dearest(pieces, own, units_max=most)
        counts = [counted_units(runs) for runs in taken]
        used = [
            min(piece.free_units, count + -(-count // got) * bought)
            for piece, count in zip(pieces, counts, strict=True)
        ]
        return Choice(taken, used)

    def _dearest_bought(self, pieces: Sequence[Piece]) -> Choice:
        """Rank all units by worth and deal them out: so many bought, so many got, and again."""
        bought, size = self.buy.units, self.buy.units + self.get.units
        runs = [runs_of(piece, 0) if _fits(self.get, piece) else [] for piece in pieces]
        caps = [self.times, None if self.units_max is None else self.units_max // self.get.units]
        rounds = min([sum(map(counted_units, runs)) // size, *(cap for cap in caps if cap is not None)])

        def got_until(place: int) -> int:
            return place // size * self.get.units + max(0, place % size - bought)

        ranked = sorted(
            (-worth, tie_key(pieces[place].line), place, count)
            for place, own in enumerate(runs)
            for worth, count in own
        )
        got: list[Runs] = [[] for _ in pieces]
        used, at = [0] * len(pieces), 0
        for negative, _, place, count in ranked:
            until = min(at + count, rounds * size)
            if until > at:
                used[place] += until - at
                got[place] += first_units([(-negative, count)], got_until(until) - got_until(at))
                at = until
        return Choice(got, used)

    def _in_basket(self, pieces: Sequence[Piece]) -> Choice:
        can_buy = [_fits(self.buy, piece) for piece in pieces]
        runs = [runs_of(piece, 0) if _fits(self.get, piece) else [] for piece in pieces]
        both = [own if buys else [] for own, buys in zip(runs, can_buy, strict=True)]
        only = [[] if buys else own for own, buys in zip(runs, can_buy, strict=True)]
        free = sum([piece.free_units for piece, buys in zip(pieces, can_buy, strict=True) if buys])
        pools = Pools(only, both, free)
        rounds = self._best_rounds(pieces, pools)
        got = self._got(pieces, pools, rounds)
        used = [counted_units(taken) for taken in got]
        left = rounds * self.buy.units
        for place in sorted(range(len(pieces)), key=lambda p: (bool(both[p]), tie_key(pieces[p].line))):
            if can_buy[place]:
                units = min(left, pieces[place].free_units - used[place])
                used[place] += units
                left -= units
        return Choice(got, used)

    def _best_rounds(self, pieces: Sequence[Piece], pools: Pools) -> int:
        """Return how many rounds save the most: each further one saves less than the one before."""

        def worth(rounds: int) -> int:
            return sum(map(worth_minor, self._got(pieces, pools, rounds)))

        low, high = 0, self._most_rounds(pools)
        while low < high:
            middle = (low + high) // 2
            if worth(middle + 1) > worth(middle):
                low = middle + 1
            else:
                high = middle
        return low

    def _most_rounds(self, pools: Pools) -> int:
        both = sum(map(counted_units, pools.both))
        only = sum(map(counted_units, pools.only_got))
        got, bought = self.get.units, self.buy.units
        most = min(pools.bought // bought, (both + only) // got, (pools.bought + only) // (bought + got))
        caps = [self.times, None if self.units_max is None else self.units_max // got]
        return min([most, *(cap for cap in caps if cap is not None)])

    def _got(self, pieces: Sequence[Piece], pools: Pools, rounds: int) -> list[Runs]:
        """Return the dearest units that can be got in *rounds*, keeping enough to be bought."""
        wanted = rounds * self.get.units
        spare = pools.bought - rounds * self.buy.units  # of both, those that need not be bought
        any_ = [one or other for one, other in zip(pools.both, pools.only_got, strict=True)]
        best = dearest(pieces, any_, units_max=wanted)
        from_both = sum([counted_units(own) for own, both in zip(best, pools.both, strict=True) if both])
        from_both = min(from_both, spare)
        from_only = min(wanted - from_both, sum(map(counted_units, pools.only_got)))
        first = dearest(pieces, pools.only_got, units_max=from_only)
        second = dearest(pieces, pools.both, units_max=wanted - from_only)
        return [one or other for one, other in zip(first, second, strict=True)]

    def faults(self) -> list[Fault]:
        """Refuse ranges that hold nothing, incomplete rounds of a basket, a cap below a round, a line of two items."""
        faults = [
            fault
            for name, side in (("buy.", self.buy), ("get.", self.get))
            for fault in range_faults(side.price_from_minor, side.price_to_minor, name)
        ]
        if self.last == "partial" and self.within == "basket":
            sentence = "Only rounds within a line can be incomplete. Add 'within: line', or leave 'last' out."
            faults.append(Fault("last", "partial_of_basket", sentence))
        if self.bought == "dearest" and (self.within == "line" or self.buy.choice != self.get.choice):
            sentence = "The dearest are bought only where both sides choose the same items of a basket. Leave it out."
            faults.append(Fault("bought", "dearest_of_two_choices", sentence))
        if self.within == "basket" and self.units_max is not None and self.units_max < self.get.units:
            faults.append(Fault("units", "cap_below_round", "One round gives more units than this. Raise 'units'."))
        if self.within == "line" and _apart(self.buy.items, self.get.items):
            sentence = "No item is both bought and got. Leave 'within: line' out, or choose the same items."
            faults.append(Fault("within", "line_of_two_items", sentence))
        return faults

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        bought, got = _in_words(self.buy, locale, currency), _in_words(self.get, locale, currency)
        if locale == "zh":
            given = "免费" if self.percent == 1 else fold(self.percent)
            told = f"每买{bought}{self.buy.units}件，{got or '其中'}{self.get.units}件{given}"
            told += "（同款）" if self.within == "line" else ""
            told += "（先计高价）" if self.bought == "dearest" else ""
            return told + (f"，最多{self.times}次" if self.times else "")
        given = "free" if self.percent == 1 else f"{percent(self.percent)} off"
        told = f"for every {counted(self.buy.units, 'unit', 'units')}{f' of {bought}' if bought else ''} bought, "
        told += f"{counted(self.get.units, 'unit', 'units')}{f' of {got}' if got else ''} {given}"
        told += " (of the same item)" if self.within == "line" else ""
        told += " (the dearest are bought)" if self.bought == "dearest" else ""
        return told + (f", {counted(self.times, 'time', 'times')} at most" if self.times else "")


def _fits(side: Side, piece: Piece) -> bool:
    price, least, most = piece.line.unit_price_minor, side.price_from_minor, side.price_to_minor
    if (least is not None and price < least) or (most is not None and price > most):
        return False
    return chooses(side.items, item_values(piece.line))


def _in_words(side: Side, locale: Locale, currency: str) -> str:
    parts = [items_in_words(side.items, locale)]
    parts += range_in_words(side.price_from_minor, side.price_to_minor, locale, currency)
    return ("，" if locale == "zh" else ", ").join(part for part in parts if part)


def _apart(one: Filter, other: Filter) -> bool:
    """Say whether no line fits both: a line has one SKU and one category."""
    same = [key for key in ("skus", "categories") if set(one.include) == set(other.include) == {key}]
    return any(set(one.include[key]).isdisjoint(other.include[key]) for key in same)


def _least(*caps: int | None) -> int | None:
    return min([cap for cap in caps if cap is not None], default=None)
