"""Random item offers and conditions of every kind that chooses items: small numbers, so that they meet on units."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from hypothesis import strategies as st

from engine.rules.benefits.amount_off import AmountOff
from engine.rules.benefits.amount_off_items import AmountOffItems, AmountStep
from engine.rules.benefits.buy_get import BuyGet, Side
from engine.rules.benefits.cut_to import CutTo
from engine.rules.benefits.gift import Gift
from engine.rules.benefits.graduated_off import GraduatedOff
from engine.rules.benefits.percent_off import PercentOff
from engine.rules.benefits.percent_off_items import PercentOffItems, PercentStep
from engine.rules.benefits.set_price import SetPrice
from engine.rules.campaign import Campaign, Filter
from engine.rules.conditions.quantity import Quantity
from engine.rules.conditions.spend import Spend
from engine.rules.conditions.spend_at_most import SpendAtMost
from engine.rules.item_offer import Floor
from engine.rules.kinds import Benefit, Condition
from tests import make
from tests.rules.strategies import lines

AMOUNTS = st.integers(1, 900)
FEW = st.none() | st.integers(1, 4)
CAPS = st.none() | st.integers(50, 600)
ITEMS = st.sampled_from(
    [
        Filter(),
        Filter({"skus": ("a",)}),
        Filter({"skus": ("a", "b")}),
        Filter({"categories": ("tea",)}),
        Filter({}, {"skus": ("c",)}),
    ]
)
PERCENTS = st.integers(1, 1000).map(lambda part: Fraction(part, 1000))
CHOSEN = {
    "items": ITEMS,
    "price_from_minor": st.none() | st.sampled_from([7, 100]),
    "floors": st.sampled_from([(), (Floor(items=Filter({"skus": ("a",)}), price_minor=80),), (Floor(price_minor=5),)]),
    "unit_sharing": st.sampled_from(["none", "between_campaigns"]),
}
SHARES = st.sampled_from(["amount", "quantity", "evenly"])
BASES = st.sampled_from(["left", "listed"])
PICKED = {
    "pick": st.sampled_from(["dearest", "cheapest"]),
    "every": st.integers(1, 3),
    "group": st.integers(1, 3),
    "units_max": FEW,
    "units_per_line": FEW,
    "at_most_minor": CAPS,
}
ROUNDED = {
    "per": st.sampled_from(["order", "line", "unit"]),
    "basis": st.sampled_from(["left", "listed"]),
    "rounding": st.sampled_from(["half_up", "half_down", "half_even", "down", "up"]),
}


def _percent_steps(start: int, first: int, more: int) -> tuple[PercentStep, ...]:
    return (
        PercentStep(percent=Fraction(first, 1000)),
        PercentStep(from_minor=start, percent=Fraction(min(1000, first + more), 1000)),
    )


def _amount_steps(start: int, first: int, more: int) -> tuple[AmountStep, ...]:
    return (AmountStep(off_minor=first), AmountStep(from_minor=start, off_minor=first + more))


PERCENT_LADDERS = st.builds(_percent_steps, AMOUNTS, st.integers(1, 500), st.integers(1, 500))
AMOUNT_LADDERS = st.builds(_amount_steps, AMOUNTS, AMOUNTS, AMOUNTS)
SIDES = st.builds(Side, items=ITEMS, price_from_minor=st.none() | st.sampled_from([7, 100]), units=st.integers(1, 3))


@cache
def benefits() -> st.SearchStrategy[Benefit]:
    return st.one_of(
        st.builds(PercentOffItems, percent=PERCENTS, **CHOSEN, **PICKED, **ROUNDED),
        st.builds(
            PercentOffItems,
            steps=PERCENT_LADDERS,
            steps_by=st.sampled_from(["items", "line", "order"]),
            steps_basis=st.none() | BASES,
            **CHOSEN,
            **PICKED,
            **ROUNDED,
        ),
        st.builds(
            AmountOffItems,
            amount_minor=AMOUNTS,
            per=st.sampled_from(["order", "line", "unit", "group"]),
            share=SHARES,
            **CHOSEN,
            **PICKED,
        ),
        st.builds(
            AmountOffItems,
            steps=AMOUNT_LADDERS,
            steps_by=st.sampled_from(["own", "line", "items", "order"]),
            basis=BASES,
            per=st.sampled_from(["order", "line"]),
            **CHOSEN,
        ),
        st.builds(AmountOff, amount_minor=AMOUNTS, every_minor=st.none() | st.just(900), share=SHARES, basis=BASES),
        st.builds(
            PercentOff, percent=PERCENTS, at_most_minor=CAPS, **{**ROUNDED, "per": st.sampled_from(["order", "line"])}
        ),
        st.builds(
            BuyGet,
            buy=SIDES,
            get=SIDES,
            percent=PERCENTS,
            times=FEW,
            units_max=FEW,
            within=st.sampled_from(["basket", "line"]),
            last=st.sampled_from(["refuse", "partial"]),
            bought=st.sampled_from(["cheapest", "dearest"]),
            per=ROUNDED["per"],
            rounding=ROUNDED["rounding"],
        ),
        st.builds(SetPrice, units_in_set=st.integers(2, 4), price_minor=AMOUNTS, sets_max=FEW, share=SHARES, **CHOSEN),
        st.builds(GraduatedOff, first_minor=AMOUNTS, then_minor=AMOUNTS, units_per_line=FEW, **CHOSEN),
        st.builds(Gift, sku=st.sampled_from(["a", "b"]), units_given=st.integers(1, 2)),
        st.builds(CutTo, total_minor=AMOUNTS, items=ITEMS, share=SHARES),
    ).filter(lambda benefit: not benefit.faults())


@cache
def conditions() -> st.SearchStrategy[Condition]:
    basis = st.sampled_from(["left", "listed"])
    return st.one_of(
        st.builds(Spend, at_least_minor=st.integers(1, 3000), items=ITEMS, basis=basis),
        st.builds(SpendAtMost, amount_minor=st.integers(1, 9000), items=ITEMS, basis=basis),
        st.builds(Quantity, at_least_units=st.integers(1, 4), items=ITEMS, per=st.sampled_from(["order", "line"])),
    )


REST = st.fixed_dictionaries(
    {
        "phase": st.sampled_from(("item", "item", "order")),
        "when": st.lists(conditions(), max_size=2),
        "limits": st.fixed_dictionaries(
            {"budget_minor": st.none() | st.integers(1, 1500), "units_total": st.none() | st.integers(1, 4)}
        ),
        "group": st.sampled_from(("", "", "g1")),
        "priority": st.integers(0, 2),
    }
)


@cache
def campaigns(number: int) -> st.SearchStrategy[Campaign]:
    return st.builds(
        lambda gives, rest: make.campaign(f"k{number}", *gives, **rest),
        st.lists(benefits(), min_size=1, max_size=2),
        REST,
    )


def cases(most: int = 5, least: int = 1) -> st.SearchStrategy[tuple]:
    return st.integers(least, most).flatmap(_cases)


@cache
def _cases(count: int) -> st.SearchStrategy[tuple]:
    found = st.tuples(*map(campaigns, range(count)))
    return st.builds(lambda found, basket: (list(found), make.facts(*basket)), found, lines())
