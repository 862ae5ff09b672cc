"""Decide: facts and a catalogue in, a priced decision with reasons out. Pure; the same in gives the same bytes out."""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.catalogue import Catalogue
from engine.rules.decision import Applied, Decision, LinePrice, Lost, Refusal, Reward, Take
from engine.rules.evaluate import Offer, State
from engine.rules.facts import Facts, Line
from engine.rules.limits import orders_keys, takes
from engine.rules.lines import Shares, merge
from engine.rules.losers import reasons
from engine.rules.offers import Offers, offers_on
from engine.rules.options import Options
from engine.rules.rewards import given, granted_count, grants_on, rewards_of
from engine.rules.search.combination import Combination
from engine.rules.search.combine import Search
from engine.rules.search.few import FEW, best_of_few
from engine.rules.search.in_order import in_order


def decide(catalogue: Catalogue, facts: Facts) -> Decision:
    """Return the best lawful combination for *facts*: what each line costs, who funds it, why others did not apply."""
    merged = merge(facts.basket)
    lines = [whole.line for whole in merged]
    offers = offers_on(catalogue, facts, lines)

    listed, options = sum([line.list_minor for line in lines]), catalogue.options
    best = _best(offers, facts, lines, options, options.room_minor(facts.basket.currency, listed))
    shares = Shares(merged, facts.basket)
    applied = _applied(best, offers.discounts, facts, shares)
    others = list(reasons(best, offers.discounts, facts, lines, options))
    rewards, unrewarded = given(offers.rewards, facts, lines, best.state)
    refused = [*offers.refused, *(other for other in others if isinstance(other, Refusal)), *unrewarded]
    left = sum(best.state.left_minor)
    return Decision(
        currency=facts.basket.currency,
        list_minor=listed,
        discount_minor=listed - left,
        payable_minor=left,
        lines=_prices(facts, shares),
        applied=applied,
        refused=tuple(sorted(refused, key=_campaign_id)),
        lost=tuple(sorted([other for other in others if isinstance(other, Lost)], key=_campaign_id)),
        rewards=(*_bonus(best, offers.discounts, facts, lines), *rewards),
        takes=tuple([Take(key=key, amount=1, ceiling=None) for key in orders_keys(facts)]),
        optimal=best.optimal,
        nodes=best.nodes,
    )


def _best(offers: Offers, facts: Facts, lines: Sequence[Line], options: Options, room_minor: int | None) -> Combination:
    """Return the combination that the catalogue's *options* choose."""
    discounts, most = offers.discounts, options.offers_max
    if options.choose == "in_order":
        return in_order(discounts, facts, lines, room_minor=room_minor, offers_max=most)

    def count_rewards(paid: State) -> int:
        return granted_count(offers.rewards, facts, paid) if offers.rewards else 0

    if len(discounts) <= FEW and room_minor is None and (most is None or len(discounts) <= most):
        return best_of_few(discounts, facts, lines, count_rewards=count_rewards)
    return Search(
        discounts, facts, lines, count_rewards=count_rewards, rewards_max=len(offers.rewards), options=options
    ).run()


def _campaign_id(reason: Refusal | Lost) -> str:
    return reason.campaign_id


def _applied(best: Combination, offers: Sequence[Offer], facts: Facts, shares: Shares) -> tuple[Applied, ...]:
    applied = []
    for step in best.steps:
        offer, outcome = offers[step.place], step.outcome
        campaign = offer.plan.campaign
        applied.append(
            Applied(
                campaign_id=campaign.id,
                version=campaign.version,
                name=campaign.name,
                phase=campaign.stacking.phase,
                amount_minor=outcome.total_minor,
                nominal_minor=outcome.nominal_minor,
                by_line=shares.take(offer.places, outcome.amounts),
                funders=offer.plan.funders,
                takes=takes(offer.plan.terms, facts, spent_minor=outcome.total_minor, units=sum(outcome.units)),
                coupon_id=offer.coupon.id if offer.coupon else None,
            )
        )
    return tuple(applied)


def _bonus(best: Combination, offers: Sequence[Offer], facts: Facts, lines: Sequence[Line]) -> list[Reward]:
    """Return the rewards of applied discounts; their use is counted with the discount."""
    return [
        reward
        for step in best.steps
        if (offer := offers[step.place]).plan.rewards
        for reward in rewards_of(offer, grants_on(offer, facts, best.state), facts, lines, counts=False)
    ]


def _prices(facts: Facts, shares: Shares) -> tuple[LinePrice, ...]:
    return tuple(
        [
            LinePrice(
                line_id=line.id,
                merchant_id=line.merchant_id,
                list_minor=(listed := line.list_minor),
                discount_minor=listed - left,
                payable_minor=left,
            )
            for line, left in zip(facts.basket.lines, shares.left_minor, strict=True)
        ]
    )
