"""Limits: never over, and the reason says which."""

from __future__ import annotations

import pytest

from engine.rules.catalogue import Catalogue
from engine.rules.facts import CounterKey
from tests import make

DAY = "2026-11-24"
KEY = {
    "uses_total": CounterKey("campaign", "a", "a", "uses", ""),
    "uses_per_day": CounterKey("campaign", "a", "a", "uses", DAY),
    "uses_per_member": CounterKey("member", "wei", "a", "uses", ""),
    "uses_per_member_per_day": CounterKey("member", "wei", "a", "uses", DAY),
    "uses_per_device": CounterKey("device", "phone", "a", "uses", ""),
    "units_total": CounterKey("campaign", "a", "a", "units", ""),
    "units_per_member": CounterKey("member", "wei", "a", "units", ""),
    "budget_minor": CounterKey("campaign", "a", "a", "budget", ""),
}


@pytest.mark.parametrize("limit", [name for name in KEY if name.startswith("uses")])
@pytest.mark.parametrize(("taken", "applies"), [(0, True), (2, True), (3, False), (4, False)])
def test_uses_end_at_their_ceiling(limit, taken, applies) -> None:
    decision = make.priced([make.campaign("a", limits={limit: 3})], make.facts(taken={KEY[limit]: taken}))
    if applies:
        [take] = decision.applied[0].takes
        assert (take.key, take.amount, take.ceiling) == (KEY[limit], 1, 3)
    else:
        assert make.refused(decision) == {"a": "limit_reached"}


@pytest.mark.parametrize(
    ("taken", "strict", "cut"),
    [(9499, 500, 500), (9500, 500, 500), (9501, None, 499), (9999, None, 1), (10000, None, None)],
)
def test_budget_is_refused_or_cut(taken, strict, cut) -> None:
    for last_unit, expected in (("refuse", strict), ("partial", cut)):
        campaign = make.campaign("a", limits={"budget_minor": 10000, "last_unit": last_unit})
        decision = make.priced([campaign], make.facts(taken={KEY["budget_minor"]: taken}))
        assert make.saved(decision) == ({} if expected is None else {"a": expected})
        if expected is None:
            assert make.refused(decision) == {"a": "limit_reached"}
        else:
            assert (decision.applied[0].takes[0].amount, decision.applied[0].nominal_minor) == (expected, 500)


@pytest.mark.parametrize(("limit", "code"), [("units_total", "sold_out"), ("units_per_member", "limit_reached")])
@pytest.mark.parametrize(
    ("taken", "strict", "cut"), [(17, 3, 3), (18, None, 2), (19, None, 1), (20, None, None), (21, None, None)]
)
def test_units_count_pieces(limit, code, taken, strict, cut) -> None:
    for last_unit, expected in (("refuse", strict), ("partial", cut)):
        campaign = make.campaign("a", make.fixed_price(990), phase="item", limits={limit: 20, "last_unit": last_unit})
        decision = make.priced([campaign], make.facts(make.line("mango", 2990, 3), taken={KEY[limit]: taken}))
        if expected is None:
            assert make.refused(decision) == {"a": code}
        else:
            assert make.saved(decision) == {"a": 2000 * expected}
            assert [take.amount for take in decision.applied[0].takes] == [expected]


def test_nearer_of_two_unit_limits_names_the_reason() -> None:
    campaign = make.campaign(
        "a", make.fixed_price(990), phase="item", limits={"units_total": 20, "units_per_member": 1}
    )
    facts = make.facts(make.line("mango", 2990, 2))
    assert make.refused(make.priced([campaign], facts)) == {"a": "limit_reached"}
    sold = make.facts(make.line("mango", 2990, 1), taken={KEY["units_total"]: 20})
    assert make.refused(make.priced([campaign], sold)) == {"a": "sold_out"}


@pytest.mark.parametrize("limit", ["uses_per_member", "uses_per_member_per_day", "units_per_member"])
def test_who_is_unknown_must_sign_in_for_limits_by_member(limit) -> None:
    decision = make.priced([make.campaign("a", limits={limit: 3})], make.facts(payer=None))
    assert make.refused(decision) == {"a": "sign_in_needed"}
    assert decision.takes == ()


def test_unknown_device_does_not_get_what_is_limited_by_device() -> None:
    campaign = make.campaign("a", limits={"uses_per_device": 1})
    assert make.refused(make.priced([campaign], make.facts(payer=make.payer(device_id=None)))) == {"a": "device_needed"}


def test_payment_counts_into_the_orders_of_member_and_device() -> None:
    takes = make.priced([], make.facts()).takes
    assert [(tuple(take.key), take.amount, take.ceiling) for take in takes] == [
        (("member", "wei", "", "orders", ""), 1, None),
        (("device", "phone", "", "orders", ""), 1, None),
    ]


def test_catalogue_names_every_counter_a_decision_takes_from() -> None:
    campaigns = [
        make.campaign("a", limits={"uses_per_member": 1, "budget_minor": 10000, "uses_per_day": 5}),
        make.campaign("b", scope=make.at("elsewhere"), limits={"uses_total": 1}),
    ]
    facts = make.facts()
    named = Catalogue.build(campaigns).counters(facts)
    decision = make.priced(campaigns, facts)
    assert {take.key for offer in decision.applied for take in offer.takes} | {
        take.key for take in decision.takes
    } == set(named)
    assert len(named) == len(set(named))
