"""What is given after payment: computed on what is paid, within limits, by its own stacking.

A reward counts as nothing saved. Rewards conflict among themselves only; discounts don't take them away.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.clauses import check
from engine.rules.decision import Refusal, Reward
from engine.rules.evaluate import Offer, State
from engine.rules.facts import Facts, Line
from engine.rules.kinds import Grant, Missing, Situation
from engine.rules.limits import BUDGET_SPENT, takes
from engine.rules.reasons import NOTHING_TO_GIVE, OTHER_REWARD, refusal


def given(
    offers: Sequence[Offer], facts: Facts, lines: Sequence[Line], paid: State
) -> tuple[list[Reward], list[Refusal]]:
    """Return the rewards of *offers* (in their order) on what is *paid*, and why the others give nothing."""
    rewards: list[Reward] = []
    refused: list[Refusal] = []
    before: list[Offer] = []
    for offer in offers:
        campaign = offer.plan.campaign
        grants = _grants(offer, facts, paid)
        if any(other.plan.stance.number in offer.plan.stance.bars for other in before):
            refused.append(refusal(campaign, OTHER_REWARD))
        elif isinstance(grants, Missing):
            refused.append(refusal(campaign, grants))
        else:
            before.append(offer)
            rewards += rewards_of(offer, grants, facts, lines)
    return rewards, refused


def granted_count(offers: Sequence[Offer], facts: Facts, paid: State) -> int:
    """Count the campaigns that would give something."""
    return sum(not isinstance(_grants(offer, facts, paid), Missing) for offer in offers)


def rewards_of(
    offer: Offer, grants: Sequence[Grant], facts: Facts, lines: Sequence[Line], *, counts: bool = True
) -> list[Reward]:
    """Return *grants* as rewards; the use is counted with the first, money with each red packet."""
    campaign = offer.plan.campaign
    funder = campaign.funding[0].funder
    if funder == "merchant":  # of the first line in scope
        funder = f"merchant:{lines[offer.scope[0]].merchant_id}"
    return [
        Reward(
            campaign_id=campaign.id,
            version=campaign.version,
            name=campaign.name,
            kind=grant.kind,
            to=grant.to,
            amount=grant.amount,
            funder=funder,
            takes=takes(offer.plan.terms, facts, spent_minor=_money(grant), units=0, uses=int(not place))
            if counts
            else (),
            coupon_campaign_id=grant.coupon_campaign_id,
        )
        for place, grant in enumerate(grants)
    ]


def grants_on(offer: Offer, facts: Facts, paid: State) -> list[Grant]:
    """Return what the offer's rewards give on what is *paid*."""
    situation = Situation(facts, paid.pieces(offer.scope))
    return [grant for benefit in offer.plan.rewards for grant in benefit.grants(situation) if grant.amount > 0]


def _grants(offer: Offer, facts: Facts, paid: State) -> list[Grant] | Missing:
    situation = Situation(facts, paid.pieces(offer.scope))
    for clause in offer.plan.turning:
        missing = check(clause, situation)
        if missing is not None:
            return missing
    grants = grants_on(offer, facts, paid)
    if not grants:
        return NOTHING_TO_GIVE
    budget = offer.room.budget_minor
    if budget is not None and sum(map(_money, grants)) > budget:
        return BUDGET_SPENT
    return grants


def _money(grant: Grant) -> int:
    return grant.amount if grant.kind == "red_packet" else 0
