"""A campaign made ready for deciding, once, when the catalogue is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.rules.campaign import Campaign
from engine.rules.clauses import Clause, clauses, looks_at_left
from engine.rules.conflicts import Stance, stances
from engine.rules.decision import Refusal
from engine.rules.kinds import PHASES, Benefit
from engine.rules.limits import Terms, terms_of
from engine.rules.reasons import ITEMS_MISSING, NOT_NOW, refusal

REWARD_PHASE = PHASES.index("reward")


@dataclass(frozen=True, slots=True)
class Plan:
    """One campaign with its conditions split and its turn known."""

    campaign: Campaign
    place: int  # in the catalogue
    turn: tuple[int, int, int]  # phase, priority descending, place: the fixed order of applying
    fixed: tuple[Clause, ...]  # conditions whose answer no other offer changes
    turning: tuple[Clause, ...]  # looked at again at the offer's turn
    discounts: tuple[Benefit, ...]
    rewards: tuple[Benefit, ...]
    stance: Stance
    terms: Terms
    not_now: Refusal  # the reasons that never differ are written once
    items_missing: Refusal

    @property
    def is_reward(self) -> bool:
        """Say whether the campaign gives only after payment."""
        return self.turn[0] == REWARD_PHASE


def plans(campaigns: Sequence[Campaign]) -> list[Plan]:
    """Return the plans of *campaigns*, whose order is their place."""
    every = stances([campaign.stacking for campaign in campaigns])
    return [_plan(campaign, place, every[place]) for place, campaign in enumerate(campaigns)]


def _plan(campaign: Campaign, place: int, stance: Stance) -> Plan:
    phase = PHASES.index(campaign.stacking.phase)
    every = [*clauses(campaign.audience), *clauses(campaign.when)]
    is_reward = phase == REWARD_PHASE
    return Plan(
        campaign=campaign,
        place=place,
        turn=(phase, -campaign.stacking.priority, place),
        fixed=tuple(clause for clause in every if not looks_at_left(clause)),
        turning=tuple(clause for clause in every if looks_at_left(clause)),
        discounts=() if is_reward else tuple(b for b in campaign.give if b.phase != "reward"),
        rewards=campaign.give if is_reward else tuple(b for b in campaign.give if b.phase == "reward"),
        stance=stance,
        terms=terms_of(campaign),
        not_now=refusal(campaign, NOT_NOW),
        items_missing=refusal(campaign, ITEMS_MISSING),
    )
