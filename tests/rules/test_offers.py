"""Who reaches the basket, and why the rest does not apply: the index says the same as a plain look at each campaign."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.rules.campaign import Filter, Scope
from engine.rules.catalogue import Catalogue
from engine.rules.index import places_of
from engine.rules.kinds import Piece
from engine.rules.lines import merge
from engine.rules.matches import matches
from engine.rules.schedule import is_open
from engine.rules.scope import reaches
from tests import make
from tests.rules.brute_force import holds
from tests.rules.strategies import cases

TEXTS = st.sampled_from(["m1", "m2", "food", "wangjing", "a", "b", "tea"])


@given(st.integers(0, 2**200))
def test_bits_decode(mask) -> None:
    assert places_of(mask) == [place for place in range(mask.bit_length()) if mask >> place & 1]


@st.composite
def filters(draw: st.DrawFn, dimensions: tuple[str, ...]) -> Filter:
    some = st.dictionaries(st.sampled_from(dimensions), st.lists(TEXTS, min_size=1, max_size=2).map(tuple), max_size=2)
    return Filter(draw(some), draw(some))


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(most=4), st.data())
def test_index_equals_a_look_at_each(case, data) -> None:
    assert_index_equals_a_look_at_each(case, data)


@pytest.mark.laws
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(most=8), st.data())
def test_index_equals_a_look_at_each_of_eight(case, data) -> None:
    assert_index_equals_a_look_at_each(case, data)


def assert_index_equals_a_look_at_each(case, data) -> None:
    found, facts = case
    campaigns = [
        make.campaign(
            c.id,
            *c.give,
            phase=c.stacking.phase,
            when=c.when.all,
            currency=data.draw(st.sampled_from(["CNY", "CNY", "JPY"])),
            scope=Scope(
                data.draw(filters(("ids", "tags", "districts"))),
                data.draw(filters(("skus", "categories", "tags"))),
                data.draw(st.sampled_from([(), ("pay_code",), ("scan",)])),
                data.draw(st.sampled_from([("goods",), ("tip",)])),
            ),
        )
        for c in found
    ]
    facts = make.facts(*facts.basket.lines, merchants={"m1": make.merchant("m1")})
    lines = [whole.line for whole in merge(facts.basket)]
    expected = []
    for c in campaigns:
        pieces = [Piece(ln, ln.list_minor, ln.quantity) for ln in lines if reaches(c.scope, ln, facts.merchants)]
        fits = c.currency == "CNY" and c.scope.channels in {(), ("pay_code",)} and is_open(c.schedule, facts.now)
        if pieces and fits and holds(c.when, facts, pieces):
            expected.append(c.id)
    assert [plan.campaign.id for plan in matches(Catalogue.build(campaigns), facts, lines)] == expected


def test_campaign_of_another_merchant_channel_or_currency_is_not_listed() -> None:
    campaigns = [
        make.campaign("elsewhere", scope=make.at("tea-corner")),
        make.campaign("online", scope=Scope(channels=("online",))),
        make.campaign("yen", currency="JPY"),
        make.campaign("not-here", scope=Scope(merchants=Filter({}, {"ids": ("noodle-house",)}))),
    ]
    decision = make.priced(campaigns, make.facts())
    assert (decision.applied, decision.refused, decision.lost) == ((), (), ())


@pytest.mark.parametrize(
    ("campaign", "code"),
    [
        (make.campaign("a", scope=make.on(skus=("tea",))), "items_missing"),
        (make.campaign("a", schedule=make.Schedule("UTC", make.NOW, make.NOW)), "not_now"),
        (make.campaign("a", when=[make.spend(3201)]), "spend_more"),
        (make.voucher("a"), "coupon_needed"),
        (make.campaign("a", make.percent_off(50, items={"skus": ("tea",)})), "nothing_to_discount"),
    ],
)
def test_reached_campaign_is_refused_with_its_reason(campaign, code) -> None:
    assert make.refused(make.priced([campaign], make.facts())) == {"a": code}


def test_what_is_missing_counts_what_earlier_offers_took() -> None:
    campaigns = [
        make.campaign("a-item", make.percent_off(10), phase="item"),
        make.campaign("b-order", make.amount_off(500), when=[make.spend(10000)]),
    ]
    [reason] = make.priced(campaigns, make.facts(make.line(price=5000))).refused
    assert (reason.campaign_id, reason.missing_minor) == ("b-order", 5500)


def test_offer_whose_threshold_another_took_away_has_lost_to_it() -> None:
    campaigns = [
        make.campaign("a-item", make.percent_off(50), phase="item"),
        make.campaign("b-order", make.amount_off(500), when=[make.spend(10000)]),
    ]
    decision = make.priced(campaigns, make.facts(make.line(price=10000)))
    assert make.saved(decision) == {"a-item": 5000}
    assert [(lost.campaign_id, lost.to) for lost in decision.lost] == [("b-order", ("a-item",))]


@pytest.mark.parametrize(("days", "from_days", "usable"), [(1, -1, True), (1, 0, True), (0, -1, False), (2, 1, False)])
def test_coupon_is_usable_within_its_half_open_days(days, from_days, usable) -> None:
    held = (make.coupon("a", days=days, from_days=from_days),)
    assert bool(make.priced([make.voucher("a")], make.facts(coupons=held)).applied) is usable


def test_two_campaigns_of_one_id_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="same id"):
        Catalogue.build([make.campaign("a"), make.campaign("a")])
