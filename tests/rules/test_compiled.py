"""The fast forms say the same as the plain ones: a discount by total, and one that is shared over lines late."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.catalogue import Catalogue
from engine.rules.evaluate import Outcome, State, evaluate, landed, total_minor
from engine.rules.kinds import Condition, Piece, Situation
from engine.rules.lines import merge
from engine.rules.offers import offers_on
from engine.rules.pieces import spread
from tests import make
from tests.rules.laws import at_length, quick
from tests.rules.strategies import benefits, cases, lines


def assert_by_total_equals_by_pieces(benefit, basket, data) -> None:
    by_total = benefit.of_total()
    pieces = [Piece(ln, data.draw(st.integers(0, ln.list_minor)), ln.quantity) for ln in basket]
    left = [piece.left_minor for piece in pieces]
    if by_total is not None:
        assert benefit.discounts(pieces) == spread(by_total(sum(left)), left, pieces)
        assert not any(benefit.units(pieces))
        assert by_total(sum(left)) <= sum(left) * benefit.rate_ppm() / 1_000_000 + 1


@quick()
@given(benefits(), lines(), st.data())
def test_discount_by_total_equals_the_one_by_pieces(benefit, basket, data) -> None:
    assert_by_total_equals_by_pieces(benefit, basket, data)


@at_length(1000, benefits(), lines(), st.data())
def test_discount_by_total_equals_the_one_by_pieces_at_length(benefit, basket, data) -> None:
    assert_by_total_equals_by_pieces(benefit, basket, data)


def assert_landed_equals_evaluated(case, data) -> None:
    campaigns, facts = case
    basket = [whole.line for whole in merge(facts.basket)]
    left = [data.draw(st.integers(0, ln.list_minor)) for ln in basket]
    state = State(basket, left, [ln.quantity for ln in basket])
    for offer in offers_on(Catalogue.build(campaigns), facts, basket).discounts:
        if offer.plan.of_total is None:
            continue
        plain = evaluate(offer, facts, state)
        amount = total_minor(offer, state.left_in(offer.places))
        assert amount == (plain.total_minor if isinstance(plain, Outcome) else 0)
        if isinstance(plain, Outcome):
            assert landed(offer, basket, left, amount) == plain


@quick()
@given(cases(), st.data())
def test_amount_known_first_and_landed_later_equals_an_evaluation(case, data) -> None:
    assert_landed_equals_evaluated(case, data)


@at_length(1000, cases(), st.data())
def test_amount_known_first_and_landed_later_equals_an_evaluation_at_length(case, data) -> None:
    assert_landed_equals_evaluated(case, data)


@pytest.mark.parametrize("basis", ["left", "listed"])
@pytest.mark.parametrize("left", [999, 1000, 1001])
def test_condition_that_names_its_total_holds_from_there_on(basis, left) -> None:
    condition: Condition = make.spend(1000, basis)
    start = condition.holds_from_minor()
    seen = [Piece(make.line(price=2000), left, 1)]
    holds = condition.check(Situation(make.facts(), seen)) is None
    assert holds is (True if start is None else left >= start)
