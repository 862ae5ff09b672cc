"""Sets of campaigns as bits of one integer, by the values that they ask for.

A set is small when the shelf it speaks of is small: every operation costs by the shelf's width, none by a campaign.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import compress, count
from typing import Final, NamedTuple, TypeVar

_T = TypeVar("_T")

_SET_BYTES: Final = re.compile(rb"[^\x00]", re.DOTALL)
_BITS_BY_BYTE: Final = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))
_AS_BITS: Final = bytes.maketrans(b"01", b"\x00\x01")
#: Up to so many bits, taking the lowest again and again is the quickest.
_FEW: Final = 6
#: With fewer than one bit set in so many, looking for bytes that are not zero is quicker than looking at every bit.
_SPARSE: Final = 48


def places_of(mask: int) -> list[int]:
    """Return the places of the bits set in *mask*, ascending."""
    if mask.bit_count() * _SPARSE > mask.bit_length():
        return list(compress(count(), f"{mask:b}"[::-1].encode().translate(_AS_BITS)))
    data = mask.to_bytes((mask.bit_length() + 7) // 8, "little")
    return [8 * at.start() + bit for at in _SET_BYTES.finditer(data) for bit in _BITS_BY_BYTE[data[at.start()]]]


def chosen(things: Sequence[_T], mask: int) -> list[_T]:
    """Return the *things* whose places are set in *mask*, in their order."""
    bits = mask.bit_count()
    if bits <= _FEW:
        found = []
        while mask:
            lowest = mask & -mask
            found.append(things[lowest.bit_length() - 1])
            mask ^= lowest
        return found
    if bits * _SPARSE > mask.bit_length():
        return list(compress(things, f"{mask:b}"[::-1].encode().translate(_AS_BITS)))
    return [things[place] for place in places_of(mask)]


def bits_of(flags: Iterable[object]) -> int:
    """Return the set of the places whose flag is true."""
    return int("".join(["1" if flag else "0" for flag in flags])[::-1] or "0", 2)


class Postings(NamedTuple):
    """One dimension: the campaigns that don't ask, those that name each value, and those that bar each."""

    free: int
    named: dict[str, int]
    barred: dict[str, int]

    @classmethod
    def of(
        cls, named_by_place: Sequence[Collection[str] | None], barred_by_place: Sequence[Collection[str]] = ()
    ) -> Postings:
        """Return the postings of campaigns that name one of these values (None: don't ask) and bar each of those."""
        return cls(
            bits_of(values is None for values in named_by_place), _masks(named_by_place), _masks(barred_by_place)
        )

    def fit(self, values: Collection[str]) -> int:
        """Return the campaigns that don't ask or name one of *values*, and bar none of them."""
        mask, named, barred = self
        for value in values:
            if value in named:
                mask |= named[value]
        if barred:
            for value in values:
                mask &= ~barred.get(value, 0)
        return mask


class Choice(NamedTuple):
    """A filter's dimensions: campaigns that include everything, and by dimension who includes and excludes a value."""

    free: int
    included: tuple[tuple[int, dict[str, int]], ...]  # number of the dimension, masks by value
    excluded: tuple[tuple[int, dict[str, int]], ...]

    @classmethod
    def of(
        cls,
        dimensions: Sequence[str],
        include: Sequence[Mapping[str, Sequence[str]]],
        exclude: Sequence[Mapping[str, Sequence[str]]],
    ) -> Choice:
        """Return the choice of campaigns that include and exclude these values of *dimensions*."""
        return cls(
            bits_of(not wanted for wanted in include),
            _by_dimension(dimensions, include),
            _by_dimension(dimensions, exclude),
        )

    def fit(self, values_by_number: Sequence[Collection[str]]) -> int:
        """Return the campaigns whose filter takes a thing with these values, by the dimension's number."""
        mask = self.fit_some(values_by_number)
        for number, masks in self.excluded:
            for value in values_by_number[number]:
                if value in masks:
                    mask &= ~masks[value]
        return mask

    def fit_some(self, values_by_number: Sequence[Collection[str]]) -> int:
        """Return the campaigns that include one of several things with these values; what they exclude is not asked."""
        mask, included, _ = self
        for number, masks in included:
            for value in values_by_number[number]:
                if value in masks:
                    mask |= masks[value]
        return mask


class Ladder(NamedTuple):
    """Bounds on one measure: the campaigns that a value is enough for, and not too much for, both by bisection."""

    at_least: list[int]
    enough: list[int]  # one more than at_least: the campaigns whose bound is among the first so many
    at_most: list[int]
    not_too_much: list[int]  # one more than at_most: the campaigns whose bound is not among the first so many

    @classmethod
    def of(cls, at_least_by_place: Sequence[int], at_most_by_place: Sequence[int | None]) -> Ladder:
        """Return the ladder of campaigns with these bounds; 0 and None are no bound."""
        at_least, enough = _prefixes(at_least_by_place)
        at_most, over = _prefixes(at_most_by_place)
        return cls(at_least, enough, at_most, [enough[-1] ^ mask for mask in over])

    def fit(self, value: int) -> int:
        """Return the campaigns whose bounds *value* keeps, both ends included."""
        at_least, enough, at_most, not_too_much = self
        mask = enough[bisect_right(at_least, value)]
        return mask & not_too_much[bisect_left(at_most, value)] if at_most else mask


def _masks(values_by_place: Sequence[Collection[str] | None]) -> dict[str, int]:
    places: dict[str, list[int]] = {}
    for place, values in enumerate(values_by_place):
        for value in values or ():
            places.setdefault(value, []).append(place)
    return {value: _mask(found) for value, found in places.items()}


def _mask(places: Sequence[int]) -> int:
    """Return the set of *places*, ascending; a byte at a time when they are many."""
    if len(places) < 8:
        mask = 0
        for place in places:
            mask |= 1 << place
        return mask
    data = bytearray(places[-1] // 8 + 1)
    for place in places:
        data[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(data, "little")


def _by_dimension(
    dimensions: Sequence[str], wanted: Sequence[Mapping[str, Sequence[str]]]
) -> tuple[tuple[int, dict[str, int]], ...]:
    named = ((number, [one.get(dimension) for one in wanted]) for number, dimension in enumerate(dimensions))
    return tuple((number, _masks(values)) for number, values in named if any(values))


def _prefixes(levels_by_place: Sequence[int | None]) -> tuple[list[int], list[int]]:
    """Return the sorted levels, and for each count of them the campaigns with one of those."""
    places: dict[int, list[int]] = {}
    for place, level in enumerate(levels_by_place):
        if level is not None:
            places.setdefault(level, []).append(place)
    masks = [0]
    for level in sorted(places):
        masks.append(masks[-1] | _mask(places[level]))
    return sorted(places), masks
