"""What the laws run on: in a few hundred drawn baskets everything that the search must get right is in play."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from random import Random

from engine.rules.kinds import benefits
from tests import make
from tests.rules.brute_force import clash
from tests.rules.every_kind import benefit, case

ROWS = [(1001, 3, "m1", "a", "tea"), (250, 4, "m2", "b", ""), (3333, 1, "m1", "c", "tea"), (99, 2, "m2", "a", "")]
CONFLICTS = {
    "group": lambda s, t: bool(s.group) and s.group == t.group,
    "alone": lambda s, t: "alone" in {s.exclusive, t.exclusive},
    "phase": lambda s, t: s.phase == t.phase and "phase" in {s.exclusive, t.exclusive},
    "combine_with": lambda s, t: bool(s.combine_with) and t.group not in s.combine_with,
}


def test_benefits_of_every_kind_are_drawn() -> None:
    chance = Random(1)
    drawn = {type(benefit(chance)) for _ in range(300)}
    assert drawn == {kind for kind in benefits().values() if not kind.grant_kind}


def test_everything_that_decides_is_in_play() -> None:
    seen: Counter[str] = Counter()
    for seed in range(300):
        campaigns, facts = case([8 * seed + n for n in range(8)], ROWS)
        decision = make.priced(campaigns, facts)
        by_id = {one.id: one for one in campaigns}
        applied = [by_id[one.campaign_id] for one in decision.applied]
        lost = [by_id[one.campaign_id] for one in decision.lost]
        seen["several apply"] += len(applied) > 2
        seen["phases"] += len({one.stacking.phase for one in applied}) > 2
        seen["cut"] += any(one.amount_minor < one.nominal_minor for one in decision.applied)
        seen["coupon"] += any(one.coupon_id is not None for one in decision.applied)
        seen["units counted"] += any(take.key.limit == "units" for one in decision.applied for take in one.takes)
        for code in ("spend_more", "spend_less", "buy_more", "limit_reached", "sold_out", "nothing_to_discount"):
            seen[code] += any(one.code == code for one in decision.refused)
        for name, rule in CONFLICTS.items():
            seen[name] += any(rule(a.stacking, b.stacking) for a in applied for b in lost)
        seen["lost without a conflict"] += any(not any(clash(a, b) for a in applied) for b in lost)
        seen["lost among rivals"] += any(clash(a, b) for a, b in combinations(lost, 2))
    assert [name for name, times in seen.items() if times < 5] == []
