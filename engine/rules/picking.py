"""Which units of the chosen lines an offer discounts, and how an amount lands on lines that can't take all of it.

``dearest`` looks at what units are still worth and takes those that no other offer took: the best for the shopper.
``cheapest`` is told by list price among all units in the basket, taken or not: one that another offer took is not
replaced by a dearer one. So with both a discount never grows when less is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from engine.money import LINES_MAX, QUANTITY_MAX
from engine.rules.kinds import Piece
from engine.rules.pieces import spread, tie_key, unit_gains

#: Units of one piece by worth, the dearest first: (what one may lose, how many).
Runs = list[tuple[int, int]]
Pick = Literal["dearest", "cheapest"]


class Picks(Protocol):
    """The fields that say which units are taken."""

    @property
    def pick(self) -> str: ...  # noqa: D102 - as the kinds document it
    @property
    def every(self) -> int: ...  # noqa: D102
    @property
    def group(self) -> int: ...  # noqa: D102
    @property
    def units_max(self) -> int | None: ...  # noqa: D102
    @property
    def units_per_line(self) -> int | None: ...  # noqa: D102


def picked(offer: Picks, pieces: Sequence[Piece]) -> list[Runs]:
    """Return the units of each piece that *offer*'s fields pick, same order."""
    picks_dearest = offer.pick == "dearest"
    runs = [runs_of(piece, 0, offer.units_per_line if picks_dearest else None) for piece in pieces]
    if picks_dearest:
        return dearest(pieces, runs, units_max=offer.units_max, every=offer.every, group=offer.group)
    return cheapest(
        pieces,
        runs,
        units_max=offer.units_max,
        units_per_line=offer.units_per_line,
        every=offer.every,
        group=offer.group,
    )


def first_units(runs: Runs, count: int) -> Runs:
    """Return the first *count* units of *runs*."""
    found: Runs = []
    for worth, units in runs:
        if count <= 0:
            break
        found.append((worth, min(units, count)))
        count -= units
    return found


def counted_units(runs: Runs) -> int:
    """Return how many units *runs* holds."""
    return sum([count for _, count in runs])


def worth_minor(runs: Runs) -> int:
    """Return what the units of *runs* may lose in total."""
    return sum([worth * count for worth, count in runs])


def dearest(
    pieces: Sequence[Piece],
    runs: Sequence[Runs],
    *,
    units_max: int | None = None,
    every: int = 1,
    group: int = 1,
) -> list[Runs]:
    """Take the dearest units first: each *every*-th of them, of full *group*s only, *units_max* at most.

    Shape: one list of runs per piece, same order.
    """
    if units_max is None and every == group == 1:
        return list(runs)
    ranked = sorted(
        (-worth, tie_key(pieces[place].line), place, count) for place, own in enumerate(runs) for worth, count in own
    )
    total = sum([count for *_, count in ranked])
    last = total - total % group  # of the units that count
    left = last if units_max is None else units_max
    taken: list[Runs] = [[] for _ in pieces]
    at = 0
    for negative, _, place, count in ranked:
        until = min(at + count, last)
        units = min(until // every - at // every, left) if until > at else 0
        if units > 0:
            taken[place].append((-negative, units))
            left -= units
        at += count
    return taken


def cheapest(
    pieces: Sequence[Piece],
    runs: Sequence[Runs],
    *,
    units_max: int | None = None,
    units_per_line: int | None = None,
    every: int = 1,
    group: int = 1,
) -> list[Runs]:
    """Take the cheapest units by list price: as many as there are full *every*, of full *group*s, *units_max* at most.

    Shape: one list of runs per piece, same order; a unit that another offer took gives nothing.
    """
    per_line = QUANTITY_MAX * LINES_MAX if units_per_line is None else units_per_line
    counts = [min(line.quantity, per_line) if line.unit_price_minor else 0 for line, _, _ in pieces]
    total = sum(counts)
    left = (total - total % group) // every
    if units_max is not None:
        left = min(left, units_max)
    taken: list[Runs] = [[] for _ in pieces]
    for place in sorted(range(len(pieces)), key=lambda p: (pieces[p].line.unit_price_minor, tie_key(pieces[p].line))):
        units = min(counts[place], left)
        left -= units
        taken[place] = first_units(runs[place], units)
    return taken


def runs_of(piece: Piece, floor_minor: int, units_max: int | None = None) -> Runs:
    """Return the free units of *piece* by what each may lose until *floor_minor*, *units_max* at most."""
    runs = unit_gains(piece, floor_minor)
    return runs if units_max is None else first_units(runs, units_max)


def land(amount_minor: int, weights: Sequence[int], rooms: Sequence[int], pieces: Sequence[Piece]) -> list[int]:
    """Share *amount_minor* by *weights*, no line beyond its room; what a full line can't take goes to the others.

    Shape: one share per piece; they sum to *amount_minor*, or to what all lines with a weight have room for.
    """
    amounts = [0] * len(pieces)
    open_ = [place for place, weight in enumerate(weights) if weight and rooms[place]]
    rest = min(amount_minor, sum([rooms[place] for place in open_]))
    while rest and open_:
        shares = spread(rest, [weights[place] for place in open_], [pieces[place] for place in open_])
        full = [place for place, part in zip(open_, shares, strict=True) if part >= rooms[place]]
        if not full:
            for place, part in zip(open_, shares, strict=True):
                amounts[place] = part
            break
        for place in full:
            amounts[place] = rooms[place]
            rest -= rooms[place]
        open_ = [place for place in open_ if place not in set(full)]
    return amounts
