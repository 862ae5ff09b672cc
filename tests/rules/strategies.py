"""Random baskets and campaigns: small numbers, so that offers meet on lines, thresholds, units and budgets."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from engine.rules.campaign import Campaign, Filter, Scope
from engine.rules.facts import CounterKey, Facts, Line
from engine.rules.options import Options
from tests import make

SKUS = ("a", "b", "c")
MERCHANTS = ("m1", "m2")
GROUPS = ("", "", "g1", "g2")


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    prices = st.sampled_from([0, 1, 7, 99, 100, 250, 1001, 3333])
    return [
        make.line(
            f"l{number}",
            draw(prices),
            draw(st.integers(1, 4)),
            merchant=draw(st.sampled_from(MERCHANTS)),
            sku=draw(st.sampled_from(SKUS)),
            category=draw(st.sampled_from(("", "tea"))),
        )
        for number in range(draw(st.integers(1, 5)))
    ]


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


@st.composite
def campaigns(draw: st.DrawFn, number: int) -> Campaign:
    threshold = draw(st.none() | st.integers(1, 6000))
    scope = draw(
        st.sampled_from(
            [Scope(), make.at("m1"), make.at("m2"), make.on(skus=("a", "b")), Scope(items=Filter({}, {"skus": ("c",)}))]
        )
    )
    more = {"coupon": make.CouponTerms(7)} if draw(st.integers(0, 4)) == 0 else {}
    return make.campaign(
        f"k{number}",
        *draw(st.lists(benefits(), min_size=1, max_size=2)),
        phase=draw(st.sampled_from(("item", "bundle", "order", "payment"))),
        when=[make.spend(threshold, draw(st.sampled_from(("left", "left", "listed"))))] if threshold else [],
        scope=scope,
        limits={
            "budget_minor": draw(st.none() | st.integers(1, 1500)),
            "units_total": draw(st.none() | st.integers(1, 4)),
            "uses_per_member": draw(st.none() | st.integers(1, 2)),
            "last_unit": draw(st.sampled_from(("refuse", "partial"))),
        },
        funding=draw(
            st.sampled_from(
                [
                    make.funding(platform=100),
                    make.funding(merchant=100),
                    make.funding(platform="33.3", merchant="33.3", brand_x="33.4"),
                ]
            )
        ),
        group=draw(st.sampled_from(GROUPS)),
        exclusive=draw(st.sampled_from(("none",) * 8 + ("phase", "alone"))),
        combine_with=draw(st.sampled_from(((),) * 5 + (("g1",), ("g1", "g2", "")))),
        priority=draw(st.integers(0, 2)),
        **more,
    )


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


@st.composite
def cases(draw: st.DrawFn, most: int = 6) -> tuple[list[Campaign], Facts]:
    found = [draw(campaigns(number)) for number in range(draw(st.integers(1, most)))]
    coupons = tuple(
        make.coupon(c.id, f"c-{c.id}", days=draw(st.integers(1, 3)))
        for c in found
        if c.coupon and draw(st.integers(0, 3))
    )
    taken = {
        CounterKey(kind, owner or c.id, c.id, limit, ""): draw(st.integers(0, 2))
        for c in found
        for kind, owner, limit in (("campaign", "", "units"), ("member", "wei", "uses"))
        if draw(st.booleans())
    }
    return found, make.facts(*draw(lines()), coupons=coupons, taken=taken)
