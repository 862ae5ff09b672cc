"""The offers of a basket: which campaigns that reached it may apply, and why others can't, before the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.rules.catalogue import Catalogue
from engine.rules.clauses import check
from engine.rules.decision import Refusal
from engine.rules.evaluate import Offer, State, whole
from engine.rules.facts import CounterKey, Facts, HeldCoupon, Line
from engine.rules.index import places_of
from engine.rules.kinds import Missing, Situation
from engine.rules.limits import room, taken_by_campaign
from engine.rules.matches import lines_by_place
from engine.rules.plan import Plan
from engine.rules.reasons import COUPON_NEEDED, refusal


class Offers(NamedTuple):
    """The campaigns that reached the basket: discounts and rewards that may apply, in their turn, and refusals."""

    discounts: list[Offer]
    rewards: list[Offer]
    refused: list[Refusal]


def offers_on(catalogue: Catalogue, facts: Facts, lines: Sequence[Line]) -> Offers:
    """Sort the reached campaigns into offers and refusals."""
    plans, reach = catalogue.plans, catalogue.index.reach(facts, lines)
    in_scope = 0
    for mask in reach.by_line:
        in_scope |= mask
    found = Offers([], [], [plans[place].items_missing for place in places_of(reach.reached & ~in_scope)])
    found.refused.extend(plans[place].not_now for place in places_of(in_scope & ~reach.open))
    taken, basket = taken_by_campaign(facts), whole(lines)
    running = in_scope & reach.open
    for place, lines_in_scope in lines_by_place(running, reach.by_line).items():
        plan = plans[place]
        offer = _offer(plan, facts, basket, lines_in_scope, taken)
        if isinstance(offer, Missing):
            found.refused.append(refusal(plan.campaign, offer))
        else:
            (found.rewards if plan.is_reward else found.discounts).append(offer)
    found.discounts.sort(key=_turn)
    found.rewards.sort(key=_turn)
    return found


def _turn(offer: Offer) -> tuple[int, int, int]:
    return offer.plan.turn


def _offer(
    plan: Plan,
    facts: Facts,
    basket: State,
    places: tuple[int, ...],
    taken: Mapping[str, Mapping[CounterKey, int]],
) -> Offer | Missing:
    if plan.fixed:
        situation = Situation(facts, basket.pieces(places))
        for clause in plan.fixed:
            missing = check(clause, situation)
            if missing is not None:
                return missing
    left = room(plan.terms, facts, taken)
    if isinstance(left, Missing):
        return left
    coupon = None
    if plan.campaign.coupon is not None:
        coupon = _coupon(plan.campaign.id, facts)
        if coupon is None:
            return COUPON_NEEDED
    return Offer(plan, _looked_at(plan, places, basket.lines), left, coupon, places)


def _looked_at(plan: Plan, places: tuple[int, ...], lines: Sequence[Line]) -> tuple[int, ...]:
    """Return the places of the lines that the discounts may look at; of those that choose none, all."""
    if plan.of_total is not None or plan.is_reward:
        return places
    reached = [place for place in places if any(benefit.reaches(lines[place]) for benefit in plan.discounts)]
    return tuple(reached) or places


def _coupon(campaign_id: str, facts: Facts) -> HeldCoupon | None:
    """Return the held coupon to spend: the one that expires first."""
    held = [
        coupon
        for coupon in facts.coupons
        if coupon.campaign_id == campaign_id and coupon.valid_from <= facts.now < coupon.valid_until
    ]
    return min(held, key=lambda coupon: (coupon.valid_until, coupon.id), default=None)
