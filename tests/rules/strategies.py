"""Random baskets and campaigns: small numbers, so that offers meet on lines, thresholds, units and budgets."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from hypothesis import strategies as st

from engine.rules.campaign import Campaign, Filter, Scope
from engine.rules.facts import CounterKey, Facts, Line
from engine.rules.options import Options
from tests import make

SKUS = ("a", "b", "c")
MERCHANTS = ("m1", "m2")
GROUPS = ("", "", "g1", "g2")


PRICES = st.sampled_from([0, 1, 7, 99, 100, 250, 1001, 3333])
LINES = st.lists(
    st.tuples(
        PRICES, st.integers(1, 4), st.sampled_from(MERCHANTS), st.sampled_from(SKUS), st.sampled_from(("", "tea"))
    ),
    min_size=1,
    max_size=5,
)


def lines() -> st.SearchStrategy[list[Line]]:
    return LINES.map(
        lambda rows: [
            make.line(f"l{number}", price, quantity, merchant=merchant, sku=sku, category=category)
            for number, (price, quantity, merchant, sku, category) in enumerate(rows)
        ]
    )


@cache
def benefits() -> st.SearchStrategy:
    amounts = st.integers(1, 900)
    items = st.sampled_from([{"skus": ("a",)}, {"skus": ("b", "c")}, {"categories": ("tea",)}])
    units = st.none() | st.integers(1, 3)
    caps = st.none() | st.integers(50, 600)
    return st.one_of(
        st.builds(make.amount_off, amounts),
        st.builds(
            lambda amount, every, cap: make.amount_off(amount, every=amount + every, at_most=cap and amount + cap),
            amounts,
            st.integers(0, 900),
            caps,
        ),
        st.builds(lambda a, b: make.ladder((a, a // 2 + 1), (a + b, (a + b) // 2 + 1)), amounts, amounts),
        st.builds(lambda p, cap: make.percent_off(p, at_most=cap), st.integers(1, 100), caps),
        st.builds(
            lambda p, i, u, cap: make.percent_off(p, items=i, units=u, at_most=cap),
            st.integers(1, 100),
            items,
            units,
            caps,
        ),
        st.builds(lambda p, i, u: make.fixed_price(p, items=i, units=u), st.integers(1, 400), items, units),
    )


#: Everything of a campaign but what it gives. Made once: Hypothesis looks long at each new strategy.
REST = st.fixed_dictionaries(
    {
        "threshold": st.none() | st.integers(1, 6000),
        "basis": st.sampled_from(("left", "left", "listed")),
        "scope": st.sampled_from(
            [Scope(), make.at("m1"), make.at("m2"), make.on(skus=("a", "b")), Scope(items=Filter({}, {"skus": ("c",)}))]
        ),
        "is_coupon": st.sampled_from((False,) * 4 + (True,)),
        "phase": st.sampled_from(("item", "bundle", "order", "payment")),
        "limits": st.fixed_dictionaries(
            {
                "budget_minor": st.none() | st.integers(1, 1500),
                "units_total": st.none() | st.integers(1, 4),
                "uses_per_member": st.none() | st.integers(1, 2),
                "last_unit": st.sampled_from(("refuse", "partial")),
            }
        ),
        "funding": st.sampled_from(
            [
                make.funding(platform=100),
                make.funding(merchant=100),
                make.funding(platform="33.3", merchant="33.3", brand_x="33.4"),
            ]
        ),
        "group": st.sampled_from(GROUPS),
        "exclusive": st.sampled_from(("none",) * 8 + ("phase", "alone")),
        "combine_with": st.sampled_from(((),) * 5 + (("g1",), ("g1", "g2", ""))),
        "priority": st.integers(0, 2),
    }
)


@cache
def campaigns(number: int) -> st.SearchStrategy[Campaign]:
    return st.builds(
        lambda gives, rest: campaign(number, gives, **rest), st.lists(benefits(), min_size=1, max_size=2), REST
    )


def campaign(number: int, gives: list, *, threshold: int | None, basis: str, is_coupon: bool, **more) -> Campaign:
    if is_coupon:
        more["coupon"] = make.CouponTerms(7)
    return make.campaign(f"k{number}", *gives, when=[make.spend(threshold, basis)] if threshold else [], **more)


def options(*, choose: str = "best") -> st.SearchStrategy[Options]:
    amounts = st.dictionaries(st.sampled_from(("CNY", "CNY", "JPY")), st.integers(1, 4000), max_size=2)
    return st.builds(
        Options,
        choose=st.just(choose),
        offers_max=st.none() | st.integers(1, 4),
        payable_at_least_minor=amounts,
        discount_at_most_minor=amounts,
        discount_at_most=st.none() | st.fractions(Fraction(1, 50), 1, max_denominator=1000),
    )


#: Of each campaign: the days its coupon lives (0: none is held), what its units and this member's uses have taken.
HELD = st.tuples(st.integers(0, 3), st.none() | st.integers(0, 2), st.none() | st.integers(0, 2))


def cases(most: int = 6, least: int = 1) -> st.SearchStrategy[tuple[list[Campaign], Facts]]:
    return st.integers(least, most).flatmap(_cases)


@cache
def _cases(count: int) -> st.SearchStrategy[tuple[list[Campaign], Facts]]:
    found = st.tuples(*map(campaigns, range(count)))
    return st.builds(case, found, st.lists(HELD, min_size=count, max_size=count), lines())


def case(found: tuple[Campaign, ...], held: list[tuple], basket: list[Line]) -> tuple[list[Campaign], Facts]:
    coupons, taken = [], {}
    for c, (days, units, uses) in zip(found, held, strict=True):
        if c.coupon and days:
            coupons.append(make.coupon(c.id, f"c-{c.id}", days=days))
        if units is not None:
            taken[CounterKey("campaign", c.id, c.id, "units", "")] = units
        if uses is not None:
            taken[CounterKey("member", "wei", c.id, "uses", "")] = uses
    return list(found), make.facts(*basket, coupons=tuple(coupons), taken=taken)
