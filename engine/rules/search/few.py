"""The best of a few offers: every lawful subset that may still win, in the fixed order, on lines.

For so few it costs less than preparing the search of ``combine``: what the offers take on the whole basket bounds what
they may take later, and each takes its turn or is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from engine.rules.evaluate import Offer, Outcome, State, evaluate, landed, total_minor, whole
from engine.rules.facts import Facts, Line
from engine.rules.search.combination import Combination, Step
from engine.rules.search.conflicts import clique_of, conflict_bits
from engine.rules.search.prospects import cap_minor
from engine.rules.search.ties import Ties, ties

#: With more offers the search of ``combine`` costs less.
FEW: Final = 6


class _Node(NamedTuple):
    """A combination, and the offer whose turn is next."""

    saved_minor: int
    steps: tuple[Step, ...]
    state: State
    turn: int
    barred: int


def best_of_few(
    offers: Sequence[Offer], facts: Facts, lines: Sequence[Line], *, count_rewards: Callable[[State], int]
) -> Combination:
    """Return the best combination of *offers*; *count_rewards* says how many campaigns give something after payment."""
    basket = whole(lines)
    alone = [_alone(offer, facts, basket) for offer in offers]
    rest = _bounds(offers, [most for _, most in alone])
    conflicts = conflict_bits([offer.plan.stance for offer in offers]) if len(offers) > 1 else [0]
    best = _Node(0, (), basket, 0, 0)
    best_ties: Ties | None = None
    nodes, stack = 0, [best]
    while stack:
        saved, steps, state, turn, barred = stack.pop()
        while turn < len(offers):
            if saved + rest[turn] < best.saved_minor:
                break
            place, turn = turn, turn + 1
            if barred >> place & 1:
                continue
            outcome = _outcome(offers[place], facts, lines, state)
            if outcome is None:
                continue
            if saved + rest[turn] >= best.saved_minor:
                stack.append(_Node(saved, steps, state, turn, barred))  # without it
            nodes += 1
            saved, steps = saved + outcome.total_minor, (*steps, Step(place, outcome))
            state, barred = state.after(offers[place].places, outcome), barred | conflicts[place]
        else:
            if saved > best.saved_minor:
                best, best_ties = _Node(saved, steps, state, turn, barred), None
            elif saved == best.saved_minor and steps and steps != best.steps:
                found = _Node(saved, steps, state, turn, barred)
                best_ties = best_ties or _ties(best, offers, count_rewards)
                own = _ties(found, offers, count_rewards)
                if own < best_ties:
                    best, best_ties = found, own
    return Combination(best.steps, best.state, nodes, optimal=True, fits=tuple([fits for fits, _ in alone]))


def _outcome(offer: Offer, facts: Facts, lines: Sequence[Line], state: State) -> Outcome | None:
    """Return what *offer* takes at *state*; None when it does not apply there."""
    if offer.plan.of_total is None:
        outcome = evaluate(offer, facts, state)
        return outcome if isinstance(outcome, Outcome) else None
    amount = total_minor(offer, state.left_in(offer.places))
    return landed(offer, lines, state.left_minor, amount) if amount else None


def _alone(offer: Offer, facts: Facts, basket: State) -> tuple[bool, int]:
    """Return whether *offer* applies on the whole basket, and an amount that it never exceeds."""
    if offer.plan.of_total is None:
        outcome = evaluate(offer, facts, basket)
        found = outcome if isinstance(outcome, Outcome) else None
        return found is not None, cap_minor(offer, facts, basket, found)
    left_minor, budget = basket.left_in(offer.places), offer.room.budget_minor
    amount = total_minor(offer, left_minor)
    most = amount or offer.plan.most_of(left_minor)
    return amount > 0, most if budget is None else min(most, budget)


def _bounds(offers: Sequence[Offer], most: Sequence[int]) -> list[int]:
    """Return, for each turn, what the offers from there on may save: the largest of each clique."""
    bounds, largest, total = [0] * (len(offers) + 1), dict[int, int](), 0
    for place in range(len(offers) - 1, -1, -1):
        clique = clique_of(offers[place].plan.stance, place)
        before = largest.get(clique, 0)
        if most[place] > before:
            largest[clique] = most[place]
            total += most[place] - before
        bounds[place] = total
    return bounds


def _ties(node: _Node, offers: Sequence[Offer], count_rewards: Callable[[State], int]) -> Ties:
    """Return what decides between combinations that save the same."""
    bits = sum([1 << (len(offers) - 1 - step.place) for step in node.steps])
    taken = [(offers[step.place], step.outcome.total_minor) for step in node.steps]
    return ties(taken, -count_rewards(node.state), bits)
