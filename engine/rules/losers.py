"""The offers that were not chosen: each is refused with what is missing at its turn, or lost to those that were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.rules.decision import Lost, Refusal, Words
from engine.rules.evaluate import Offer, Outcome, State, evaluate, whole
from engine.rules.facts import Facts, Line
from engine.rules.kinds import Missing
from engine.rules.options import Options
from engine.rules.reasons import BASKET_CAP, CAME_FIRST, NOTHING_LEFT, SAVES_MORE, lost, offers_at_most, refusal
from engine.rules.search.combination import Combination


def reasons(
    best: Combination, offers: Sequence[Offer], facts: Facts, lines: Sequence[Line], options: Options
) -> Iterator[Refusal | Lost]:
    """Yield the reason of every offer that is not in *best*, which was chosen under *options*."""
    outcome_by_place = {step.place: step.outcome for step in best.steps}
    full, now = _full(best, facts, lines, options), whole(lines)
    look = full is not None or not all(best.fits)
    every = [offers[step.place] for step in best.steps]
    for place, offer in enumerate(offers):
        if place in outcome_by_place:
            now = now.after(offer.places, outcome_by_place[place]) if look else now
            continue
        chosen, why = every, SAVES_MORE
        if options.choose != "best":  # in order, only those before it can have kept it out
            chosen, why = [offers[step.place] for step in best.steps if step.place < place], CAME_FIRST
        fits = best.fits[place]
        at_its_turn = _at_its_turn(offer, facts, now) if full or not fits else None
        yield _reason(offer, chosen, at_its_turn, full, why, fits=fits)


def _at_its_turn(offer: Offer, facts: Facts, now: State) -> Outcome | Missing:
    """Return what *offer* takes, or why it does not apply; where nothing comes off, its benefits may know why."""
    found = evaluate(offer, facts, now)
    if found is not NOTHING_LEFT:
        return found
    seen = now.pieces(offer.places)
    return next((why for benefit in offer.plan.discounts if (why := benefit.why_nothing(seen))), NOTHING_LEFT)


def _full(best: Combination, facts: Facts, lines: Sequence[Line], options: Options) -> Missing | None:
    """Return what lets no other offer apply beside *best*: the basket's cap, or the count of offers."""
    saved = sum([step.outcome.total_minor for step in best.steps])
    if options.room_minor(facts.basket.currency, sum([line.list_minor for line in lines])) == saved:
        return BASKET_CAP
    return offers_at_most(len(best.steps)) if len(best.steps) == options.offers_max else None


def _reason(
    offer: Offer,
    chosen: Sequence[Offer],
    at_its_turn: Outcome | Missing | None,
    full: Missing | None,
    why: Words,
    *,
    fits: bool,
) -> Refusal | Lost:
    """Return why: at its turn it does not apply; nothing more may; or others took its place. *fits*: it would alone."""
    campaign, coupon_id = offer.plan.campaign, offer.coupon.id if offer.coupon else None
    if isinstance(at_its_turn, Missing) and not fits:
        return refusal(campaign, at_its_turn, coupon_id)
    bars = offer.plan.stance.bars
    rivals: Sequence[Offer] = [rival for rival in chosen if rival.plan.stance.number in bars]
    if full is not None and isinstance(at_its_turn, Outcome) and not rivals:
        return refusal(campaign, full, coupon_id)
    rivals = rivals or [rival for rival in chosen if set(rival.places) & set(offer.places)] or chosen
    return lost(campaign, [rival.plan.campaign for rival in rivals], coupon_id, why)
