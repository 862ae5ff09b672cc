"""Who applies: ours against rule-engine, one compiled rule for each campaign; few carts, it takes its time."""

from __future__ import annotations

import rule_engine

from benchmarks.bench import Row, paired
from benchmarks.workload import campaigns, carts
from benchmarks.zen_rules import cells, context
from engine.rules.campaign import Campaign
from engine.rules.catalogue import Catalogue
from engine.rules.lines import merge
from engine.rules.reach.matches import matches

CARTS, LINES = 2, 20


def rows() -> list[Row]:
    return [_row(f"match_vs_rule_engine_{number // 1000}k", number) for number in (1_000, 10_000)]


def _row(name: str, number: int) -> Row:
    live, asked = campaigns(number), carts(CARTS, LINES)
    catalogue = Catalogue.build(live)
    rules = [(campaign.id, rule_engine.Rule(_text(campaign))) for campaign in live]
    merged = [[whole.line for whole in merge(facts.basket)] for facts in asked]
    contexts = [context(facts) for facts in asked]

    def ours() -> list[list[str]]:
        return [
            [plan.campaign.id for plan in matches(catalogue, facts, lines)]
            for facts, lines in zip(asked, merged, strict=True)
        ]

    def theirs() -> list[list[str]]:
        return [[id_ for id_, rule in rules if rule.matches(each)] for each in contexts]

    assert [sorted(ids) for ids in ours()] == theirs(), "not the same answers: nothing to compare"
    return paired(name, ours, theirs, per=CARTS)


def _text(campaign: Campaign) -> str:
    """Return zen's conditions in rule-engine's words: a missing total is asked for with ``&[``."""
    found = cells(campaign)
    if "spend" in found:
        scope, least = found["spend"].removeprefix('(totals["').split('"] ?? 0) >= ')
        found["spend"] = f'"{scope}" in keys and totals["{scope}"] >= {least}'
    return " and ".join(found.values()) or "true"
