"""The best combination by trying every subset: plain code that shares nothing with the search but the kinds.

It reads campaigns and facts itself: scope, order, conflicts, limits and cuts are written again from docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engine.rules.campaign import Campaign, Group
from engine.rules.catalogue import DEFAULTS
from engine.rules.facts import Facts, Line
from engine.rules.kinds import Condition, Missing, Piece, Situation
from engine.rules.options import Options

PHASES = ["item", "bundle", "order", "payment"]


def best(campaigns: list[Campaign], facts: Facts, options: Options = DEFAULTS) -> tuple[int, tuple[str, ...]]:
    """Return the largest saving of a lawful subset, and the ids of the subset that the ties choose."""
    lines = merged(facts)
    ordered = sorted(campaigns, key=lambda c: (PHASES.index(c.stacking.phase), -c.stacking.priority, c.id))
    found = list(subsets([c for c in ordered if allowed(c, facts)], facts, lines, whole(facts, lines, options)))
    most = max(sum(amounts) for _, amounts in found)
    tied = [(subset, amounts) for subset, amounts in found if sum(amounts) == most]
    subset, _ = min(tied, key=lambda one: ties(*one, facts, ordered))
    return most, tuple(c.id for c in subset)


Subset = tuple[tuple[Campaign, ...], list[int]]  # the campaigns in their order, and what each takes


class Left(NamedTuple):
    """What is left: of each line, of its units, of what the basket may save, of how many offers may apply."""

    minor: list[int]
    units: list[int]
    room_minor: int
    offers: int


def whole(facts: Facts, lines: list[Line], options: Options) -> Left:
    offers = 10**9 if options.offers_max is None else options.offers_max
    listed = [ln.quantity * ln.unit_price_minor for ln in lines]
    return Left(listed, [ln.quantity for ln in lines], most_saved(facts, lines, options), offers)


def subsets(rest: list[Campaign], facts: Facts, lines: list[Line], left: Left) -> Iterator[Subset]:
    """Every lawful subset of *rest* on what is *left*: the first of it applies here, the others on what that leaves.

    Those that share their first campaigns share the work of applying them; those after one that does not apply are
    none, for it would stand in them at the same turn.
    """
    yield (), []
    for place, campaign in enumerate(rest):
        taken = take(campaign, facts, lines, left)
        if taken is not None:
            amount, after = taken
            others = [other for other in rest[place + 1 :] if not clash(campaign, other)]
            for subset, amounts in subsets(others, facts, lines, after):
                yield (campaign, *subset), [amount, *amounts]


def take(campaign: Campaign, facts: Facts, lines: list[Line], left: Left) -> tuple[int, Left] | None:
    """What *campaign* takes, cut when the basket saves all it may, and what it leaves; None when it does not apply."""
    in_scope = [i for i, ln in enumerate(lines) if in_scope_of(campaign, ln, facts)]
    outcome = apply_one(campaign, facts, [Piece(lines[i], left.minor[i], left.units[i]) for i in in_scope])
    if outcome is None or not left.room_minor or not left.offers:
        return None
    amounts, units = outcome
    if sum(amounts) > left.room_minor:
        amounts = cut(amounts, left.room_minor)
    minor, free = list(left.minor), list(left.units)
    for i, amount, count in zip(in_scope, amounts, units, strict=True):
        assert 0 <= amount <= minor[i]
        assert 0 <= count <= free[i]
        minor[i] -= amount
        free[i] -= count
    return sum(amounts), Left(minor, free, left.room_minor - sum(amounts), left.offers - 1)


def ties(subset: tuple[Campaign, ...], amounts: list[int], facts: Facts, ordered: list[Campaign]) -> tuple:
    coupons = sorted(held(c, facts).valid_until for c in subset if c.coupon)
    platform = sum(platform_part(c, amount) for c, amount in zip(subset, amounts, strict=True))
    return len(coupons), tuple(coupons), platform, tuple(c not in subset for c in ordered)


def platform_part(campaign: Campaign, amount: int) -> int:
    """Nested: each funder its part of what is not yet paid, rounded half up, the last the rest."""
    paid, parts_paid, platform = 0, 0, 0
    for n, share in enumerate(campaign.funding):
        exact = (amount - paid) * share.part / (1 - parts_paid)
        mine = amount - paid if n == len(campaign.funding) - 1 else int(exact + type(exact)(1, 2))
        platform += mine if share.funder == "platform" else 0
        paid, parts_paid = paid + mine, parts_paid + share.part
    return platform


def merged(facts: Facts) -> list[Line]:
    """Lines of one merchant, SKU and price are one line; sorted."""
    found: dict[tuple, list[Line]] = {}
    for ln in facts.basket.lines:
        found.setdefault((ln.merchant_id, ln.sku, ln.unit_price_minor, ln.kind, ln.category, ln.tags), []).append(ln)
    out = []
    for key in sorted(found):
        same = sorted(found[key], key=lambda ln: ln.id)
        out.append(
            Line(
                id=same[0].id,
                merchant_id=key[0],
                sku=key[1],
                unit_price_minor=key[2],
                kind=key[3],
                category=key[4],
                tags=key[5],
                quantity=sum(ln.quantity for ln in same),
            )
        )
    return out


def clash(a: Campaign, b: Campaign) -> bool:
    s, t = a.stacking, b.stacking
    same_group = s.group != "" and s.group == t.group
    alone = s.exclusive == "alone" or t.exclusive == "alone"
    phase = s.phase == t.phase and "phase" in {s.exclusive, t.exclusive}
    unnamed = (s.combine_with and t.group not in s.combine_with) or (t.combine_with and s.group not in t.combine_with)
    return bool(same_group or alone or phase or unnamed)


def first_come(campaigns: list[Campaign], facts: Facts, options: Options) -> dict[str, int]:
    """In order: each that applies on what those before it left, and stands beside them; by id what it takes."""
    lines, chosen = merged(facts), {}
    left = whole(facts, lines, options)
    for campaign in sorted(campaigns, key=lambda c: (PHASES.index(c.stacking.phase), -c.stacking.priority, c.id)):
        barred = not allowed(campaign, facts) or any(clash(c, campaign) for c in campaigns if c.id in chosen)
        taken = None if barred else take(campaign, facts, lines, left)
        if taken is not None:
            chosen[campaign.id], left = taken
    return chosen


def most_saved(facts: Facts, lines: list[Line], options: Options) -> int:
    """What the basket may save in total."""
    listed, currency = sum(ln.quantity * ln.unit_price_minor for ln in lines), facts.basket.currency
    most = min(listed, options.discount_at_most_minor.get(currency, listed))
    most = min(most, max(0, listed - options.payable_at_least_minor.get(currency, 0)))
    if options.discount_at_most is not None:
        most = min(most, listed * options.discount_at_most.numerator // options.discount_at_most.denominator)
    return most


def applies(campaign: Campaign, facts: Facts, lines: list[Line]) -> bool:
    """Whether *campaign* applies to the basket by itself."""
    return allowed(campaign, facts) and take(campaign, facts, lines, whole(facts, lines, DEFAULTS)) is not None


def apply_one(campaign: Campaign, facts: Facts, pieces: list[Piece]) -> tuple[list[int], list[int]] | None:
    if not (pieces and holds(campaign.audience, facts, pieces) and holds(campaign.when, facts, pieces)):
        return None
    amounts, units = give(campaign, pieces)
    stock = units_left(campaign, facts)
    if sum(units) > stock:
        if campaign.limits.last_unit == "refuse":
            return None
        kept, over = list(units), sum(units) - stock
        for i in reversed(range(len(kept))):
            drop = min(kept[i], over)
            kept[i], over = kept[i] - drop, over - drop
        amounts, units = give(campaign, [Piece(p.line, p.left_minor, k) for p, k in zip(pieces, kept, strict=True)])
    budget = campaign.limits.budget_minor
    if budget is not None:
        budget -= taken(facts, "campaign", campaign.id, campaign.id, "budget")
        if sum(amounts) > budget:
            if campaign.limits.last_unit == "refuse":
                return None
            amounts = cut(amounts, budget)
    return (amounts, units) if sum(amounts) > 0 else None


def give(campaign: Campaign, pieces: list[Piece]) -> tuple[list[int], list[int]]:
    amounts, units = [0] * len(pieces), [0] * len(pieces)
    for benefit in campaign.give:
        now = [
            Piece(p.line, p.left_minor - a, p.free_units - u) for p, a, u in zip(pieces, amounts, units, strict=True)
        ]
        more, taking = benefit.discounts(now), benefit.units(now)
        amounts = [a + m for a, m in zip(amounts, more, strict=True)]
        units = [u + t for u, t in zip(units, taking, strict=True)]
    return amounts, units


def cut(amounts: list[int], most: int) -> list[int]:
    """Largest remainder, ties to the earlier."""
    total = sum(amounts)
    parts = [most * a // total for a in amounts]
    rests = sorted(range(len(amounts)), key=lambda i: (-(most * amounts[i] % total), i))
    for i in rests[: most - sum(parts)]:
        parts[i] += 1
    return parts


def holds(group: Group, facts: Facts, pieces: list[Piece]) -> bool:
    def one(member: Condition | Group) -> bool:
        if isinstance(member, Group):
            return holds(member, facts, pieces)
        answer = member.check(Situation(facts, pieces))
        assert answer is None or isinstance(answer, Missing)
        return answer is None

    return all(map(one, group.all)) and (not group.any or any(map(one, group.any))) and not any(map(one, group.none))


def in_scope_of(campaign: Campaign, ln: Line, facts: Facts) -> bool:
    known = facts.merchants.get(ln.merchant_id)
    at = {("ids", ln.merchant_id)} | (
        {("tags", t) for t in known.tags} | {("districts", known.district)} if known else set()
    )
    what = {("skus", ln.sku), ("categories", ln.category)} | {("tags", t) for t in ln.tags}
    for chosen, has in ((campaign.scope.merchants, at), (campaign.scope.items, what)):
        wanted = {(d, v) for d, vs in chosen.include.items() for v in vs}
        unwanted = {(d, v) for d, vs in chosen.exclude.items() for v in vs}
        if (chosen.include and not wanted & has) or unwanted & has:
            return False
    return ln.kind in campaign.scope.kinds


def taken(facts: Facts, kind: str, scope_id: str | None, campaign_id: str, limit: str, window: str = "") -> int:
    return sum(c.taken for c in facts.counts if tuple(c.key) == (kind, scope_id, campaign_id, limit, window))


def allowed(campaign: Campaign, facts: Facts) -> bool:
    lim, id_, payer = campaign.limits, campaign.id, facts.payer
    member = payer.member_id if payer else None
    if campaign.currency != facts.basket.currency or (campaign.coupon and held(campaign, facts) is None):
        return False
    if payer is None and (lim.uses_per_member is not None or lim.units_per_member is not None):
        return False
    if units_left(campaign, facts) <= 0:
        return False
    if lim.uses_total is not None and taken(facts, "campaign", id_, id_, "uses") >= lim.uses_total:
        return False
    if lim.budget_minor is not None and taken(facts, "campaign", id_, id_, "budget") >= lim.budget_minor:
        return False
    return lim.uses_per_member is None or taken(facts, "member", member, id_, "uses") < lim.uses_per_member


def units_left(campaign: Campaign, facts: Facts) -> int:
    lim, id_, member = campaign.limits, campaign.id, facts.payer.member_id if facts.payer else None
    total = 10**9 if lim.units_total is None else lim.units_total - taken(facts, "campaign", id_, id_, "units")
    mine = (
        10**9 if lim.units_per_member is None else lim.units_per_member - taken(facts, "member", member, id_, "units")
    )
    return min(total, mine)


def held(campaign: Campaign, facts: Facts):
    usable = [c for c in facts.coupons if c.campaign_id == campaign.id and c.valid_from <= facts.now < c.valid_until]
    return min(usable, key=lambda c: (c.valid_until, c.id), default=None)
