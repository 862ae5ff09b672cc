"""Which of 10,000 live campaigns apply to 20 lines: ours against a decision table of zen-engine, and building it.

Both sides start from what they are made ready with, ours from merged lines, zen from its context, and give their own
answer, plans or rows; making ready is timed beside it and printed. A round goes over the carts forty times on our side,
once on zen's, which reads its whole table anew for each; what a cold pass costs is printed too. The expressions
of ``zen_rules`` are left out: at this size they take ten times as long as the table.
"""

from __future__ import annotations

import gc
import tracemalloc
from statistics import median
from time import process_time_ns

from benchmarks.bench import Row, paired
from benchmarks.workload import campaigns, carts
from benchmarks.zen_rules import Table, context
from engine.rules.catalogue import Catalogue
from engine.rules.lines import merge
from engine.rules.reach.matches import matches

LIVE = 10_000
CARTS, LINES, PASSES = 20, 20, 40
BUILDS = 5


def rows() -> list[Row]:
    return [_row("match_vs_zen_10k"), _row("match_vs_zen_dense", storewide_max=LIVE), _build()]


def _row(name: str, **mix: int) -> Row:
    live = campaigns(LIVE, **mix)
    catalogue, table, asked = Catalogue.build(live), Table(live), carts(CARTS, LINES)
    merged = [[whole.line for whole in merge(facts.basket)] for facts in asked]
    contexts = [context(facts) for facts in asked]

    pairs = list(zip(asked, merged, strict=True))

    def once() -> None:
        for facts, lines in pairs:
            matches(catalogue, facts, lines)

    def zen() -> None:
        for each in contexts:
            table.rows(each)

    def zen_made_ready() -> None:
        for facts in asked:
            context(facts)

    def made_ready() -> None:
        for facts in asked:
            merge(facts.basket)

    answers = [sorted(plan.campaign.id for plan in matches(catalogue, facts, lines)) for facts, lines in pairs]
    assert answers == [sorted(table.match(each)) for each in contexts], "not the same answers: nothing to compare"
    cold = paired(name, once, zen, per=CARTS)
    row = paired(name, once, zen, per=CARTS, passes=PASSES)
    ready = paired(name, made_ready, zen_made_ready, per=CARTS, passes=PASSES)
    print(f"  {sum(map(len, answers)) / CARTS:.0f} matches a cart; cold {cold.ours} µs, {cold.ratio}x")
    print(f"  to make ready: {ready.ours} µs and {ready.other} µs; with it {_together(row, ready):.0f}x")
    return row


def _together(row: Row, ready: Row) -> float:
    assert row.other is not None
    assert ready.other is not None
    return (row.other + ready.other) / (row.ours + ready.ours)


def _build() -> Row:
    """Time a publication of all campaigns; what it keeps beside the campaigns is measured once, untimed."""
    live = campaigns(LIVE)
    spent = []
    for _ in range(BUILDS):
        start = process_time_ns()
        Catalogue.build(live)
        spent.append((process_time_ns() - start) / 1_000_000)
    gc.collect()
    tracemalloc.start()
    kept = Catalogue.build(live)
    gc.collect()
    size = tracemalloc.get_traced_memory()[0]
    matches(kept, carts(1, LINES)[0], carts(1, LINES)[0].basket.lines)
    tracemalloc.stop()
    print(f"  {size / LIVE:.0f} bytes a campaign")
    return Row(name="catalogue_build_10k", ours=round(median(spent), 1), other=None, ratio=None, unit="ms")
