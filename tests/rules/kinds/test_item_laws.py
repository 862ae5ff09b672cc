"""What holds of every kind that chooses items: it stays within its lines, and never gives less when more is left."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from engine.rules.item_offer import ItemOffer
from engine.rules.kinds import Benefit, Piece
from tests import make
from tests.rules import brute_force
from tests.rules.item_strategies import benefits, cases
from tests.rules.laws import at_length, quick
from tests.rules.test_laws import totals, with_lines


@st.composite
def two_views(draw: st.DrawFn) -> tuple[list[Piece], list[Piece]]:
    """The same lines twice: the second view has at least as much left of each."""
    small, large = [], []
    for place in range(draw(st.integers(1, 4))):
        line = make.line(
            f"l{place}",
            draw(st.sampled_from([0, 1, 7, 99, 100, 250, 1001])),
            draw(st.integers(1, 5)),
            sku=draw(st.sampled_from("abc")),
            category=draw(st.sampled_from(["tea", ""])),
        )
        more_left, more_free = draw(st.integers(0, line.list_minor)), draw(st.integers(0, line.quantity))
        large.append(Piece(line, more_left, more_free))
        small.append(Piece(line, draw(st.integers(0, more_left)), draw(st.integers(0, more_free))))
    return small, large


def assert_lawful(benefit: Benefit, views: tuple[list[Piece], list[Piece]]) -> None:
    totals = []
    for pieces in views:
        amounts, units = benefit.discounts(pieces), benefit.units(pieces)
        left = sum(piece.left_minor for piece in pieces)
        assert all(0 <= amount <= piece.left_minor for amount, piece in zip(amounts, pieces, strict=True))
        assert all(0 <= taken <= piece.free_units for taken, piece in zip(units, pieces, strict=True))
        assert sum(amounts) <= benefit.most_minor(left)
        assert (sum(amounts) - 1) * 1_000_000 < benefit.rate_ppm() * left + 1_000_000 * (left == 0)
        if isinstance(benefit, ItemOffer):
            for amount, piece in zip(amounts, pieces, strict=True):
                assert not amount or piece.left_minor - amount >= benefit.floor_minor(piece.line) * piece.line.quantity
        totals.append(sum(amounts))
    assert totals[0] <= totals[1]


@quick(150)
@given(benefits(), two_views())
def test_an_item_offer_stays_within_its_lines_and_never_falls_when_more_is_left(benefit, views) -> None:
    assert_lawful(benefit, views)


@at_length(2000, benefits(), two_views())
def test_an_item_offer_is_lawful_at_length(benefit, views) -> None:
    assert_lawful(benefit, views)


def assert_best(campaigns, facts) -> None:
    decision = make.priced(campaigns, facts)
    most, ids = brute_force.best(campaigns, facts)
    assert decision.optimal
    assert decision.discount_minor == most
    assert tuple(offer.campaign_id for offer in decision.applied) == ids


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_the_best_combination_of_item_offers_equals_brute_force(case) -> None:
    assert_best(*case)


@at_length(300, cases(most=7, least=2))
def test_the_best_combination_of_item_offers_equals_brute_force_at_length(case) -> None:
    assert_best(*case)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(), st.randoms(use_true_random=False), st.data())
def test_neither_the_order_of_lines_nor_splitting_one_changes_a_total_of_item_offers(case, chance, data) -> None:
    campaigns, facts = case
    before = make.priced(campaigns, facts)
    lines = []
    for ln in facts.basket.lines:
        part = data.draw(st.integers(0, ln.quantity - 1))
        lines += [structs.replace(ln, id=f"x{ln.id}", quantity=part)] if part else []
        lines.append(structs.replace(ln, quantity=ln.quantity - part))
    chance.shuffle(lines)
    after = make.priced(campaigns, with_lines(facts, lines))
    assert totals(after) == totals(before)
    assert sum(price.discount_minor for price in after.lines) == after.discount_minor
