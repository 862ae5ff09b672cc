"""The campaigns that run, made ready for deciding: immutable, built once per publication."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.rules.campaign import Campaign
from engine.rules.counters import counter_keys
from engine.rules.facts import CounterKey, Facts
from engine.rules.limits import orders_keys
from engine.rules.options import Options
from engine.rules.plan import Plan, plans
from engine.rules.reach.index import Index
from engine.rules.reach.postings import chosen

#: What holds where no catalogue file says otherwise.
DEFAULTS: Final = Options()


@dataclass(frozen=True)
class Catalogue:
    """Campaigns by id, and their plans in the order of the index."""

    campaigns: dict[str, Campaign]
    plans: tuple[Plan, ...]
    index: Index
    options: Options = DEFAULTS

    @classmethod
    def build(cls, campaigns: Iterable[Campaign], options: Options = DEFAULTS) -> Catalogue:
        """Compile *campaigns* under *options*; a campaign's place is its order by id.

        Raises: ValueError when an id stands twice.
        """
        ordered = sorted(campaigns, key=lambda campaign: campaign.id)
        by_id = {campaign.id: campaign for campaign in ordered}
        if len(by_id) != len(ordered):
            raise ValueError("two campaigns have the same id")
        index = Index(plans(ordered))
        return cls(by_id, index.plans, index, options)

    def reached(self, facts: Facts) -> list[Plan]:
        """Return the plans that have to do with the basket: its currency, its merchants, its channel."""
        return [plan for shelf, mask in self.index.reached(facts) for plan in chosen(shelf.plans, mask)]

    def counters(self, facts: Facts) -> tuple[CounterKey, ...]:
        """Return every counter that deciding on *facts* may look at, once; the counts in *facts* are not read."""
        found = (one for shelf, mask in self.index.reached(facts) for one in chosen(shelf.counters, mask))
        return (*orders_keys(facts), *counter_keys(found, facts))
