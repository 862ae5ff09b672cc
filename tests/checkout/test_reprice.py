"""What remains is priced again: never above keep, never asked back, and in whatever order things come back."""

import itertools
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from engine.checkout.booking import cells_of
from engine.checkout.refund_parts import SoldLine
from engine.checkout.reprice import PARTS_MAX, Repricing
from engine.rules.campaign import Campaign
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.decision import Decision
from engine.rules.facts import Facts, Line
from tests import make

FULL_110 = make.campaign("off", make.amount_off(1500), when=[make.spend(10_000)])


def sale(
    lines: Sequence[Line], *campaigns: Campaign, recalculates: Sequence[str] = ("off",), **known: Any
) -> tuple[Repricing, list[SoldLine], Decision]:
    facts = make.facts(*lines, **known)
    catalogue = Catalogue.build(campaigns)
    decision = decide(catalogue, facts)
    quantity = {line.id: line.quantity for line in lines}
    sold = [
        SoldLine(
            line_id=line.line_id,
            merchant_id=line.merchant_id,
            quantity=quantity[line.line_id],
            payable_minor=line.payable_minor,
            refunded_quantity=0,
            refunded_minor=0,
        )
        for line in decision.lines
    ]
    cells = [asdict(cell) for cell in cells_of(decision)]
    applied = {one.campaign_id for one in decision.applied}
    repricing = Repricing(catalogue=catalogue, facts=facts, campaign_ids=frozenset(recalculates) & applied, cells=cells)
    return repricing, sold, decision


def back(repricing: Repricing, sold: Sequence[SoldLine], *units: int) -> int:
    """What is back to date when *units* of each line are."""
    return repricing.most_back(sold, tuple(units))


def test_threshold_that_is_lost_is_taken_off_what_comes_back() -> None:
    # 60.00 + 50.00 less 15.00: 95.00. Without the 50.00 the rest costs 60.00: 35.00 comes back, kept it were 43.18.
    repricing, sold, decision = sale([make.line("a", 6000), make.line("b", 5000)], FULL_110)
    assert decision.payable_minor == 9500
    assert [back(repricing, sold, *units) for units in ((0, 1), (1, 0), (1, 1))] == [3500, 4500, 9500]


def test_threshold_that_stays_is_kept_in_proportion() -> None:
    repricing, sold, _ = sale([make.line("a", 12_000), make.line("b", 1000)], FULL_110)
    kept = sold[1].payable_minor
    # The 15.00 would stay whole on what remains: 10.00 less than its price again, but never above keep.
    assert back(repricing, sold, 0, 1) == kept == 885


def test_lower_step_of_a_ladder_is_what_remains() -> None:
    ladder = make.campaign("off", make.ladder((5000, 500), (10_000, 1500)))
    repricing, sold, _ = sale([make.line("a", 6000), make.line("b", 5000)], ladder)
    assert back(repricing, sold, 0, 1) == 9500 - 5500


def test_campaign_that_keeps_its_price_is_left_alone() -> None:
    # 20.00 kept for ever beside 15.00 that needs 80.00: only the 15.00 is lost.
    keeps = make.campaign("keeps", make.amount_off(2000), priority=9, when=[make.spend(11_000)])
    off = make.campaign("off", make.amount_off(1500), when=[make.spend(8000)])
    repricing, sold, decision = sale([make.line("a", 6000), make.line("b", 5000)], keeps, off)
    assert decision.discount_minor == 3500
    left_of_off = 1500 - round(1500 * 5000 / 11_000)
    assert sold[1].payable_minor - back(repricing, sold, 0, 1) == left_of_off


def test_two_returns_bring_what_the_better_of_their_orders_brings() -> None:
    # 109.00 + 1.00... the small one alone keeps the threshold; with the large one gone first it would be lost at once.
    repricing, sold, _ = sale([make.line("a", 1000), make.line("b", 10_000), make.line("c", 100)], FULL_110)
    small = back(repricing, sold, 0, 0, 1)
    first = back(repricing, sold, 1, 0, 0)
    assert back(repricing, sold, 1, 0, 1) >= max(small, first)


