"""Offers taken in their fixed order, without a search: ``choose: in_order``.

Each that applies at its turn is taken, unless it conflicts with one taken before: of offers that exclude each other
the first wins. What comes out is optimal by the option's own definition.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.evaluate import Offer, Outcome, cut, evaluate, whole
from engine.rules.facts import Facts, Line
from engine.rules.search.combination import Combination, Step
from engine.rules.search.conflicts import conflict_bits


def in_order(
    offers: Sequence[Offer], facts: Facts, lines: Sequence[Line], *, room_minor: int | None, offers_max: int | None
) -> Combination:
    """Return the first of *offers* that apply: *offers_max* at most, of *room_minor* in total at most."""
    basket = state = whole(lines)
    conflicts = conflict_bits([offer.plan.stance for offer in offers])
    steps, barred, left_minor = list[Step](), 0, room_minor
    for place, offer in enumerate(offers):
        if barred >> place & 1 or left_minor == 0 or len(steps) == offers_max:
            continue
        outcome = evaluate(offer, facts, state)
        if not isinstance(outcome, Outcome):
            continue
        if left_minor is not None:
            outcome = cut(outcome, left_minor) if outcome.total_minor > left_minor else outcome
            left_minor -= outcome.total_minor
        steps.append(Step(place, outcome))
        state = state.after(offer.places, outcome)
        barred |= conflicts[place]
    fits = tuple([isinstance(evaluate(offer, facts, basket), Outcome) for offer in offers])
    return Combination(tuple(steps), state, nodes=len(offers), optimal=True, fits=fits)
