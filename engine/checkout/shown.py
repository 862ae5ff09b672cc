"""A decision as the wire shows it: lines with their names, discounts with their funders, reasons, rewards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.programs.funder import funder_part
from engine.rules.decision import Decision, LinePrice, Lost, Refusal, Reward, Words
from engine.rules.facts import Basket, Facts
from engine.rules.funding import amount_by_funder
from engine.wire.quotes import AppliedOffer, LinePriced, LostOffer, Quote, RefusedOffer, RewardGiven


def quote_shown(decision: Decision, facts: Facts, names: Mapping[str, Words], revision: int) -> Quote:
    """Return the quote of *decision*; *names* are the merchants' by id."""
    return Quote(
        currency=decision.currency,
        list_minor=decision.list_minor,
        discount_minor=decision.discount_minor,
        payable_minor=decision.payable_minor,
        lines=lines_shown(decision.lines, facts.basket),
        applied=applied_shown(decision, names),
        refused=refused_shown(decision.refused),
        lost=tuple(map(_lost, decision.lost)),
        rewards=tuple(reward_shown(reward) for reward in decision.rewards if reward.to == "payer"),
        optimal=decision.optimal,
        priced_for_member=facts.payer is not None,
        decided_at=facts.now,
        catalogue_revision=revision,
    )


def lines_shown(prices: Iterable[LinePrice], basket: Basket) -> tuple[LinePriced, ...]:
    """Return the priced lines, which are in the basket's order, nothing refunded yet."""
    return tuple(
        [
            LinePriced(
                line_id=line.id,
                merchant_id=line.merchant_id,
                sku=line.sku,
                name=line.name,
                quantity=line.quantity,
                list_minor=price.list_minor,
                discount_minor=price.discount_minor,
                payable_minor=price.payable_minor,
            )
            for line, price in zip(basket.lines, prices, strict=True)
        ]
    )


def applied_shown(decision: Decision, names: Mapping[str, Words]) -> tuple[AppliedOffer, ...]:
    """Return each discount with what every funder pays of it."""
    merchants = {line.line_id: line.merchant_id for line in decision.lines}
    return tuple(
        AppliedOffer(
            campaign_id=offer.campaign_id,
            name=offer.name,
            amount_minor=offer.amount_minor,
            nominal_minor=offer.nominal_minor,
            coupon_id=offer.coupon_id,
            funders=tuple(
                [funder_part(funder, amount, names) for funder, amount in amount_by_funder(offer, merchants).items()]
            ),
        )
        for offer in decision.applied
    )


def refused_shown(refused: Iterable[Refusal]) -> tuple[RefusedOffer, ...]:
    """Return why campaigns do not apply."""
    return tuple(
        RefusedOffer(
            campaign_id=reason.campaign_id,
            name=reason.name,
            code=reason.code,
            sentence=reason.sentence,
            missing_minor=reason.missing_minor,
            missing_quantity=reason.missing_quantity,
        )
        for reason in refused
    )


def reward_shown(reward: Reward) -> RewardGiven:
    """Return a reward that is promised."""
    return RewardGiven(kind=reward.kind, campaign_id=reward.campaign_id, name=reward.name, amount=reward.amount)


def _lost(lost: Lost) -> LostOffer:
    return LostOffer(campaign_id=lost.campaign_id, name=lost.name, to=lost.to, sentence=lost.sentence)
