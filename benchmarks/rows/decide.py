"""A whole decision when 20 offers fit 20 lines: percentages and amounts in 4 or 8 groups, or in none."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from fractions import Fraction
from statistics import median
from time import process_time_ns

from benchmarks.bench import ROUNDS, Row
from benchmarks.workload import FUNDING, carts
from engine.rules.benefits.amount_off import AmountOff
from engine.rules.benefits.percent_off import PercentOff
from engine.rules.campaign import Campaign, Filter, Limits, Schedule, Scope, Stacking
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.decision import Words
from engine.rules.facts import Facts

OFFERS, LINES, BASKETS = 20, 20, 20


def rows() -> list[Row]:
    return [_row(groups) for groups in (4, 8, 0)]


def _row(groups: int) -> Row:
    chance = random.Random(groups)
    baskets = carts(BASKETS, LINES)
    cases = [(Catalogue.build(_campaigns(chance, groups, facts)), facts) for facts in baskets]
    assert all(len(decision.applied) + len(decision.lost) == OFFERS for decision in _decided(cases))
    spent = [min(_us(catalogue, facts) for _ in range(ROUNDS // 3)) for catalogue, facts in cases]
    proven = sum(decision.optimal for decision in _decided(cases))
    print(f"  {groups} groups: p95 {sorted(spent)[BASKETS * 95 // 100 - 1]:.0f} µs, {proven} of {BASKETS} proven best")
    name = f"decide_20_offers_{groups}_groups" if groups else "decide_20_offers_ungrouped"
    return Row(name=name, ours=round(median(spent), 2), other=None, ratio=None, unit="µs")


def _decided(cases: list[tuple[Catalogue, Facts]]):
    return [decide(catalogue, facts) for catalogue, facts in cases]


def _us(catalogue: Catalogue, facts: Facts) -> float:
    start = process_time_ns()
    decide(catalogue, facts)
    return (process_time_ns() - start) / 1000


def _campaigns(chance: random.Random, groups: int, facts: Facts) -> list[Campaign]:
    return [
        Campaign(
            id=f"k{place:02}",
            version="v",
            currency="CNY",
            name=Words(en=f"Offer {place}", zh=f"活动{place}"),
            funding=FUNDING,
            schedule=Schedule("Asia/Shanghai", datetime(2026, 1, 1, tzinfo=UTC), None),
            give=(
                PercentOff(percent=Fraction(chance.randint(3, 15), 100))
                if place % 2
                else AmountOff(amount_minor=chance.randint(100, 900)),
            ),
            limits=Limits(),
            stacking=Stacking("order", group=f"g{place % groups}" if groups else "", priority=chance.randrange(5)),
            scope=Scope(items=Filter(_some(chance, facts))),
        )
        for place in range(OFFERS)
    ]


def _some(chance: random.Random, facts: Facts) -> dict[str, tuple[str, ...]]:
    """Choose half of the lines for one campaign in three, all for the rest."""
    skus = sorted({line.sku for line in facts.basket.lines})
    return {"skus": tuple(chance.sample(skus, len(skus) // 2))} if chance.random() < 1 / 3 else {}
