"""Decide: facts and a catalogue in, a priced decision with reasons out. Pure; the same in gives the same bytes out."""

from __future__ import annotations

from typing import NamedTuple

from engine.rules.catalogue import Catalogue
from engine.rules.clauses import check
from engine.rules.combine import Combination, Search, after
from engine.rules.decision import Applied, Decision, LinePrice, Lost, Refusal, Reward, Take
from engine.rules.evaluate import Offer, Outcome, State, evaluate
from engine.rules.facts import CounterKey, Facts, HeldCoupon, Line
from engine.rules.funding import cells
from engine.rules.kinds import Missing, Piece, Situation
from engine.rules.limits import orders_keys, room, takes
from engine.rules.lines import Shares, merge
from engine.rules.plan import Plan
from engine.rules.reasons import COUPON_NEEDED, ITEMS_MISSING, NOT_NOW, lost, refusal
from engine.rules.rewards import given, granted_count, grants_on, rewards_of
from engine.rules.schedule import is_open
from engine.rules.scope import reaches


class Offers(NamedTuple):
    """The campaigns that reached the basket: discounts and rewards that may apply, and those refused already."""

    discounts: list[Offer]
    rewards: list[Offer]
    refused: list[Refusal]


def decide(catalogue: Catalogue, facts: Facts) -> Decision:
    """Return the best lawful combination for *facts*: what each line costs, who funds it, why others did not apply."""
    merged = merge(facts.basket)
    lines = [whole.line for whole in merged]
    offers = offered(catalogue, facts, lines)
    search = Search(offers.discounts, facts, lines, lambda paid: granted_count(offers.rewards, facts, lines, paid))
    best = search.run()
    shares = Shares(merged)
    applied = _applied(best, offers.discounts, facts, shares)
    refused, losers = _others(best, offers.discounts, facts, lines)
    rewards, unrewarded = given(offers.rewards, facts, lines, best.state)
    bonus = _bonus(best, offers.discounts, facts, lines)
    prices = _prices(facts, shares)
    return Decision(
        currency=facts.basket.currency,
        list_minor=sum(price.list_minor for price in prices),
        discount_minor=sum(price.discount_minor for price in prices),
        payable_minor=sum(price.payable_minor for price in prices),
        lines=prices,
        applied=applied,
        refused=tuple(sorted([*offers.refused, *refused, *unrewarded], key=lambda reason: reason.campaign_id)),
        lost=tuple(sorted(losers, key=lambda reason: reason.campaign_id)),
        rewards=(*bonus, *rewards),
        takes=tuple(Take(key=key, amount=1, ceiling=None) for key in orders_keys(facts)),
        optimal=best.optimal,
        nodes=best.nodes,
    )


def offered(catalogue: Catalogue, facts: Facts, lines: list[Line]) -> Offers:
    """Sort the reached campaigns into offers, in their turn, and refusals."""
    taken = {CounterKey(*count.key): count.taken for count in facts.counts}
    found = Offers([], [], [])
    for plan in catalogue.reached(facts):
        offer = _offer(plan, facts, lines, taken)
        if isinstance(offer, Missing):
            found.refused.append(refusal(plan.campaign, offer))
        else:
            (found.rewards if plan.is_reward else found.discounts).append(offer)
    found.discounts.sort(key=lambda offer: offer.plan.turn)
    found.rewards.sort(key=lambda offer: offer.plan.turn)
    return found


def _offer(plan: Plan, facts: Facts, lines: list[Line], taken: dict[CounterKey, int]) -> Offer | Missing:
    campaign = plan.campaign
    places = tuple(i for i, line in enumerate(lines) if reaches(campaign.scope, line, facts.merchants))
    if not places:
        return ITEMS_MISSING
    if not is_open(campaign.schedule, facts.now):
        return NOT_NOW
    situation = Situation(facts, [Piece(lines[i], lines[i].list_minor, lines[i].quantity) for i in places])
    for clause in plan.fixed:
        missing = check(clause, situation)
        if missing is not None:
            return missing
    left = room(campaign, facts, taken)
    if isinstance(left, Missing):
        return left
    coupon = _coupon(plan, facts)
    if coupon is None and campaign.coupon is not None:
        return COUPON_NEEDED
    return Offer(plan, places, left, coupon)


def _coupon(plan: Plan, facts: Facts) -> HeldCoupon | None:
    """Return the held coupon to spend: the one that expires first."""
    held = [
        coupon
        for coupon in facts.coupons
        if coupon.campaign_id == plan.campaign.id and coupon.valid_from <= facts.now < coupon.valid_until
    ]
    return min(held, key=lambda coupon: (coupon.valid_until, coupon.id), default=None)


def _applied(best: Combination, offers: list[Offer], facts: Facts, shares: Shares) -> tuple[Applied, ...]:
    applied = []
    for step in best.steps:
        offer, outcome = offers[step.place], step.outcome
        campaign = offer.plan.campaign
        amounts = [0] * len(best.state.left_minor)
        for place, amount in zip(offer.places, outcome.amounts, strict=True):
            amounts[place] = amount
        applied.append(
            Applied(
                campaign_id=campaign.id,
                version=campaign.version,
                name=campaign.name,
                phase=campaign.stacking.phase,
                amount_minor=outcome.total_minor,
                nominal_minor=outcome.nominal_minor,
                cells=cells(campaign.funding, shares.take(amounts)),
                takes=takes(campaign, facts, spent_minor=outcome.total_minor, units=sum(outcome.units)),
                coupon_id=offer.coupon.id if offer.coupon else None,
            )
        )
    return tuple(applied)


def _bonus(best: Combination, offers: list[Offer], facts: Facts, lines: list[Line]) -> list[Reward]:
    """Return the rewards of applied discounts; their use is counted with the discount."""
    return [
        reward
        for step in best.steps
        if offers[step.place].plan.rewards
        for reward in rewards_of(
            offers[step.place], grants_on(offers[step.place], facts, lines, best.state), facts, counts=False
        )
    ]


def _others(
    best: Combination, offers: list[Offer], facts: Facts, lines: list[Line]
) -> tuple[list[Refusal], list[Lost]]:
    """Say of each offer that was not chosen: refused on the whole basket, or lost to those chosen."""
    chosen_at = {step.place: step.outcome for step in best.steps}
    chosen = [offers[place] for place in chosen_at]
    whole = State(tuple(line.list_minor for line in lines), tuple(line.quantity for line in lines))
    now = whole
    refused: list[Refusal] = []
    losers: list[Lost] = []
    for place, offer in enumerate(offers):
        if place in chosen_at:
            now = after(now, offer.places, chosen_at[place])
            continue
        if isinstance(evaluate(offer, facts, lines, whole), Outcome):
            losers.append(lost(offer, chosen))
            continue
        missing = evaluate(offer, facts, lines, now)
        if isinstance(missing, Missing):
            refused.append(refusal(offer.plan.campaign, missing, offer.coupon.id if offer.coupon else None))
        else:
            losers.append(lost(offer, chosen))
    return refused, losers


def _prices(facts: Facts, shares: Shares) -> tuple[LinePrice, ...]:
    left = shares.left_minor_by_id
    return tuple(
        LinePrice(
            line_id=line.id,
            merchant_id=line.merchant_id,
            list_minor=line.list_minor,
            discount_minor=line.list_minor - left[line.id],
            payable_minor=left[line.id],
        )
        for line in facts.basket.lines
    )