def test_what_is_taken_of_the_funders_is_what_is_withheld() -> None:
    shared = replace(FULL_110, funding=make.funding(platform=60, merchant=40))
    repricing, sold, _ = sale([make.line("a", 6000), make.line("b", 5000)], shared)
    after = [sold[0], replace(sold[1], refunded_quantity=1, refunded_minor=sold[1].payable_minor)]
    withheld = repricing.withheld(after)
    taken = repricing.taken(after, withheld)
    assert withheld == sum(taken.values()) == sold[1].payable_minor - 3500
    assert {key[0] for key, amount in taken.items() if amount} == {"a"}


def test_many_units_end_at_the_bound_on_parts() -> None:
    repricing, sold, _ = sale(
        [make.line(f"l{place}", 1700 + place, 40) for place in range(6)],
        make.campaign("off", make.amount_off(1500, every=10_000)),
    )
    assert 0 <= back(repricing, sold, *[7] * 6) <= sum(line.for_units(7) for line in sold)
    assert len(repricing._known) <= PARTS_MAX


baskets = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 60)), min_size=1, max_size=3)
campaign_sets = st.lists(
    st.one_of(
        st.tuples(st.just("off"), st.integers(1, 20), st.integers(20, 150)),
        st.tuples(st.just("every"), st.integers(1, 9), st.integers(10, 50)),
        st.tuples(st.just("percent"), st.integers(1, 60), st.integers(0, 150)),
    ),
    min_size=1,
    max_size=3,
)


def _campaigns(drawn: list[tuple[str, int, int]]) -> list[Campaign]:
    made = []
    for place, (kind, amount, least) in enumerate(drawn):
        benefit = {
            "off": lambda a=amount: make.amount_off(a * 100),
            "every": lambda a=amount, n=least: make.amount_off(a * 100, every=n * 100),
            "percent": lambda a=amount: make.percent_off(a),
        }[kind]()
        when = [make.spend(least * 100)] if least and kind != "every" else []
        made.append(make.campaign(f"c{place}", benefit, when=when, funding=make.funding(platform=50, merchant=50)))
    return made


@settings(max_examples=60, deadline=None)
@given(baskets, campaign_sets, st.sets(st.integers(0, 2)), st.data())
def test_order_does_not_matter_and_nothing_is_asked_back(
    bought: list[tuple[int, int]], drawn: list[tuple[str, int, int]], recalculates: set[int], data: st.DataObject
) -> None:
    lines = [make.line(f"l{n}", price * 100, quantity) for n, (quantity, price) in enumerate(bought)]
    repricing, sold, decision = sale(lines, *_campaigns(drawn), recalculates=[f"c{n}" for n in recalculates])
    order = data.draw(st.permutations([place for place, line in enumerate(sold) for _ in range(line.quantity)]))
    units, before = [0] * len(sold), 0
    for place in order:
        units[place] += 1
        now = back(repricing, sold, *units)
        kept = sum(line.for_units(count) for line, count in zip(sold, units, strict=True))
        assert before <= now <= kept
        before = now
    assert before == decision.payable_minor


def _by_hand(repricing: Repricing, sold: Sequence[SoldLine], facts: Facts, units: tuple[int, ...]) -> int:
    """The most of every part of *units*, each priced with plain code; every campaign recalculates."""
    best = 0
    paid = sum(line.payable_minor for line in sold)
    for part in itertools.product(*(range(count + 1) for count in units)):
        lines = [
            replace(line, quantity=line.quantity - count)
            for line, count in zip(facts.basket.lines, part, strict=True)
            if line.quantity > count
        ]
        rest = replace(facts, basket=replace(facts.basket, lines=tuple(lines)))
        price = decide(repricing.catalogue, rest).payable_minor if lines else 0
        kept = sum(line.for_units(count) for line, count in zip(sold, part, strict=True))
        best = max(best, min(kept, paid - price))
    return best


@settings(max_examples=60, deadline=None)
@given(baskets, campaign_sets, st.data())
def test_what_is_back_is_the_most_of_all_parts(
    bought: list[tuple[int, int]], drawn: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    lines = [make.line(f"l{n}", price * 100, quantity) for n, (quantity, price) in enumerate(bought)]
    repricing, sold, _ = sale(lines, *_campaigns(drawn), recalculates=["c0", "c1", "c2"])
    units = tuple(data.draw(st.integers(0, line.quantity)) for line in sold)
    assert back(repricing, sold, *units) == _by_hand(repricing, sold, make.facts(*lines), units)
