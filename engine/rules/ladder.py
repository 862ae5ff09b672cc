"""A ladder of steps: what it is measured by, and which steps are reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

from engine.rules.campaign import Filter
from engine.rules.item_offer import counted_pieces
from engine.rules.kinds import Piece
from engine.rules.pieces import Basis, looked_at_minor


class Start(Protocol):
    """Where a step begins: at an amount, at a count, or (neither) from the start."""

    @property
    def from_minor(self) -> int | None: ...  # noqa: D102 - as the kinds document it
    @property
    def from_units(self) -> int | None: ...  # noqa: D102


_Step = TypeVar("_Step", bound=Start)


class Measure(NamedTuple):
    """What a ladder is measured by."""

    minor: int
    units: int


def measured(pieces: Sequence[Piece], kinds: Sequence[str], basis: Basis) -> Measure:
    """Return the amount and the units of those *pieces* that are of *kinds* (empty: every kind)."""
    counted = counted_pieces(pieces, Filter(), kinds)
    return Measure(looked_at_minor(counted, basis), sum([piece.line.quantity for piece in counted]))


def reached(steps: Sequence[_Step], measure: Measure) -> list[_Step]:
    """Return the steps that begin at *measure* or below."""
    return [s for s in steps if (s.from_minor or 0) <= measure.minor and (s.from_units or 0) <= measure.units]
