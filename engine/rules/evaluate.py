"""One offer on what earlier offers left: its conditions again, its benefits, its limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.money import share
from engine.rules.clauses import check
from engine.rules.facts import Facts, HeldCoupon, Line
from engine.rules.kinds import Benefit, Missing, Piece, Situation
from engine.rules.limits import BUDGET_SPENT, Room
from engine.rules.plan import Plan
from engine.rules.reasons import NOTHING_LEFT


class Offer(NamedTuple):
    """A campaign on this basket: which lines are in scope, what its limits leave, which coupon it would spend."""

    plan: Plan
    places: tuple[int, ...]  # of the lines in scope
    room: Room
    coupon: HeldCoupon | None


class State(NamedTuple):
    """What earlier offers left of each line: minor units, and units no item offer has taken."""

    left_minor: tuple[int, ...]
    free_units: tuple[int, ...]


class Outcome(NamedTuple):
    """What an offer does at its turn, one amount and one count per line of its scope."""

    amounts: list[int]
    units: list[int]
    total_minor: int
    nominal_minor: int


def pieces(lines: Sequence[Line], places: Sequence[int], state: State) -> list[Piece]:
    """Return the lines in scope as they stand."""
    left, free = state
    return [Piece(lines[place], left[place], free[place]) for place in places]


def evaluate(offer: Offer, facts: Facts, lines: Sequence[Line], state: State) -> Outcome | Missing:
    """Return what *offer* takes at *state*, or why it does not apply there."""
    plan = offer.plan
    seen = pieces(lines, offer.places, state)
    for clause in plan.turning:
        missing = check(clause, Situation(facts, seen))
        if missing is not None:
            return missing
    outcome = _outcome(plan.discounts, seen)
    room = offer.room
    if room.units is not None and sum(outcome.units) > room.units:
        if plan.campaign.limits.last_unit == "refuse":
            return room.units_reached
        outcome = _outcome(plan.discounts, _fewer(seen, outcome.units, room.units))
    if room.budget_minor is not None and outcome.total_minor > room.budget_minor:
        if plan.campaign.limits.last_unit == "refuse":
            return BUDGET_SPENT
        outcome = cut(outcome, room.budget_minor)
    return outcome if outcome.total_minor > 0 else NOTHING_LEFT


def most_minor(offer: Offer, lines: Sequence[Line], state: State) -> int:
    """Return an amount that *offer* never exceeds from *state* on, however little is left at its turn.

    Conditions are relaxed, each benefit sees the lines as if the campaign's others took nothing, and a benefit never
    gives more when less is left; so this bounds every later turn.
    """
    seen = pieces(lines, offer.places, state)
    left = sum(piece.left_minor for piece in seen)
    most = sum(sum(benefit.discounts(seen)) for benefit in offer.plan.discounts)
    budget = offer.room.budget_minor
    return min(most, left) if budget is None else min(most, left, budget)


def _outcome(benefits: Sequence[Benefit], seen: list[Piece]) -> Outcome:
    if len(benefits) == 1:
        amounts = benefits[0].discounts(seen)
        total = sum(amounts)
        return Outcome(amounts, benefits[0].units(seen) if benefits[0].takes_units else [0] * len(seen), total, total)
    amounts, units = [0] * len(seen), [0] * len(seen)
    for benefit in benefits:
        now = [Piece(line, left - amounts[place], free - units[place]) for place, (line, left, free) in enumerate(seen)]
        amounts = [amount + more for amount, more in zip(amounts, benefit.discounts(now), strict=True)]
        units = [count + more for count, more in zip(units, benefit.units(now), strict=True)]
    total = sum(amounts)
    return Outcome(amounts, units, total, total)


def _fewer(seen: list[Piece], units: list[int], most: int) -> list[Piece]:
    """Offer only the units that would be taken, without the last ones past *most*."""
    over = sum(units) - most
    kept = list(units)
    for place in range(len(kept) - 1, -1, -1):
        dropped = min(over, kept[place])
        kept[place] -= dropped
        over -= dropped
    return [Piece(line, left, count) for (line, left, _), count in zip(seen, kept, strict=True)]


def cut(outcome: Outcome, most_minor: int) -> Outcome:
    """Return *outcome* with its total cut to *most_minor*, shared in proportion; the nominal amount is kept."""
    amounts = share(most_minor, outcome.amounts)
    return Outcome(amounts, outcome.units, most_minor, outcome.nominal_minor)
