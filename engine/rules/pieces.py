"""Arithmetic on the lines an offer sees: which units it takes, how a total lands on lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from engine.money import share
from engine.rules.campaign import Filter
from engine.rules.facts import Line
from engine.rules.kinds import Piece
from engine.rules.scope import chooses, item_values

#: What an amount is shared by: what is left of each line, how many units it has, or nothing (each line the same).
Share = Literal["amount", "quantity", "evenly"]
#: What a percentage, a ladder or a threshold looks at: what earlier offers left, or list prices.
Basis = Literal["left", "listed"]
#: What is rounded: the total once, each line, or each unit.
Per = Literal["order", "line", "unit"]
#: What a line is, and at last its id.
TieKey = tuple[str, str, int, str, str, tuple[str, ...], str]


def tie_key(line: Line) -> TieKey:
    """Return what decides between equal lines, so that neither their order nor other ids change anything."""
    return (line.merchant_id, line.sku, line.unit_price_minor, line.kind, line.category, line.tags, line.id)


def weights_of(share_by: Share, worths: Sequence[int], units: Sequence[int]) -> list[int]:
    """Return what each line weighs in a share: its worth, its units, or one; a line worth nothing weighs nothing."""
    if share_by == "amount":
        return list(worths)
    counts = units if share_by == "quantity" else [1] * len(worths)
    return [count if worth else 0 for worth, count in zip(worths, counts, strict=True)]


def looked_at_minor(pieces: Sequence[Piece], basis: Basis) -> int:
    """Return the total of *pieces* as *basis* says, minor units."""
    return total_left_minor(pieces) if basis == "left" else sum([piece.line.list_minor for piece in pieces])


def total_left_minor(pieces: Sequence[Piece]) -> int:
    """Return what earlier offers left of all pieces, minor units."""
    return sum(piece.left_minor for piece in pieces)


class _TieKeys(Sequence[TieKey]):
    """Tie keys of lines, made only when two remainders are equal: most shares need none."""

    def __init__(self, count: int, line_at: Callable[[int], Line]) -> None:
        self._count, self._line_at = count, line_at

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> TieKey:  # type: ignore[override]
        return tie_key(self._line_at(place))


def spread(amount_minor: int, weights: Sequence[int], pieces: Sequence[Piece]) -> list[int]:
    """Share *amount_minor* over *pieces* by *weights*; ties by ``tie_key``."""
    return share(amount_minor, weights, _TieKeys(len(pieces), lambda place: pieces[place].line))


def spread_on(amount_minor: int, weights: Sequence[int], lines: Sequence[Line], places: Sequence[int]) -> list[int]:
    """Share *amount_minor* over the lines at *places* by *weights*, as ``spread`` does over pieces."""
    return share(amount_minor, weights, _TieKeys(len(places), lambda place: lines[places[place]]))


def unit_gains(piece: Piece, price_minor: int) -> list[tuple[int, int]]:
    """Return (gain of one unit, how many such units) when free units of *piece* come down to *price_minor*.

    A unit still costs its list price until what is left of the line runs out; the last one costs the rest. So gains
    never rise from unit to unit, and taking the largest gains first is the best there is for any number of units.
    """
    price = piece.line.unit_price_minor
    if price == 0:
        return []
    whole, rest = divmod(piece.left_minor, price)
    gains = [(price - price_minor, min(whole, piece.free_units))]
    if piece.free_units > whole:
        gains.append((rest - price_minor, 1))
    return [(gain, count) for gain, count in gains if gain > 0 and count > 0]


def take_best(
    pieces: Sequence[Piece], chosen: Filter, price_minor: int, units_max: int | None
) -> list[tuple[int, int]]:
    """Take the units with the largest gain first, *units_max* at most.

    Shape: (units, gain) per piece, same order; ties by ``tie_key``.
    """
    offers = [
        (-gain, tie_key(piece.line), place, count)
        for place, piece in enumerate(pieces)
        if chooses(chosen, item_values(piece.line))
        for gain, count in unit_gains(piece, price_minor)
    ]
    taken = [(0, 0)] * len(pieces)
    left = units_max if units_max is not None else sum(count for *_, count in offers)
    for negative_gain, _, place, count in sorted(offers):
        units = min(count, left)
        left -= units
        before_units, before_gain = taken[place]
        taken[place] = (before_units + units, before_gain - negative_gain * units)
    return taken
