"""The best combination is the best there is."""

from __future__ import annotations

import gc
import random

import msgspec
import pytest
from hypothesis import example, given

from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.options import Options
from tests import make
from tests.rules import brute_force
from tests.rules.every_kind import every_kind, offers
from tests.rules.laws import at_length, quick


def assert_best(campaigns, facts) -> None:
    decision = make.priced(campaigns, facts)
    most, ids = brute_force.best(campaigns, facts)
    assert decision.optimal
    assert decision.discount_minor == most
    assert tuple(offer.campaign_id for offer in decision.applied) == ids


@quick()
@given(every_kind())
def test_combination_equals_brute_force(case) -> None:
    assert_best(*case)


@at_length(2000, offers(most=7))
def test_combination_equals_brute_force_on_seven_offers(case) -> None:
    assert_best(*case)


@at_length(100, offers(most=12, least=8))
def test_combination_equals_brute_force_on_twelve_offers(case) -> None:
    assert_best(*case)


def test_leaving_an_item_offer_out_unlocks_the_threshold() -> None:
    campaigns = [
        make.campaign("a-item", make.fixed_price(3000), phase="item"),  # 2.00 off
        make.campaign("b-order", make.amount_off(1000), when=[make.spend(3200)]),  # 10.00 off from 32.00
    ]
    decision = make.priced(campaigns, make.facts(make.line(price=3200)))
    assert make.saved(decision) == {"b-order": 1000}
    [lost] = decision.lost
    assert (lost.campaign_id, lost.to) == ("a-item", ("b-order",))


@pytest.mark.parametrize(("price", "expected"), [(9999, {}), (10000, {"a": 500}), (10001, {"a": 500})])
def test_threshold_holds_from_its_amount_on(price, expected) -> None:
    decision = make.priced([make.campaign("a", when=[make.spend(10000)])], make.facts(make.line(price=price)))
    assert make.saved(decision) == expected


def test_a_unit_serves_one_item_offer() -> None:
    campaigns = [
        make.campaign("half", make.percent_off(50, items={"skus": ("tea",)}, units=1), phase="item"),
        make.campaign("flash", make.fixed_price(900, items={"skus": ("tea",)}, units=1), phase="item"),
    ]
    one = make.priced(campaigns, make.facts(make.line("tea", 2000)))
    assert make.saved(one) == {"flash": 1100}
    two = make.priced(campaigns, make.facts(make.line("tea", 2000, 2)))
    assert make.saved(two) == {"flash": 1100, "half": 1000}


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ({"group": "g"}, {"group": "g"}, False),
        ({"group": "g"}, {"group": "h"}, True),
        ({}, {}, True),
        ({"exclusive": "alone"}, {}, False),
        ({"exclusive": "phase"}, {}, False),
        ({"exclusive": "phase"}, {"phase": "payment"}, True),
        ({"combine_with": ("h",)}, {"group": "h"}, True),
        ({"combine_with": ("h",)}, {"group": "i"}, False),
        ({"combine_with": ("h",)}, {}, False),
    ],
)
def test_conflicts(one, other, both) -> None:
    campaigns = [make.campaign("a", **one), make.campaign("b", **other)]
    decision = make.priced(campaigns, make.facts())
    assert len(decision.applied) == (2 if both else 1)
    assert [lost.to for lost in decision.lost] == ([] if both else [(decision.applied[0].campaign_id,)])


def test_ties_take_fewer_coupons_then_the_sooner_expiry_then_less_platform_money_then_the_place() -> None:
    plain, rival = make.campaign("z-plain", group="g"), make.voucher("a-coupon", group="g")
    facts = make.facts(coupons=(make.coupon("a-coupon"),))
    assert make.saved(make.priced([plain, rival], facts)) == {"z-plain": 500}

    sooner, later = make.voucher("z-sooner", group="g"), make.voucher("a-later", group="g")
    facts = make.facts(coupons=(make.coupon("z-sooner", "c1", days=1), make.coupon("a-later", "c2", days=2)))
    assert make.saved(make.priced([sooner, later], facts)) == {"z-sooner": 500}

    ours, theirs = make.campaign("a", group="g"), make.campaign("b", group="g", funding=make.funding(merchant=100))
    assert make.saved(make.priced([ours, theirs], make.facts())) == {"b": 500}

    assert make.saved(make.priced([make.campaign("a", group="g"), make.campaign("b", group="g")], make.facts())) == {
        "a": 500
    }


def test_of_those_that_stand_alone_and_save_the_same_the_first_applies() -> None:
    own = make.funding(merchant=100)
    small = [make.campaign(f"c{n}", make.amount_off(266), exclusive="alone", priority=1, funding=own) for n in range(4)]
    large = make.campaign("c4", make.amount_off(771), exclusive="alone", funding=own)
    capped = Options(discount_at_most_minor={"CNY": 20})
    assert make.saved(make.priced([*small, large], make.facts(), capped)) == {"c0": 20}


def test_of_two_coupons_the_one_that_expires_first_is_spent() -> None:
    coupons = (make.coupon("v", "late", days=9), make.coupon("v", "soon", days=2), make.coupon("v", "over", days=0))
    [offer] = make.priced([make.voucher("v")], make.facts(coupons=coupons)).applied
    assert offer.coupon_id == "soon"


def test_search_past_its_node_limit_says_so(monkeypatch) -> None:
    monkeypatch.setattr("engine.rules.search.leader.NODES_MAX", 20)
    chance = random.Random(1)
    campaigns = [  # each threshold is in danger from those before it
        make.campaign(
            f"c{n}",
            make.amount_off(chance.randint(5, 30) * 10) if n % 2 else make.percent_off(chance.randint(5, 30)),
            when=[make.spend(chance.randint(10, 30) * 100)],
            priority=chance.randint(0, 3),
        )
        for n in range(9)
    ]
    decision = make.priced(campaigns, make.facts())
    assert decision.optimal is False
    assert decision.nodes == 20
    assert decision.discount_minor > 0


def test_deciding_leaves_no_cyclic_garbage() -> None:
    catalogue = Catalogue.build(
        [
            make.campaign(f"c{n}", make.percent_off(10 + n), when=[make.spend(100 * n + 1)], group=f"g{n % 4}")
            for n in range(12)
        ]
    )
    facts = make.facts(make.line(), make.line("tea", 1800, 3))
    decide(catalogue, facts)
    gc.collect()
    gc.disable()
    try:
        decide(catalogue, facts)
        assert gc.collect() == 0
    finally:
        gc.enable()


@quick()
@given(every_kind())
@example(([make.campaign("a")], make.facts()))
def test_the_same_in_gives_the_same_bytes_out(case) -> None:
    assert_replayed(case)


@at_length(500, every_kind())
def test_the_same_in_gives_the_same_bytes_out_at_length(case) -> None:
    assert_replayed(case)


def assert_replayed(case) -> None:
    campaigns, facts = case
    encode = msgspec.json.Encoder().encode
    again = msgspec.json.decode(encode(facts), type=type(facts))
    assert encode(make.priced(campaigns, facts)) == encode(make.priced(campaigns[::-1], again))
