"""What the options of the whole catalogue do to a decision."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.options import Options
from tests import make
from tests.rules import brute_force, item_strategies
from tests.rules.every_kind import every_kind, offers
from tests.rules.laws import at_length, quick
from tests.rules.strategies import cases, options

IN_ORDER = Options(choose="in_order")


@pytest.mark.parametrize(
    ("options", "room"),
    [
        ({}, None),
        ({"payable_at_least_minor": {"CNY": 1}}, 999),
        ({"payable_at_least_minor": {"CNY": 1000}}, 0),
        ({"payable_at_least_minor": {"CNY": 1001}}, 0),
        ({"payable_at_least_minor": {"JPY": 1}}, None),
        ({"discount_at_most_minor": {"CNY": 200}}, 200),
        ({"discount_at_most_minor": {"JPY": 200}}, None),
        ({"discount_at_most": Fraction(60, 100)}, 600),
        ({"discount_at_most": Fraction(1, 3)}, 333),
        ({"discount_at_most": Fraction(60, 100), "discount_at_most_minor": {"CNY": 599}}, 599),
        ({"discount_at_most": Fraction(60, 100), "discount_at_most_minor": {"CNY": 601}}, 600),
        ({"discount_at_most": Fraction(1), "payable_at_least_minor": {"CNY": 1}}, 999),
    ],
)
def test_room_is_the_least_that_the_options_leave(options, room) -> None:
    assert Options(**options).room_minor("CNY", 1000) == room


def codes(decision) -> dict[str, str]:
    return {reason.campaign_id: reason.code for reason in decision.refused}


def assert_best(case, given_options) -> None:
    campaigns, facts = case
    decision = make.priced(campaigns, facts, given_options)
    most, ids = brute_force.best(campaigns, facts, given_options)
    assert decision.optimal
    assert decision.discount_minor == most
    assert tuple(offer.campaign_id for offer in decision.applied) == ids


@quick(30)
@given(every_kind(), options())
def test_combination_under_options_equals_brute_force(case, given_options) -> None:
    assert_best(case, given_options)


@quick(30)
@given(item_strategies.cases(), options())
def test_combination_of_item_offers_under_options_equals_brute_force(case, given_options) -> None:
    assert_best(case, given_options)


@at_length(400, offers(most=7), options())
def test_combination_under_options_equals_brute_force_at_length(case, given_options) -> None:
    assert_best(case, given_options)


def assert_first_come(case, given_options) -> None:
    campaigns, facts = case
    decision = make.priced(campaigns, facts, given_options)
    assert decision.optimal
    assert make.saved(decision) == brute_force.first_come(campaigns, facts, given_options)


@quick(30)
@given(every_kind(), options(choose="in_order"))
def test_in_order_takes_the_first_that_apply(case, given_options) -> None:
    assert_first_come(case, given_options)


@at_length(400, offers(most=8), options(choose="in_order"))
def test_in_order_takes_the_first_that_apply_at_length(case, given_options) -> None:
    assert_first_come(case, given_options)


def assert_options_hold(case, given_options) -> None:
    campaigns, facts = case
    decision = make.priced(campaigns, facts, given_options)
    room = given_options.room_minor("CNY", decision.list_minor)
    assert room is None or decision.discount_minor <= room
    assert given_options.offers_max is None or len(decision.applied) <= given_options.offers_max
    assert decision.payable_minor == decision.list_minor - decision.discount_minor
    for offer in decision.applied:
        assert 0 < offer.amount_minor <= offer.nominal_minor
        assert sum(amount for _, amount in offer.by_line) == offer.amount_minor
        budget = [take.amount for take in offer.takes if take.key.limit == "budget"]
        assert budget in ([], [offer.amount_minor]), "budgets take what was applied, not the nominal"
    ends = [one.campaign_id for one in (*decision.applied, *decision.refused, *decision.lost)]
    assert len(ends) == len(set(ends))
    for reason in decision.refused:
        if reason.code == "basket_cap":
            assert decision.discount_minor == room
        if reason.code == "offers_at_most":
            assert len(decision.applied) == given_options.offers_max
    for loser in decision.lost:
        assert loser.to


@quick(30)
@given(every_kind(), options() | options(choose="in_order"))
def test_options_hold_and_every_reason_is_true(case, given_options) -> None:
    assert_options_hold(case, given_options)


@at_length(400, offers(most=8), options() | options(choose="in_order"))
def test_options_hold_and_every_reason_is_true_at_length(case, given_options) -> None:
    assert_options_hold(case, given_options)


@quick(30)
@given(cases(), st.integers(0, 3000), st.integers(1, 500))
def test_more_room_never_saves_less(case, most, more) -> None:
    campaigns, facts = case
    tight, loose = (Options(discount_at_most_minor={"CNY": room}) for room in (most, most + more))
    assert make.priced(campaigns, facts, loose).discount_minor >= make.priced(campaigns, facts, tight).discount_minor


@pytest.mark.parametrize(
    ("most", "expected", "reasons"),
    [
        (None, {"a": 500, "b": 400, "c": 300}, {}),
        (3, {"a": 500, "b": 400, "c": 300}, {}),
        (2, {"a": 500, "b": 400}, {"c": "offers_at_most"}),
        (1, {"a": 500}, {"b": "offers_at_most", "c": "offers_at_most"}),
    ],
)
def test_at_most_so_many_offers_apply_and_the_best_of_them(most, expected, reasons) -> None:
    campaigns = [make.campaign(id_, make.amount_off(minor)) for id_, minor in (("a", 500), ("b", 400), ("c", 300))]
    decision = make.priced(campaigns, make.facts(make.line(price=5000)), Options(offers_max=most))
    assert make.saved(decision) == expected
    assert codes(decision) == reasons


@pytest.mark.parametrize(
    ("room", "expected", "reasons"),
    [
        (500, {"a": 500}, {"b": "basket_cap"}),
        (501, {"a": 500, "b": 1}, {}),
        (899, {"a": 500, "b": 399}, {}),
        (900, {"a": 500, "b": 400}, {}),
        (901, {"a": 500, "b": 400}, {}),
    ],
)
def test_cap_cuts_the_last_applied_first(room, expected, reasons) -> None:
    campaigns = [make.campaign("a", make.amount_off(500)), make.campaign("b", make.amount_off(400))]
    decision = make.priced(campaigns, make.facts(make.line(price=5000)), Options(discount_at_most_minor={"CNY": room}))
    assert make.saved(decision) == expected
    assert codes(decision) == reasons
    assert [offer.nominal_minor for offer in decision.applied] == [500, 400][: len(expected)]


def test_what_the_cap_cuts_takes_no_more_than_it_gives_from_the_budget() -> None:
    campaigns = [make.campaign("a", make.amount_off(500), limits={"budget_minor": 10000})]
    decision = make.priced(campaigns, make.facts(), Options(discount_at_most_minor={"CNY": 120}))
    [offer] = decision.applied
    assert [take.amount for take in offer.takes if take.key.limit == "budget"] == [120]
    assert (offer.amount_minor, offer.nominal_minor) == (120, 500)


def test_offer_cut_to_nothing_spends_no_coupon() -> None:
    campaigns = [make.campaign("a", make.amount_off(500)), make.voucher("b", make.amount_off(400))]
    facts = make.facts(make.line(price=5000), coupons=(make.coupon("b"),))
    decision = make.priced(campaigns, facts, Options(discount_at_most_minor={"CNY": 500}))
    assert make.saved(decision) == {"a": 500}
    [reason] = decision.refused
    assert (reason.code, reason.coupon_id) == ("basket_cap", "c1")


@pytest.mark.parametrize(("price", "pays"), [(1, 1), (2, 2), (3, 2), (500, 2), (502, 2), (503, 3)])
def test_minimum_is_payable_and_a_basket_below_it_pays_its_price(price, pays) -> None:
    least = Options(payable_at_least_minor={"CNY": 2})
    decision = make.priced([make.campaign("a", make.amount_off(500))], make.facts(make.line(price=price)), least)
    assert decision.payable_minor == pays
    assert codes(decision) == ({"a": "basket_cap"} if price <= 2 else {})


def test_in_order_a_threshold_looks_at_what_is_left() -> None:
    campaigns = [
        make.campaign("a", make.percent_off(10)),
        make.campaign("b", make.amount_off(2000), when=[make.spend(10000)]),
    ]
    facts = make.facts(make.line(price=10500))
    assert make.saved(make.priced(campaigns, facts)) == {"b": 2000}
    decision = make.priced(campaigns, facts, IN_ORDER)
    assert make.saved(decision) == {"a": 1050}
    [lost] = decision.lost
    assert (lost.to, lost.sentence.en) == (("a",), "Another comes first: a.")


def test_in_order_the_first_of_two_that_exclude_each_other_wins() -> None:
    campaigns = [
        make.campaign("a", make.amount_off(100), exclusive="alone", priority=1),
        make.campaign("b", make.amount_off(900), priority=2),
        make.campaign("c", make.amount_off(500), group="g"),
        make.campaign("d", make.amount_off(600), group="g"),
    ]
    decision = make.priced(campaigns, make.facts(make.line(price=5000)), IN_ORDER)
    assert make.saved(decision) == {"b": 900, "c": 500}
    assert {lost.campaign_id: lost.to for lost in decision.lost} == {"a": ("b",), "d": ("c",)}


def test_in_order_count_and_cap_keep_the_later_out() -> None:
    campaigns = [make.campaign(id_, make.amount_off(300)) for id_ in "abc"]
    facts = make.facts(make.line(price=5000))
    two = make.priced(campaigns, facts, Options(choose="in_order", offers_max=2))
    assert (make.saved(two), codes(two)) == ({"a": 300, "b": 300}, {"c": "offers_at_most"})
    capped = make.priced(campaigns, facts, Options(choose="in_order", discount_at_most_minor={"CNY": 400}))
    assert (make.saved(capped), codes(capped)) == ({"a": 300, "b": 100}, {"c": "basket_cap"})


@pytest.mark.parametrize(("room", "coupons"), [(499, 0), (500, 0), (501, 1)])
def test_coupon_is_kept_where_the_rest_reaches_the_cap(room, coupons) -> None:
    campaigns = [make.voucher("a", make.amount_off(400)), make.campaign("b", make.amount_off(500))]
    facts = make.facts(make.line(price=5000), coupons=(make.coupon("a"),))
    decision = make.priced(campaigns, facts, Options(discount_at_most_minor={"CNY": room}))
    assert decision.discount_minor == room
    assert len([offer for offer in decision.applied if offer.coupon_id]) == coupons
