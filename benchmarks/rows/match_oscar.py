"""Who applies of 100 campaigns that django-oscar can say, 5 lines; it reads offers and ranges from tables each time."""

from __future__ import annotations

from benchmarks.bench import Row, paired
from benchmarks.oscar_offers import Shop, sayable, start
from benchmarks.workload import campaigns, carts
from engine.rules.catalogue import Catalogue
from engine.rules.lines import merge
from engine.rules.reach.matches import matches

LIVE, CARTS, LINES, PASSES = 100, 2, 5, 50


def rows() -> list[Row]:
    start()
    live = [campaign for campaign in campaigns(2 * LIVE) if sayable(campaign)][:LIVE]
    asked = carts(CARTS, LINES)
    catalogue, shop = Catalogue.build(live), Shop(live, asked)

    def ours() -> list[list[str]]:
        return [
            [plan.campaign.id for plan in matches(catalogue, facts, [whole.line for whole in merge(facts.basket)])]
            for facts in asked
        ]

    def theirs() -> list[list[str]]:
        return [shop.match(place) for place in range(CARTS)]

    answers = [sorted(ids) for ids in ours()]
    assert all(answers), "the carts meet campaigns"
    assert answers == theirs(), "not the same answers: nothing to compare"
    return [paired("match_vs_oscar_100", ours, theirs, per=CARTS, passes=PASSES)]
