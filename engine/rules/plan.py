"""A campaign made ready for deciding, once, when the catalogue is built."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.rules.campaign import Campaign
from engine.rules.clauses import Clause, clauses, looks_at_left
from engine.rules.decision import FunderPart, Refusal
from engine.rules.funding import funders
from engine.rules.kinds import PHASES, Benefit, Condition
from engine.rules.limits import Terms, terms_of
from engine.rules.reasons import ITEMS_MISSING, NOT_NOW, refusal
from engine.rules.search.conflicts import Stance, stances

MILLION: Final = 1_000_000
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
    funders: tuple[FunderPart, ...]
    rate_ppm: int  # of what is left in scope; a discount is at most that, each benefit's rounding aside
    of_total: Callable[[int], int] | None  # the discount, when what is left in total and the floor decide it alone
    most_of: Callable[[int], int]  # an amount that the discount never exceeds, by what is left in total
    floor_minor: int  # left in scope below which the campaign can't apply
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
    discounts = () if is_reward else tuple(b for b in campaign.give if b.phase != "reward")
    turning = tuple(clause for clause in every if looks_at_left(clause))
    of_total = _of_total(discounts, turning)
    floor_minor = max([_floor_minor(clause) for clause in every], default=0)
    return Plan(
        campaign=campaign,
        place=place,
        turn=(phase, -campaign.stacking.priority, place),
        fixed=tuple(clause for clause in every if not looks_at_left(clause)),
        turning=turning,
        discounts=discounts,
        rewards=campaign.give if is_reward else tuple(b for b in campaign.give if b.phase == "reward"),
        funders=funders(campaign.funding),
        rate_ppm=min(MILLION, sum(benefit.rate_ppm(floor_minor) for benefit in discounts)),
        of_total=of_total,
        most_of=of_total or _most_of(discounts),
        floor_minor=floor_minor,
        stance=stance,
        terms=terms_of(campaign),
        not_now=refusal(campaign, NOT_NOW),
        items_missing=refusal(campaign, ITEMS_MISSING),
    )


def _of_total(discounts: Sequence[Benefit], turning: Sequence[Clause]) -> Callable[[int], int] | None:
    """Return the discount by the total left, where only one benefit and "at least so much left" decide it."""
    by_floor = all(
        clause.kind == "all"
        and all(isinstance(member, Condition) and member.holds_from_minor() is not None for member in clause.members)
        for clause in turning
    )
    return discounts[0].of_total() if by_floor and len(discounts) == 1 else None


def _most_of(discounts: Sequence[Benefit]) -> Callable[[int], int]:
    """Each benefit is taken to see the lines as if the campaign's others took nothing."""
    return lambda left_minor: min(left_minor, sum([benefit.most_minor(left_minor) for benefit in discounts]))


def _floor_minor(clause: Clause) -> int:
    if clause.kind != "all":
        return 0
    members = [member for member in clause.members if isinstance(member, Condition)]
    floors = [floor for member in members for floor in (member.left_at_least_minor(), member.holds_from_minor())]
    return max([floor for floor in floors if floor is not None], default=0)
