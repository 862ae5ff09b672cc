"""Rewards are computed on what is paid, save nothing, and break ties only."""

from __future__ import annotations

import pytest

from engine.rules.benefits.issue_coupon import IssueCoupon
from engine.rules.benefits.points import Points
from engine.rules.benefits.red_packet import RedPacket
from engine.rules.facts import CounterKey
from tests import make

POINTS = Points(earn_points=1, every_minor=100)
GIFT = IssueCoupon(campaign_id="voucher")
PACKET = RedPacket(friend_minor=800, inviter_minor=1000)


def reward(id_: str, benefit=POINTS, **more):
    return make.campaign(id_, benefit, phase="reward", **more)


@pytest.mark.parametrize(("price", "points"), [(599, None), (600, 1), (699, 1), (700, 2)])
def test_points_look_at_what_is_paid(price, points) -> None:
    decision = make.priced(
        [make.campaign("off", make.amount_off(500)), reward("points")], make.facts(make.line(price=price))
    )
    assert [given.amount for given in decision.rewards] == ([] if points is None else [points])
    assert decision.discount_minor == 500
    assert make.refused(decision) == ({"points": "nothing_to_give"} if points is None else {})


@pytest.mark.parametrize(("price", "given"), [(6499, 0), (6500, 1), (6501, 1)])
def test_threshold_of_a_reward_looks_at_what_is_paid(price, given) -> None:
    campaigns = [make.campaign("off", make.amount_off(500)), reward("gift", GIFT, when=[make.spend(6000)])]
    decision = make.priced(campaigns, make.facts(make.line(price=price)))
    assert len(decision.rewards) == given


@pytest.mark.parametrize(("spent", "given"), [(0, 2), (8200, 2), (8201, 0), (10000, 0)])
def test_red_packets_fit_the_budget_or_are_not_given(spent, given) -> None:
    key = CounterKey("campaign", "packet", "packet", "budget", "")
    facts = make.facts(payer=make.payer(invited_by="lin"), taken={key: spent})
    decision = make.priced([reward("packet", PACKET, limits={"budget_minor": 10000, "uses_per_member": 1})], facts)
    assert [(one.to, one.amount) for one in decision.rewards] == [("payer", 800), ("inviter", 1000)][:given]
    takes = [(take.key.limit, take.amount) for one in decision.rewards for take in one.takes]
    assert sorted(takes) == ([("budget", 800), ("budget", 1000), ("uses", 1)] if given else [])


def test_rewards_of_one_group_give_one() -> None:
    decision = make.priced([reward("a", group="g"), reward("b", group="g")], make.facts())
    assert [one.campaign_id for one in decision.rewards] == ["a"]
    assert make.refused(decision) == {"b": "other_reward"}


def test_of_equal_savings_the_one_that_leaves_a_reward_wins() -> None:
    tea, soup = make.line("tea", 1000), make.line("soup", 1000)
    campaigns = [
        make.campaign("a-tea", make.amount_off(500), scope=make.on(skus=("tea",)), group="g"),
        make.campaign("b-soup", make.amount_off(500), scope=make.on(skus=("soup",)), group="g"),
        reward("z-gift", GIFT, scope=make.on(skus=("tea",)), when=[make.spend(1000)]),
    ]
    decision = make.priced(campaigns, make.facts(tea, soup))
    assert make.saved(decision) == {"b-soup": 500}
    assert len(decision.rewards) == 1


def test_merchant_who_funds_a_reward_is_the_one_of_the_line() -> None:
    [given] = make.priced([reward("gift", GIFT, funding=make.funding(merchant=100))], make.facts()).rewards
    assert given.funder == "merchant:noodle-house"


def test_discount_may_bring_a_reward_and_its_use_counts_once() -> None:
    campaign = make.campaign("both", make.amount_off(500), GIFT, limits={"uses_per_member": 1})
    decision = make.priced([campaign], make.facts())
    assert make.saved(decision) == {"both": 500}
    assert [(one.kind, one.takes) for one in decision.rewards] == [("coupon", ())]
