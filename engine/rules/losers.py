"""The offers that were not chosen: each is refused with what is missing at its turn, or lost to those that were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.rules.combine import Combination
from engine.rules.decision import Lost, Refusal
from engine.rules.evaluate import Offer, State, evaluate, whole
from engine.rules.facts import Facts, Line
from engine.rules.kinds import Missing
from engine.rules.reasons import lost, refusal


def reasons(
    best: Combination, offers: Sequence[Offer], facts: Facts, lines: Sequence[Line]
) -> Iterator[Refusal | Lost]:
    """Yield the reason of every offer that is not in *best*."""
    outcome_by_place = {step.place: step.outcome for step in best.steps}
    chosen = [offers[place] for place in outcome_by_place]
    now = whole(lines)
    for place, offer in enumerate(offers):
        if place in outcome_by_place:
            now = now.after(offer.places, outcome_by_place[place])
        else:
            yield _reason(offer, chosen, facts, None if best.fits[place] else now)


def _reason(offer: Offer, chosen: Sequence[Offer], facts: Facts, now: State | None) -> Refusal | Lost:
    """Return why: at the state *now* of its turn it does not apply; without one, it would alone."""
    campaign, coupon_id = offer.plan.campaign, offer.coupon.id if offer.coupon else None
    at_its_turn = evaluate(offer, facts, now) if now is not None else None
    if isinstance(at_its_turn, Missing):
        return refusal(campaign, at_its_turn, coupon_id)
    return lost(campaign, [rival.plan.campaign for rival in _rivals(offer, chosen)], coupon_id)


def _rivals(offer: Offer, chosen: Sequence[Offer]) -> Sequence[Offer]:
    """Return those of *chosen* that *offer* can't stand beside, else those on its lines, else all."""
    bars = offer.plan.stance.bars
    barring = [rival for rival in chosen if rival.plan.stance.number in bars]
    return barring or [rival for rival in chosen if set(rival.places) & set(offer.places)] or chosen
