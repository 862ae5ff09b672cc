"""The counters that a catalogue names are those that each reached campaign's limits look at."""

from __future__ import annotations

import pytest

from engine.rules.catalogue import Catalogue
from engine.rules.limits import limits, orders_keys
from tests import make

EVERY_LIMIT = dict.fromkeys(
    (
        "budget_minor",
        "uses_total",
        "uses_per_day",
        "uses_per_member",
        "uses_per_member_per_day",
        "uses_per_device",
        "units_total",
        "units_per_member",
    ),
    9,
)


@pytest.mark.parametrize("payer", [make.payer(), make.payer(device_id=None), None])
@pytest.mark.parametrize("names", [*[(name,) for name in EVERY_LIMIT], tuple(EVERY_LIMIT), ()])
def test_counters_are_those_of_each_reached_campaign(payer, names) -> None:
    chosen = {name: EVERY_LIMIT[name] for name in names}
    auckland = make.Schedule("Pacific/Auckland", make.ALWAYS.start, None)
    catalogue = Catalogue.build(
        [
            make.campaign("a", limits=chosen),
            make.campaign("b", limits=chosen, schedule=auckland),
            make.campaign("c", limits=chosen, scope=make.at("noodle-house")),
            make.campaign("d", limits=chosen, scope=make.at("elsewhere")),
        ]
    )
    facts = make.facts(payer=payer)
    reached = [plan for plan in catalogue.plans if plan.campaign.id != "d"]
    expected = [*orders_keys(facts), *[limit.key for plan in reached for limit in limits(plan.terms, facts)]]
    found = catalogue.counters(facts)
    assert set(found) == set(expected)
    assert len(found) == len(expected)
