"""A whole quote of ours, and our match alone, against zen-engine saying which of the same 1,000 campaigns apply."""

from __future__ import annotations

from benchmarks.bench import Row, paired
from benchmarks.workload import campaigns, carts
from benchmarks.zen_rules import Expressions, Table, context
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.lines import merge
from engine.rules.reach.matches import matches

LIVE = 1_000
CARTS = 20


def rows() -> list[Row]:
    live = campaigns(LIVE)
    catalogue, table, expressions = Catalogue.build(live), Table(live), Expressions(live)
    measured = []
    for lines in (5, 20):
        suffix = "" if lines == 5 else f"_{lines}_lines"
        measured += _rows(catalogue, table, expressions, lines, suffix)
    return measured


def _rows(catalogue: Catalogue, table: Table, expressions: Expressions, lines: int, suffix: str) -> list[Row]:
    asked = carts(CARTS, lines)
    contexts = [context(facts) for facts in asked]

    def match() -> list[list[str]]:
        return [
            [plan.campaign.id for plan in matches(catalogue, facts, [whole.line for whole in merge(facts.basket)])]
            for facts in asked
        ]

    def quote() -> None:
        for facts in asked:
            decide(catalogue, facts)

    def by_table() -> list[list[str]]:
        return [table.match(each) for each in contexts]

    def by_expressions() -> list[list[str]]:
        return [expressions.match(each) for each in contexts]

    answers = match()
    assert sum(map(len, answers)) > CARTS, "the carts meet campaigns"
    assert [sorted(found) for found in answers] == by_table() == by_expressions(), (
        "not the same answers: nothing to compare"
    )
    assert all(decide(catalogue, facts).optimal for facts in asked)
    for facts, ids in zip(asked, answers, strict=True):
        decision = decide(catalogue, facts)
        assert {reason.campaign_id for reason in (*decision.applied, *decision.lost)} <= set(ids)
    return [
        paired(f"quote_vs_zen_1k{suffix}", quote, by_table, by_expressions, per=CARTS),
        paired(f"match_vs_zen_1k{suffix}", match, by_table, by_expressions, per=CARTS),
    ]
