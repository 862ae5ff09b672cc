"""The offers that were not chosen: each is refused with what is missing at its turn, or lost to those that were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.rules.combine import Combination
from engine.rules.conflicts import conflict
from engine.rules.decision import Lost, Refusal
from engine.rules.evaluate import Offer, Outcome, State, evaluate, whole
from engine.rules.facts import Facts, Line
from engine.rules.reasons import lost, refusal


def reasons(
    best: Combination, offers: Sequence[Offer], facts: Facts, lines: Sequence[Line]
) -> Iterator[Refusal | Lost]:
    """Yield the reason of every offer that is not in *best*."""
    chosen_at = {step.place: step.outcome for step in best.steps}
    chosen = [offers[place] for place in chosen_at]
    untouched = now = whole(lines)
    for place, offer in enumerate(offers):
        if place in chosen_at:
            now = now.after(offer.places, chosen_at[place])
        else:
            yield _reason(offer, chosen, facts, untouched, now)


def _reason(offer: Offer, chosen: Sequence[Offer], facts: Facts, untouched: State, now: State) -> Refusal | Lost:
    campaign, coupon_id = offer.plan.campaign, offer.coupon.id if offer.coupon else None
    alone = evaluate(offer, facts, untouched)
    at_its_turn = alone if now is untouched else evaluate(offer, facts, now)
    if isinstance(alone, Outcome) or isinstance(at_its_turn, Outcome):
        return lost(campaign, [rival.plan.campaign for rival in _rivals(offer, chosen)], coupon_id)
    return refusal(campaign, at_its_turn, coupon_id)


def _rivals(offer: Offer, chosen: Sequence[Offer]) -> Sequence[Offer]:
    """Return those of *chosen* that *offer* can't stand beside, else those on its lines, else all."""
    stacking = offer.plan.campaign.stacking
    barring = [rival for rival in chosen if conflict(stacking, rival.plan.campaign.stacking)]
    return barring or [rival for rival in chosen if set(rival.places) & set(offer.places)] or chosen
