"""The offers of a basket as the outlook sees them: what each takes at most, and who stands in whose way."""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p
from typing import Final

from engine.money import BASKET_MAX_MINOR
from engine.rules.evaluate import Offer, Outcome, State, fails_for_good
from engine.rules.facts import Facts
from engine.rules.plan import MILLION
from engine.rules.search.blocks import Blocks
from engine.rules.search.conflicts import clique_of
from engine.rules.search.outlook import Prospect

#: A percentage from here on is counted by amount: its logarithm says nothing more.
PART_MAX_PPM: Final = 990_000


def prospects(offers: Sequence[Offer], blocks: Blocks) -> list[Prospect]:
    """Return *offers*, in their order, as the outlook sees them."""
    found = list[Prospect]()
    kept_later, highest = 1.0, dict[int, float]()  # what the offers after leave of a line, and each clique's part of it
    for place in range(len(offers) - 1, -1, -1):
        offer = offers[place]
        plan, region = offer.plan, blocks.region_by_places[offer.places]
        clique = clique_of(plan.stance, place)
        parts = blocks.blocks_in(region)
        log, is_even = 0.0, not _is_cut(offer)
        slack = 1.0 + (len(offer.places) / 4 * (1.0 - kept_later) if len(parts) > 1 else 0.0)
        if is_even and plan.rate_ppm < PART_MAX_PPM:
            part = plan.rate_ppm / MILLION
            log = -log1p(-part)
            before = highest.get(clique, 0.0)
            if part > before:
                highest[clique] = part
                kept_later *= (1.0 - part) / (1.0 - before)
        found.append(Prospect(region, clique, log, slack, parts, is_even))
    return found[::-1]


def _is_cut(offer: Offer) -> bool:
    """Say whether the discount may be cut after it was shared by what is left, or looks at lines."""
    return offer.plan.of_total is None or (
        offer.room.budget_minor is not None and offer.plan.campaign.limits.last_unit == "partial"
    )


def cap_minor(offer: Offer, facts: Facts, state: State, outcome: Outcome | None) -> int:
    """Return an amount that the offer never exceeds: its budget; where lines decide, what its benefits give alone."""
    budget = offer.room.budget_minor
    cap = BASKET_MAX_MINOR if budget is None else budget
    if offer.plan.of_total is not None:
        return cap
    if outcome is not None and offer.room.units is None and len(offer.plan.discounts) == 1:
        return min(cap, outcome.nominal_minor)
    if fails_for_good(offer, facts, state) is not None:
        return 0
    seen = state.pieces(offer.places)
    return min(cap, sum([sum(benefit.discounts(seen)) for benefit in offer.plan.discounts]))
