"""What holds of every decision: sums are exact, and names, order and splitting change nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from engine.rules.campaign import FunderShare
from engine.rules.decision import Decision
from engine.rules.facts import Basket, Count, CounterKey
from engine.rules.funding import cells, funders
from tests import make
from tests.rules.every_kind import offers
from tests.rules.laws import at_length, quick
from tests.rules.strategies import cases

LAWS: list[tuple[Callable, tuple]] = []


def law(*strategies: st.SearchStrategy) -> Callable[[Callable], Callable]:
    """A test on a few examples; ``make laws`` runs it on many."""

    def written(test: Callable) -> Callable:
        LAWS.append((test, strategies))
        return quick(30)(given(*strategies)(test))

    return written


def totals(decision: Decision) -> tuple:
    return (
        decision.discount_minor,
        decision.payable_minor,
        [(o.campaign_id, o.amount_minor, o.takes) for o in decision.applied],
    )


def by_kind_of_line(decision: Decision, basket: Basket) -> Counter:
    """What is payable by merchant, SKU, price and category: what a line is, whatever its id."""
    lines = {ln.id: (ln.merchant_id, ln.sku, ln.unit_price_minor, ln.category) for ln in basket.lines}
    found: Counter = Counter()
    for price in decision.lines:
        found[lines[price.line_id]] += price.payable_minor
    return found


def with_lines(facts, lines):
    return structs.replace(facts, basket=structs.replace(facts.basket, lines=tuple(lines)))


@law(cases())
def test_cells_sum_to_lines_and_offers_and_none_is_negative(case) -> None:
    campaigns, facts = case
    decision = make.priced(campaigns, facts)
    by_line: Counter = Counter()
    for offer in decision.applied:
        assert 0 < offer.amount_minor <= offer.nominal_minor
        assert sum(cell.amount_minor for cell in cells(offer, decision.lines)) == offer.amount_minor
        for cell in cells(offer, decision.lines):
            assert cell.amount_minor > 0
            assert cell.funder != "merchant"
            by_line[cell.line_id] += cell.amount_minor
    for price in decision.lines:
        assert price.discount_minor == by_line[price.line_id]
        assert price.payable_minor == price.list_minor - price.discount_minor >= 0
    assert decision.payable_minor == sum(price.payable_minor for price in decision.lines)
    assert decision.list_minor - decision.discount_minor == decision.payable_minor
    assert decision.discount_minor == sum(offer.amount_minor for offer in decision.applied)


@law(cases())
def test_every_candidate_ends_once_and_takes_fit_their_ceilings(case) -> None:
    campaigns, facts = case
    decision = make.priced(campaigns, facts)
    ends = [end.campaign_id for end in (*decision.applied, *decision.refused, *decision.lost)]
    shops = {ln.merchant_id for ln in facts.basket.lines}
    reached = [
        c.id for c in campaigns if not c.scope.merchants.include or set(c.scope.merchants.include["ids"]) & shops
    ]
    assert sorted(ends) == sorted(reached)
    taken = {tuple(count.key): count.taken for count in facts.counts}
    for offer in decision.applied:
        for take in offer.takes:
            assert take.amount > 0
            assert take.ceiling is None or taken.get(tuple(take.key), 0) + take.amount <= take.ceiling
    for loser in decision.lost:
        assert loser.to
        assert set(loser.to) <= {offer.campaign_id for offer in decision.applied}


@law(cases(), st.randoms(use_true_random=False))
def test_order_of_lines_and_names_change_nothing(case, chance) -> None:
    campaigns, facts = case
    before = make.priced(campaigns, facts)
    lines = list(facts.basket.lines)
    chance.shuffle(lines)
    shuffled = with_lines(facts, lines)
    after = make.priced(campaigns, shuffled)
    assert structs.replace(after, lines=()) == structs.replace(before, lines=())
    assert sorted(after.lines, key=str) == sorted(before.lines, key=str)

    names = [f"n{number}" for number in range(len(lines))]
    chance.shuffle(names)
    renamed = with_lines(facts, [structs.replace(ln, id=name) for ln, name in zip(lines, names, strict=True)])
    after = make.priced(campaigns, renamed)
    assert totals(after) == totals(before)
    assert by_kind_of_line(after, renamed.basket) == by_kind_of_line(before, facts.basket)


@law(cases())
def test_renaming_campaigns_in_their_order_changes_nothing(case) -> None:
    campaigns, facts = case
    before = make.priced(campaigns, facts)
    renamed = make.priced(
        [structs.replace(c, id=f"z-{c.id}") for c in campaigns],
        structs.replace(
            facts,
            coupons=tuple(structs.replace(c, campaign_id=f"z-{c.campaign_id}") for c in facts.coupons),
            counts=tuple(Count(key=_renamed(CounterKey(*c.key)), taken=c.taken) for c in facts.counts),
        ),
    )
    assert [f"z-{o.campaign_id}" for o in before.applied] == [o.campaign_id for o in renamed.applied]
    assert before.lines == renamed.lines


@pytest.mark.parametrize("ids", [("x", "y"), ("y", "x")])
def test_odd_cent_goes_by_what_a_line_is_and_not_by_its_id(ids) -> None:
    plain, tea = make.line(ids[0], 1, 3, sku="b"), make.line(ids[1], 1, 3, sku="b", category="tea")
    decision = make.priced([make.campaign("a", make.amount_off(5))], make.facts(plain, tea))
    assert {price.line_id: price.payable_minor for price in decision.lines} == {ids[0]: 0, ids[1]: 1}


def _renamed(key: CounterKey) -> CounterKey:
    owner = f"z-{key.scope_id}" if key.scope_kind == "campaign" else key.scope_id
    return key._replace(scope_id=owner, campaign_id=f"z-{key.campaign_id}")


@law(cases(), st.data())
def test_splitting_a_line_changes_no_total(case, data) -> None:
    campaigns, facts = case
    before = make.priced(campaigns, facts)
    lines = []
    for ln in facts.basket.lines:
        part = data.draw(st.integers(0, ln.quantity - 1))
        if part:
            lines.append(structs.replace(ln, id=f"x{ln.id}", quantity=part))
        lines.append(structs.replace(ln, quantity=ln.quantity - part))
    split = with_lines(facts, lines)
    after = make.priced(campaigns, split)
    assert totals(after) == totals(before)
    assert by_kind_of_line(after, split.basket) == by_kind_of_line(before, facts.basket)


@law(cases(most=5), st.integers(1, 2000))
def test_more_budget_never_saves_less(case, more) -> None:
    campaigns, facts = case

    def budgeted(extra: int):
        return [
            structs.replace(
                c,
                limits=structs.replace(
                    c.limits, budget_minor=(c.limits.budget_minor or 700) + extra, last_unit="refuse"
                ),
            )
            for c in campaigns
        ]

    assert make.priced(budgeted(more), facts).discount_minor >= make.priced(budgeted(0), facts).discount_minor


@pytest.mark.laws
@pytest.mark.parametrize(("test", "strategies"), LAWS, ids=lambda value: getattr(value, "__name__", ""))
def test_law_at_length(test, strategies) -> None:
    at_length(600, *strategies)(test)()


@at_length(600, offers(most=9), st.randoms(use_true_random=False))
def test_order_of_lines_changes_nothing_at_length(case, chance) -> None:
    campaigns, facts = case
    lines = list(facts.basket.lines)
    chance.shuffle(lines)
    assert totals(make.priced(campaigns, with_lines(facts, lines))) == totals(make.priced(campaigns, facts))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=6),
    st.lists(st.integers(1, 30), min_size=1, max_size=4),
)
def test_funding_table_is_exact_and_never_negative(amounts, weights) -> None:
    total = sum(weights)
    table = funders([FunderShare(f"f{n}", Fraction(weight, total)) for n, weight in enumerate(weights)])
    taken = [(make.line(f"l{place}"), amount) for place, amount in enumerate(amounts)]
    found = make.cells(table, taken)
    assert all(cell.amount_minor > 0 for cell in found)
    rows, columns = Counter(), Counter()
    for cell in found:
        rows[cell.line_id] += cell.amount_minor
        columns[cell.funder] += cell.amount_minor
    assert [rows[f"l{place}"] for place in range(len(amounts))] == amounts
    for n, weight in enumerate(weights):  # each funder's part, to the minor unit per rounding before it
        assert abs(columns[f"f{n}"] - Fraction(sum(amounts) * weight, total)) <= n + 1
    for split in range(len(amounts)):  # columns know nothing of how lines are split
        whole = make.cells(table, [(make.line("one"), sum(amounts[:split])), (make.line("two"), sum(amounts[split:]))])
        assert sum((Counter({c.funder: c.amount_minor}) for c in whole), Counter()) == columns
