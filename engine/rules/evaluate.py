"""One offer on what earlier offers left: its conditions again, its benefits, its limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.money import share
from engine.rules.clauses import check, stays_failed
from engine.rules.facts import Facts, HeldCoupon, Line
from engine.rules.kinds import Benefit, Missing, Piece, Situation
from engine.rules.limits import BUDGET_SPENT, Room
from engine.rules.pieces import spread_on
from engine.rules.plan import Plan
from engine.rules.reasons import NOTHING_LEFT


class Offer(NamedTuple):
    """A campaign on this basket: which lines are in scope, what its limits leave, which coupon it would spend."""

    plan: Plan
    places: tuple[int, ...]  # of the lines that its benefits may look at
    room: Room
    coupon: HeldCoupon | None
    scope: tuple[int, ...]  # the places of all lines in scope: what its conditions look at


class State:
    """What earlier offers left of each line: minor units, and units no item offer has taken. Not changed."""

    __slots__ = ("_left_in", "_pieces_in", "free_units", "left_minor", "lines")

    def __init__(self, lines: Sequence[Line], left_minor: Sequence[int], free_units: Sequence[int]) -> None:
        """Hold what is left of *lines*."""
        self.lines, self.left_minor, self.free_units = lines, left_minor, free_units
        self._left_in: dict[tuple[int, ...], int] = {}
        self._pieces_in: dict[tuple[int, ...], list[Piece]] = {}

    def pieces(self, places: tuple[int, ...]) -> list[Piece]:
        """Return the lines at *places* as they stand; made once per scope."""
        found = self._pieces_in.get(places)
        if found is None:
            lines, left, free = self.lines, self.left_minor, self.free_units
            found = self._pieces_in[places] = [Piece(lines[place], left[place], free[place]) for place in places]
        return found

    def left_in(self, places: tuple[int, ...]) -> int:
        """Return what is left of the lines at *places* in total; summed once per scope."""
        found = self._left_in.get(places)
        if found is None:
            left = self.left_minor
            found = self._left_in[places] = sum([left[place] for place in places])
        return found

    def after(self, places: Sequence[int], outcome: Outcome) -> State:
        """Return the state when *outcome* is taken from the lines at *places*."""
        left, free = list(self.left_minor), list(self.free_units)
        for place, amount, units in zip(places, outcome.amounts, outcome.units, strict=True):
            left[place] -= amount
            free[place] -= units
        return State(self.lines, left, free)


def whole(lines: Sequence[Line]) -> State:
    """Return the state at which nothing is taken."""
    return State(lines, [line.list_minor for line in lines], [line.quantity for line in lines])


class Outcome(NamedTuple):
    """What an offer does at its turn, one amount and one count per line of its scope."""

    amounts: list[int]
    units: list[int]
    total_minor: int
    nominal_minor: int


def evaluate(offer: Offer, facts: Facts, state: State) -> Outcome | Missing:
    """Return what *offer* takes at *state*, or why it does not apply there."""
    return unmet(offer, facts, state) or effect(offer, state)


def unmet(offer: Offer, facts: Facts, state: State) -> Missing | None:
    """Return which condition does not hold at *state*, of those that look at what is left."""
    if not offer.plan.turning:
        return None
    situation = Situation(facts, state.pieces(offer.scope))
    for clause in offer.plan.turning:
        missing = check(clause, situation)
        if missing is not None:
            return missing
    return None


def effect(offer: Offer, state: State) -> Outcome | Missing:
    """Return what the benefits take at *state* within the limits, conditions aside: of ``places`` alone."""
    plan, room = offer.plan, offer.room
    seen = state.pieces(offer.places)
    outcome = _outcome(plan.discounts, seen)
    if room.units is not None and sum(outcome.units) > room.units:
        if plan.campaign.limits.last_unit == "refuse":
            return room.units_reached
        outcome = _outcome(plan.discounts, _fewer(seen, outcome.units, room.units))
    if room.budget_minor is not None and outcome.total_minor > room.budget_minor:
        if plan.campaign.limits.last_unit == "refuse":
            return BUDGET_SPENT
        outcome = cut(outcome, room.budget_minor)
    return outcome if outcome.total_minor > 0 else NOTHING_LEFT


def fails_for_good(offer: Offer, facts: Facts, state: State) -> Missing | None:
    """Return why *offer* can't apply at *state* nor at any turn after it; None when it may."""
    if not offer.plan.turning:
        return None
    situation = Situation(facts, state.pieces(offer.scope))
    for clause in offer.plan.turning:
        missing = check(clause, situation)
        if missing is not None and stays_failed(clause, missing):
            return missing
    return None


def total_minor(offer: Offer, left_minor: int) -> int:
    """Return what *offer*, whose discount depends on the total left only, takes then; 0 when it does not apply."""
    plan = offer.plan
    if plan.of_total is None or left_minor < plan.floor_minor:
        return 0
    amount, budget = plan.of_total(left_minor), offer.room.budget_minor
    if budget is not None and amount > budget:
        return 0 if plan.campaign.limits.last_unit == "refuse" else budget
    return amount


def landed(offer: Offer, lines: Sequence[Line], left_minor: Sequence[int], amount_minor: int) -> Outcome:
    """Return *amount_minor*, which ``total_minor`` gave, on the lines in scope, of which *left_minor* is left."""
    places = offer.places
    weights = [left_minor[place] for place in places]
    zeros = [0] * len(places)
    if offer.room.budget_minor == amount_minor and offer.plan.of_total is not None:
        nominal = offer.plan.of_total(sum(weights))
        amounts = spread_on(nominal, weights, lines, places)
        outcome = Outcome(amounts, zeros, nominal, nominal)
        return cut(outcome, amount_minor) if nominal > amount_minor else outcome
    return Outcome(spread_on(amount_minor, weights, lines, places), zeros, amount_minor, amount_minor)


def _outcome(benefits: Sequence[Benefit], seen: list[Piece]) -> Outcome:
    if len(benefits) == 1:
        amounts = benefits[0].discounts(seen)
        total = sum(amounts)
        units = benefits[0].units(seen) if benefits[0].takes_units and total else [0] * len(seen)
        return Outcome(amounts, units, total, total)
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
