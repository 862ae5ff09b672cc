"""The offers of a basket as the bound sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.money import BASKET_MAX_MINOR
from engine.rules.blocks import Blocks
from engine.rules.bound import Contender
from engine.rules.evaluate import Offer, State, fails_for_good
from engine.rules.facts import Facts
from engine.rules.plan import MILLION

#: A percentage that its cap holds below this part of itself is counted by amount.
CAPPED: Final = 0.9


def contenders(
    offers: Sequence[Offer], facts: Facts, blocks: Blocks, totals: Sequence[int], state: State
) -> list[Contender]:
    """Return the offers as the bound sees them; *totals* by region and *state* are those of the whole basket."""
    numbers: dict[str, int] = {}
    found = []
    for place, offer in enumerate(offers):
        region = blocks.region_by_places[offer.places]
        plan, group = offer.plan, offer.plan.campaign.stacking.group
        keeps = _keeps(offer, totals[region])
        parts = tuple(blocks.blocks_in(region))
        found.append(
            Contender(
                region=region,
                group=numbers.setdefault(group, len(numbers)) if group else -1 - place,
                floor_minor=plan.floor_minor,
                most_of=plan.most_of,
                cap_minor=_cap_minor(offer, facts, state),
                keeps=keeps or 0,
                rounding_minor=0 if keeps is None else 1 + (len(offer.places) / 4 if len(parts) > 1 else 0),
                blocks=parts,
            )
        )
    return found


def _cap_minor(offer: Offer, facts: Facts, state: State) -> int:
    """Return an amount that the offer never exceeds: its budget; where lines decide, what its benefits give alone."""
    budget = offer.room.budget_minor
    cap = BASKET_MAX_MINOR if budget is None else budget
    if offer.plan.of_total is not None:
        return cap
    if fails_for_good(offer, facts, state) is not None:
        return 0
    seen = state.pieces(offer.places)
    return min(cap, sum([sum(benefit.discounts(seen)) for benefit in offer.plan.discounts]))


def _keeps(offer: Offer, left_minor: int) -> float | None:
    """Return the part that a percentage leaves; 0 where the amount is the better way; None where lines decide."""
    plan, budget = offer.plan, offer.room.budget_minor
    if plan.of_total is None or (budget is not None and plan.campaign.limits.last_unit == "partial"):
        return None  # not shared by what is left, or shared and then cut
    if plan.rate_ppm >= MILLION:
        return 0.0
    off = plan.of_total(left_minor)
    return 1 - plan.rate_ppm / MILLION if off >= CAPPED * left_minor * plan.rate_ppm / MILLION - 1 else 0.0
