"""A town of campaigns and carts from a fixed seed.

Mix: first order 5 %, spend 20, category percent 20, merchant percent 20, time window 10, segment 15, flash SKU 10; 500
merchants, 50 categories, 20,000 SKUs, 100 segments; storewide campaigns are capped at 50, the rest name a merchant.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, time
from fractions import Fraction

from engine.rules.benefits.amount_off import AmountOff
from engine.rules.benefits.fixed_price import FixedPrice
from engine.rules.benefits.percent_off import PercentOff
from engine.rules.campaign import (
    Campaign,
    Filter,
    FunderShare,
    Group,
    Limits,
    Pattern,
    Schedule,
    Scope,
    Stacking,
)
from engine.rules.conditions.first_order import FirstOrder
from engine.rules.conditions.segment import Segment
from engine.rules.conditions.spend import Spend
from engine.rules.decision import Words
from engine.rules.facts import Basket, Count, CounterKey, Facts, Line, Payer
from engine.rules.kinds import Benefit, Condition, Phase

SEED = 2026
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
MERCHANTS, CATEGORIES, SKUS, SEGMENTS, GROUPS, STOREWIDE_MAX = 500, 50, 20_000, 100, 8, 50
MIX = {"first": 5, "spend": 20, "category": 20, "merchant": 20, "hours": 10, "segment": 15, "flash": 10}
FUNDING = (FunderShare("platform", Fraction(3, 5)), FunderShare("merchant", Fraction(2, 5)))


def campaigns(number: int, seed: int = SEED, storewide_max: int = STOREWIDE_MAX) -> list[Campaign]:
    """Return *number* campaigns, all within their dates; *storewide_max* of them at most name no merchant."""
    chance = random.Random(seed)
    kinds = chance.choices(list(MIX), list(MIX.values()), k=number)
    found, storewide = [], 0
    for place, kind in enumerate(kinds):
        wide = kind in {"first", "spend", "category", "hours", "segment"} and storewide < storewide_max
        storewide += wide
        found.append(_campaign(chance, place, kind, "" if wide else f"m{chance.randrange(MERCHANTS)}"))
    return found


def _campaign(chance: random.Random, place: int, kind: str, merchant: str) -> Campaign:
    give: Benefit = PercentOff(percent=Fraction(chance.randint(3, 30), 100))
    items: dict[str, tuple[str, ...]] = {}
    when: tuple[Condition, ...] = ()
    audience: tuple[Condition, ...] = ()
    on: tuple[Pattern, ...] = ()
    phase: Phase = "order"
    if kind == "first":
        audience, give = (FirstOrder(),), AmountOff(amount_minor=chance.randint(200, 900))
    elif kind == "spend":
        least = chance.choice([3000, 5000, 8000, 10000, 20000])
        when, give = (Spend(at_least_minor=least),), AmountOff(amount_minor=least * chance.randint(5, 20) // 100)
    elif kind == "category":
        items, phase = {"categories": (f"c{chance.randrange(CATEGORIES)}",)}, "item"
    elif kind == "hours":
        start = chance.randrange(24)
        on = (Pattern((), time(start), time((start + chance.randint(3, 12)) % 24)),)
        give, phase = AmountOff(amount_minor=chance.randint(100, 600)), "payment"
    elif kind == "segment":
        audience = (Segment(any_of=(f"g{chance.randrange(SEGMENTS)}",)),)
    elif kind == "flash":
        items, phase = {"skus": (f"s{chance.randrange(SKUS)}",)}, "item"
        give = FixedPrice(price_minor=chance.randint(100, 900), units_max=1)
    return Campaign(
        id=f"k{place:05}",
        version=f"v{place}",
        currency="CNY",
        name=Words(en=f"Offer {place}", zh=f"活动{place}"),
        funding=FUNDING,
        schedule=Schedule("Asia/Shanghai", datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC), on),
        give=(give,),
        limits=Limits(budget_minor=5_000_000, uses_per_member=3),
        stacking=Stacking(phase, group=f"group{chance.randrange(GROUPS)}", priority=chance.randrange(5)),
        audience=Group(all=audience),
        scope=Scope(Filter({"ids": (merchant,)} if merchant else {}), Filter(items)),
        when=Group(all=when),
    )


def carts(number: int, lines: int, seed: int = SEED, merchants: int = 2) -> list[Facts]:
    """Return *number* quotes of *lines* lines each, of *merchants* merchants."""
    chance = random.Random(f"{seed} carts {lines}")
    return [_cart(chance, lines, merchants) for _ in range(number)]


def _cart(chance: random.Random, count: int, merchants: int) -> Facts:
    shops = [f"m{chance.randrange(MERCHANTS)}" for _ in range(merchants)]
    lines = []
    for number in range(count):
        sku = chance.randrange(SKUS)
        lines.append(
            Line(
                id=f"l{number}",
                merchant_id=chance.choice(shops),
                sku=f"s{sku}",
                category=f"c{sku % CATEGORIES}",
                quantity=chance.randint(1, 3),
                unit_price_minor=chance.randint(500, 5000),
            )
        )
    member = f"member{chance.randrange(10**6)}"
    segments = tuple(f"g{n}" for n in sorted(chance.sample(range(SEGMENTS), 5)))
    orders = chance.choice([0, 3])
    counts = (Count(key=CounterKey("member", member, "", "orders", ""), taken=orders),)
    return Facts(
        basket=Basket(currency="CNY", lines=tuple(lines)),
        now=NOW,
        payer=Payer(member_id=member, device_id="d", segments=segments),
        counts=counts,
    )


def ids(found: Iterable[Campaign]) -> list[str]:
    return sorted(campaign.id for campaign in found)
