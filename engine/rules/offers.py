"""The offers of a basket: which campaigns that reached it may apply, and why others can't, before the search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from engine.rules.catalogue import Catalogue
from engine.rules.clauses import check
from engine.rules.decision import Refusal
from engine.rules.evaluate import Offer, State, whole
from engine.rules.facts import CounterKey, Facts, HeldCoupon, Line
from engine.rules.kinds import Missing, Situation
from engine.rules.limits import room, taken_by_campaign
from engine.rules.plan import Plan
from engine.rules.reach.matches import lines_by_place
from engine.rules.reach.parts import Part
from engine.rules.reach.postings import chosen
from engine.rules.reach.shelf import Shelf
from engine.rules.reasons import COUPON_NEEDED, refusal


class Offers(NamedTuple):
    """The campaigns that reached the basket: discounts and rewards that may apply, in their turn, and refusals."""

    discounts: list[Offer]
    rewards: list[Offer]
    refused: list[Refusal]


def offers_on(catalogue: Catalogue, facts: Facts, lines: Sequence[Line]) -> Offers:
    """Sort the reached campaigns into offers and refusals."""
    found = Offers([], [], [])
    taken, basket = taken_by_campaign(facts), whole(lines)
    for shelf, parts in catalogue.index.meetings(lines):
        for plan, places in _running(shelf, parts, facts, len(lines), found.refused):
            offer = _offer(plan, facts, basket, places, taken)
            if isinstance(offer, Missing):
                found.refused.append(refusal(plan.campaign, offer))
            else:
                (found.rewards if plan.is_reward else found.discounts).append(offer)
    found.discounts.sort(key=_turn)
    found.rewards.sort(key=_turn)
    return found


def _running(
    shelf: Shelf, parts: Sequence[Part], facts: Facts, lines: int, refused: list[Refusal]
) -> Iterator[tuple[Plan, tuple[int, ...]]]:
    """Yield the campaigns of *shelf* that run and the places of their lines; refuse the others that are reached."""
    fits, in_scope, by_line = shelf.fit(facts), 0, [0] * lines
    if not fits:
        return
    for part in parts:
        for number, mask in enumerate(shelf.by_line(part, facts.merchants), part.first):
            by_line[number] = mask
            in_scope |= mask
    in_scope &= fits
    reached = fits & shelf.at([part.merchant_id for part in parts], facts.merchants)
    running = in_scope & shelf.openings.at(facts.now)
    if reached != running:
        refused += [plan.items_missing for plan in chosen(shelf.plans, reached & ~in_scope)]
        refused += [plan.not_now for plan in chosen(shelf.plans, in_scope & ~running)]
    if running:
        for place, places in lines_by_place(running, by_line).items():
            yield shelf.plans[place], places


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
