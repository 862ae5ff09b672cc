"""Who reaches the basket, and why the rest does not apply."""

from __future__ import annotations

import pytest

from engine.rules.campaign import Filter, Scope
from engine.rules.catalogue import Catalogue
from tests import make


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
