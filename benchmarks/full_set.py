"""Baskets with every feature in play, from a fixed seed: what the search has to prove best.

Each basket of 20 lines meets 40 offers in 8 groups (some in none): percentages with and without a cap, amounts from a
threshold, every so much, ladders, budgets that cut, fixed prices, the nth unit, buy and get, sets; over phases and
priorities; 5 % exclusive in their phase, 3 % alone, 5 % that name the groups they go with.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction

from benchmarks.workload import FUNDING, NOW
from engine.rules.benefits.amount_off import AmountOff, Step
from engine.rules.benefits.buy_get import BuyGet, Side
from engine.rules.benefits.fixed_price import FixedPrice
from engine.rules.benefits.percent_off import PercentOff
from engine.rules.benefits.percent_off_items import PercentOffItems
from engine.rules.benefits.set_price import SetPrice
from engine.rules.campaign import Campaign, Filter, Group, Limits, Schedule, Scope, Stacking
from engine.rules.conditions.spend import Spend
from engine.rules.decision import Words
from engine.rules.facts import Basket, Facts, Line, Payer
from engine.rules.kinds import Benefit, Phase

SEED = 2026
GROUPS = 8
CATEGORIES = ("c0", "c1", "c2", "c3", "c4")
MERCHANTS = ("m0", "m1")


def case(number: int, *, offers: int, lines: int) -> tuple[list[Campaign], Facts]:
    """Return one basket and its campaigns, the same for the same arguments."""
    chance = random.Random(f"{SEED} full {number} {offers} {lines}")
    basket = tuple(_line(chance, place) for place in range(lines))
    total = sum(line.list_minor for line in basket)
    facts = Facts(basket=Basket(currency="CNY", lines=basket), now=NOW, payer=Payer(member_id="wei", device_id="d"))
    return [_campaign(chance, place, total) for place in range(offers)], facts


def _line(chance: random.Random, place: int) -> Line:
    return Line(
        id=f"l{place}",
        merchant_id=chance.choice(MERCHANTS),
        sku=f"s{place}",
        category=chance.choice(CATEGORIES),
        quantity=chance.randint(1, 4),
        unit_price_minor=chance.randint(300, 6000),
    )


def _campaign(chance: random.Random, place: int, total_minor: int) -> Campaign:
    give, phase = chance.choice(KINDS)(chance)
    threshold = chance.random() < 0.35
    when = (Spend(at_least_minor=chance.randint(total_minor // 20, total_minor * 3 // 5)),) if threshold else ()
    exclusive = chance.choices(["none", "phase", "alone"], [92, 5, 3])[0]
    named = chance.random() < 0.05
    return Campaign(
        id=f"k{place:03}",
        version=f"v{place}",
        currency="CNY",
        name=Words(en=f"Offer {place}", zh=f"活动{place}"),
        funding=FUNDING,
        schedule=Schedule("Asia/Shanghai", datetime(2026, 1, 1, tzinfo=UTC), None),
        give=(give,),
        limits=Limits(
            budget_minor=chance.randint(500, 5000) if chance.random() < 0.1 else None,
            last_unit=chance.choice(["refuse", "partial"]),
        ),
        stacking=Stacking(
            phase,
            group=f"g{chance.randrange(GROUPS)}" if chance.random() < 0.95 else "",
            exclusive=exclusive,  # type: ignore[arg-type]
            combine_with=tuple(f"g{n}" for n in sorted(chance.sample(range(GROUPS), 4))) if named else (),
            priority=chance.randrange(5),
        ),
        scope=_scope(chance),
        when=Group(all=when),
    )


def _scope(chance: random.Random) -> Scope:
    kind = chance.random()
    if kind < 0.4:
        return Scope()
    if kind < 0.6:
        return Scope(merchants=Filter({"ids": (chance.choice(MERCHANTS),)}))
    return Scope(items=Filter({"categories": tuple(chance.sample(CATEGORIES, chance.randint(1, 3)))}))


def _percent(chance: random.Random) -> tuple[Benefit, Phase]:
    cap = chance.randint(500, 5000) if chance.random() < 0.3 else None
    percent = Fraction(chance.randint(3, 30), 100)
    return PercentOff(percent=percent, at_most_minor=cap), chance.choice(("item", "order", "order"))


def _amount(chance: random.Random) -> tuple[Benefit, Phase]:
    return AmountOff(amount_minor=chance.randint(200, 3000)), chance.choice(("order", "order", "payment"))


def _every(chance: random.Random) -> tuple[Benefit, Phase]:
    every = chance.randint(3000, 20000)
    amount = every * chance.randint(4, 15) // 100
    return AmountOff(amount_minor=amount, every_minor=every, at_most_minor=amount * chance.randint(1, 5)), "order"


def _ladder(chance: random.Random) -> tuple[Benefit, Phase]:
    start = chance.randint(3000, 20000)
    first = start * chance.randint(4, 12) // 100
    steps = (Step(from_minor=start, off_minor=first), Step(from_minor=2 * start, off_minor=first * 5 // 2))
    return AmountOff(steps=steps), chance.choice(("order", "payment"))


def _fixed(chance: random.Random) -> tuple[Benefit, Phase]:
    return FixedPrice(price_minor=chance.randint(200, 2000), items=_items(chance), units_max=chance.randint(1, 3)), (
        "item"
    )


def _nth(chance: random.Random) -> tuple[Benefit, Phase]:
    percent = Fraction(chance.randint(2, 10), 10)
    return PercentOffItems(percent=percent, items=_items(chance), every=2, pick="dearest"), "item"


def _buy_get(chance: random.Random) -> tuple[Benefit, Phase]:
    items = _items(chance)
    return BuyGet(buy=Side(items=items, units=2), get=Side(items=items, units=1), times=chance.randint(1, 2)), "item"


def _set(chance: random.Random) -> tuple[Benefit, Phase]:
    return SetPrice(
        units_in_set=3, price_minor=chance.randint(6000, 12_000), items=_items(chance), sets_max=1
    ), "bundle"


def _items(chance: random.Random) -> Filter:
    return Filter({"categories": tuple(chance.sample(CATEGORIES, chance.randint(1, 2)))})


KINDS: tuple[Callable[[random.Random], tuple[Benefit, Phase]], ...] = (
    *(_percent,) * 5,
    *(_amount,) * 4,
    _every,
    _ladder,
    _fixed,
    _nth,
    _buy_get,
    _set,
)
