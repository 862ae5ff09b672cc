"""Campaigns of every kind and stacking, dense enough to meet: on lines, thresholds, units, coupons and limits.

Hypothesis draws one number for each campaign and plain chance makes the campaign of it: an example costs a tenth of
drawing each field, and it still shrinks to the fewest campaigns and the smallest basket.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st
from msgspec import structs

from engine.rules.benefits.amount_off_items import AmountOffItems, AmountStep
from engine.rules.benefits.buy_get import BuyGet, Side
from engine.rules.benefits.cut_to import CutTo
from engine.rules.benefits.gift import Gift
from engine.rules.benefits.graduated_off import GraduatedOff
from engine.rules.benefits.percent_off_items import PercentOffItems, PercentStep
from engine.rules.benefits.set_price import SetPrice
from engine.rules.campaign import Campaign, Filter, Scope
from engine.rules.conditions.quantity import Quantity
from engine.rules.conditions.spend import Spend
from engine.rules.conditions.spend_at_most import SpendAtMost
from engine.rules.facts import CounterKey, Facts, HeldCoupon, Line
from engine.rules.item_offer import Floor
from engine.rules.kinds import Benefit, Condition
from tests import make
from tests.rules.brute_force import applies, merged

Case = tuple[list[Campaign], Facts]
Fields = dict[str, Any]

TEA, NOT_C = Filter({"categories": ("tea",)}), Filter({}, {"skus": ("c",)})
ITEMS = (Filter(), Filter({"skus": ("a",)}), Filter({"skus": ("a", "b")}), TEA, NOT_C)
SCOPES = (Scope(),) * 5 + (make.at("m1"), make.at("m2"), make.on(skus=("a", "b")), Scope(items=NOT_C))
FUNDINGS = (
    make.funding(platform=100),
    make.funding(merchant=100),
    make.funding(platform="33.3", merchant="33.3", brand_x="33.4"),
)
ROUNDINGS = ("half_up", "half_down", "half_even", "down", "up")


def _chosen(chance: Random) -> Fields:
    """The fields of every offer on chosen items."""
    floors: tuple[Floor, ...] = ()
    if chance.random() < 0.15:
        floors = (Floor(items=Filter({"skus": ("a",)}), price_minor=80), Floor(price_minor=5))
    return {
        "items": chance.choice(ITEMS),
        "price_from_minor": 100 if chance.random() < 0.15 else None,
        "floors": floors,
        "unit_sharing": "between_campaigns" if chance.random() < 0.25 else "none",
    }


def _picked(chance: Random) -> Fields:
    """The fields that say which units, and the cap."""
    return {
        "pick": chance.choice(("dearest", "cheapest")),
        "every": chance.choice((1, 1, 2, 3)),
        "group": chance.choice((1, 1, 1, 2)),
        "units_max": chance.choice((None, None, 1, 2, 3)),
        "units_per_line": chance.choice((None, None, None, 1, 2)),
        "at_most_minor": _maybe(chance, 50, 600),
    }


def _percent_off_items(chance: Random) -> Benefit:
    first = Fraction(chance.randint(1, 600), 1000)
    steps = (
        PercentStep(percent=first),
        PercentStep(from_minor=chance.randint(1, 2000), percent=first + Fraction(1, 3)),
    )
    amount: Fields = {"percent": first} if chance.random() < 0.6 else {"steps": steps}
    return PercentOffItems(
        **amount,
        steps_by=chance.choice(("items", "line", "order")),
        per=chance.choice(("order", "line", "unit")),
        basis=chance.choice(("left", "left", "listed")),
        rounding=chance.choice(ROUNDINGS),
        **_chosen(chance),
        **_picked(chance),
    )


def _amount_off_items(chance: Random) -> Benefit:
    first = chance.randint(1, 600)
    if chance.random() < 0.6:
        share = chance.choice(("amount", "quantity", "evenly"))
        per = chance.choice(("order", "line", "unit"))
        return AmountOffItems(amount_minor=first, per=per, share=share, **_chosen(chance), **_picked(chance))
    start = first + chance.randint(2, 900)
    steps = (AmountStep(off_minor=first), AmountStep(from_minor=start, off_minor=chance.randint(first + 1, start - 1)))
    return AmountOffItems(steps=steps, per=chance.choice(("order", "line")), **_chosen(chance))


def _buy_get(chance: Random) -> Benefit:
    return BuyGet(
        buy=Side(items=chance.choice(ITEMS), units=chance.randint(1, 2)),
        get=Side(items=chance.choice(ITEMS), units=chance.randint(1, 2)),
        percent=Fraction(chance.choice((250, 500, 1000)), 1000),
        times=chance.choice((None, 1, 2)),
        units_max=chance.choice((None, None, 2, 3)),
        within=chance.choice(("basket", "line")),
        last=chance.choice(("refuse", "partial")),
    )


def _ladder(chance: Random) -> Benefit:
    start, more = chance.randint(2, 2000), chance.randint(2, 2000)
    return make.ladder((start, start // 2), (start + more, (start + more) // 2))


def _every(chance: Random) -> Benefit:
    amount = chance.randint(1, 500)
    most = _maybe(chance, amount, amount + 600)
    return make.amount_off(amount, every=amount + chance.randint(1, 900), at_most=most)


def _units(chance: Random) -> Fields:
    return {"items": chance.choice(ITEMS[1:]).include or {"categories": ("tea",)}, "units": _maybe(chance, 1, 3)}


KINDS: tuple[Callable[[Random], Benefit], ...] = (
    lambda chance: make.amount_off(chance.randint(1, 900)),
    _every,
    _ladder,
    lambda chance: make.percent_off(chance.randint(1, 100), at_most=_maybe(chance, 50, 600)),
    lambda chance: make.percent_off(chance.randint(1, 100), at_most=_maybe(chance, 50, 600), **_units(chance)),
    lambda chance: make.fixed_price(chance.randint(1, 400), **_units(chance)),
    _percent_off_items,
    _amount_off_items,
    _buy_get,
    lambda chance: SetPrice(
        units_in_set=chance.randint(2, 4),
        price_minor=chance.randint(1, 900),
        sets_max=_maybe(chance, 1, 2),
        **_chosen(chance),
    ),
    lambda chance: GraduatedOff(
        first_minor=chance.randint(1, 400), then_minor=chance.randint(1, 400), units_per_line=_maybe(chance, 1, 3), **_chosen(chance)
    ),
    lambda chance: Gift(sku=chance.choice("ab"), units_given=chance.randint(1, 2)),
    lambda chance: CutTo(total_minor=chance.randint(100, 4000)),
)  # fmt: skip


def _maybe(chance: Random, least: int, most: int) -> int | None:
    return chance.randint(least, most) if chance.random() < 0.4 else None


def benefit(chance: Random) -> Benefit:
    """A benefit of any kind, without a fault."""
    while True:
        found = _told_otherwise(chance.choice(KINDS)(chance), chance)
        if not found.faults():
            return found


OTHERWISE: Fields = {
    "basis": ("left", "listed"),
    "share": ("amount", "quantity", "evenly"),
    "per": ("order", "line", "unit"),
    "rounding": ROUNDINGS,
}


def _told_otherwise(benefit: Benefit, chance: Random) -> Benefit:
    """*benefit* with one of the options of its arithmetic drawn, where it has any."""
    options = [name for name in OTHERWISE if name in benefit.__struct_fields__]
    if not options or chance.random() < 0.6:
        return benefit
    name = chance.choice(options)
    return structs.replace(benefit, **{name: chance.choice(OTHERWISE[name])})


def _condition(chance: Random) -> Condition:
    basis: Any = chance.choice(("left", "left", "listed"))
    kind, items = chance.randrange(4), chance.choice(ITEMS)
    if kind == 0:
        return Spend(at_least_minor=chance.randint(1, 1500), items=items, basis=basis)
    if kind == 1:
        return SpendAtMost(amount_minor=chance.randint(2000, 9000), items=items, basis=basis)
    if kind == 2:
        return Quantity(at_least_units=chance.randint(1, 2), items=items, per=chance.choice(("order", "line")))
    return make.spend(chance.randint(1, 3000), basis)


def campaign(number: int, seed: int) -> Campaign:
    """The campaign that *seed* makes."""
    chance = Random(seed)
    more: Fields = {"coupon": make.CouponTerms(7)} if chance.random() < 0.2 else {}
    return make.campaign(
        f"k{number}",
        *[benefit(chance) for _ in range(chance.choice((1, 1, 1, 2)))],
        phase=chance.choice(("item", "bundle", "order", "payment")),
        when=[_condition(chance) for _ in range(chance.choice((0, 0, 1, 2)))],
        scope=chance.choice(SCOPES),
        limits={
            "budget_minor": chance.randint(200, 1500) if chance.random() < 0.25 else None,
            "units_total": chance.choice((None, None, None, 2, 4)),
            "uses_per_member": chance.choice((None, None, 1, 2)),
            "last_unit": chance.choice(("refuse", "partial")),
        },
        funding=chance.choice(FUNDINGS),
        group=chance.choice(("", "", "g1", "g2")),
        exclusive=chance.choice(("none",) * 22 + ("phase", "alone")),
        combine_with=chance.choice(((),) * 8 + (("g1",), ("g1", "g2", ""))),
        priority=chance.randint(0, 2),
        **more,
    )


def held(campaign: Campaign, seed: int) -> tuple[list[HeldCoupon], dict[CounterKey, int]]:
    """The coupon that the payer holds of *campaign*, and what its limits have taken."""
    chance = Random(seed ^ 1 << 20)
    days = chance.choice((0, 1, 1, 2, 2, 2, 3, 3))
    coupons = [make.coupon(campaign.id, f"c-{campaign.id}", days=days)] if campaign.coupon and days else []
    taken = {}
    for kind, owner, limit in (("campaign", campaign.id, "units"), ("member", "wei", "uses"), ("campaign", campaign.id, "budget")):  # fmt: skip
        if chance.random() < 0.15:
            taken[CounterKey(kind, owner, campaign.id, limit, "")] = chance.randint(0, 2)
    return coupons, taken


LINE = st.tuples(
    st.sampled_from([1001, 3333, 250, 100, 99, 7, 0]),
    st.integers(1, 4),
    st.sampled_from(["m1", "m2"]),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["tea", ""]),
)
LINES = st.lists(LINE, min_size=1, max_size=5) | st.lists(LINE, min_size=3, max_size=5)


def _line(number: int, row: tuple[int, int, str, str, str]) -> Line:
    price, quantity, merchant, sku, category = row
    return make.line(f"l{number}", price, quantity, merchant=merchant, sku=sku, category=category)


def case(seeds: list[int], rows: list[tuple]) -> Case:
    """The campaigns of *seeds* and a payer with a basket of *rows*."""
    found = [campaign(number, seed) for number, seed in enumerate(seeds)]
    coupons: list[HeldCoupon] = []
    taken: dict[CounterKey, int] = {}
    for one, seed in zip(found, seeds, strict=True):
        more_coupons, more_taken = held(one, seed)
        coupons += more_coupons
        taken |= more_taken
    lines = [_line(number, row) for number, row in enumerate(rows)]
    return found, make.facts(*lines, coupons=tuple(coupons), taken=taken)


@cache
def every_kind(most: int = 6, least: int = 1) -> st.SearchStrategy[Case]:
    """Up to *most* campaigns and a basket."""
    seeds = st.lists(st.integers(0, 2**20 - 1), min_size=least, max_size=most)
    return st.builds(case, seeds, LINES)


@cache
def offers(most: int, least: int = 1) -> st.SearchStrategy[Case]:
    """*least* to *most* campaigns that apply to the basket by themselves, and two that may when others have taken."""
    seeds = st.lists(st.integers(0, 2**20 - 1), min_size=2 * least, max_size=3 * most)
    return st.builds(_in_play, st.builds(case, seeds, LINES), st.just(most)).filter(
        lambda found: len(found[0]) >= least
    )


def _in_play(found: Case, most: int) -> Case:
    campaigns, facts = found
    lines = merged(facts)
    alone = [one for one in campaigns if applies(one, facts, lines)]
    others = [one for one in campaigns if one not in alone]
    kept = [*alone[:most], *others[:2]]
    return sorted(kept, key=lambda one: one.id), facts
