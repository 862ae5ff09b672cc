"""What a search, of whatever kind, comes back with: the chosen offers and what they take."""

from __future__ import annotations

from typing import NamedTuple

from engine.rules.evaluate import Outcome, State


class Step(NamedTuple):
    """An offer of the combination and what it takes."""

    place: int  # among the offers
    outcome: Outcome


class Combination(NamedTuple):
    """The chosen offers in order, what is left of the lines, and how it was found."""

    steps: tuple[Step, ...]
    state: State
    nodes: int
    optimal: bool
    fits: tuple[bool, ...]  # whether each offer applies on the whole basket
