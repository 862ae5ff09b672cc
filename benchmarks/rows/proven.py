"""How often the search proves its answer the best when every feature is in play, what it costs, and what others lose.

``greedy`` takes the offers by what each saves alone, ``priority`` takes them in their fixed order (the catalogue option
``choose: in_order``): both lawful, neither searched.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from time import process_time_ns

from benchmarks.bench import Row
from benchmarks.echo import cost_us
from benchmarks.full_set import case
from benchmarks.scenes import body_of
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.decision import Decision
from engine.rules.evaluate import Offer, Outcome, evaluate, whole
from engine.rules.facts import Facts, Line
from engine.rules.lines import merge
from engine.rules.offers import offers_on
from engine.rules.search.conflicts import conflict_bits
from engine.rules.search.in_order import in_order

LINES, BASKETS, BASKETS_OF_80 = 20, 400, 60


def rows() -> list[Row]:
    echo = cost_us(body_of(case(0, offers=1, lines=LINES)[1]))
    return [*_rows(40, BASKETS, echo), *_rows(80, BASKETS_OF_80, echo)]


def _rows(offers: int, baskets: int, echo_us: float) -> list[Row]:
    spent, decisions, worse = [], [], {"greedy": list[float](), "priority": list[float]()}
    for number in range(baskets):
        campaigns, facts = case(number, offers=offers, lines=LINES)
        catalogue = Catalogue.build(campaigns)
        us, decision = _timed(catalogue, facts)
        spent.append(us)
        decisions.append(decision)
        lines = [merged.line for merged in merge(facts.basket)]
        discounts = offers_on(catalogue, facts, lines).discounts
        for name, saved in (
            ("greedy", greedy(discounts, facts, lines)),
            ("priority", first_come(discounts, facts, lines)),
        ):
            assert saved <= decision.discount_minor or not decision.optimal
            worse[name].append(1 - saved / decision.discount_minor)
    proven = sum(decision.optimal for decision in decisions) / baskets
    for name, losses in worse.items():
        some = [loss for loss in losses if loss > 0]
        mean = sum(some) / max(1, len(some))
        print(
            f"  {offers} offers, {name}: worse in {len(some) / baskets:.1%} of baskets, "
            f"then by {mean:.1%} on average, {max(losses):.1%} at most"
        )
    spent.sort()
    nodes = sorted(decision.nodes for decision in decisions)
    print(f"  {offers} offers: nodes median {nodes[baskets // 2]}, most {nodes[-1]}")
    p99 = spent[baskets * 99 // 100]
    return [
        Row(name=f"proven_{offers}", ours=round(100 * proven, 2), other=None, ratio=None, unit="% of baskets"),
        _against(f"decide_{offers}_median_vs_echo", spent[baskets // 2], echo_us),
        _against(f"decide_{offers}_p99_vs_echo", p99, echo_us),
    ]


def _against(name: str, us: float, echo_us: float) -> Row:
    return Row(
        name=name, ours=round(us, 1), other=round(echo_us, 1), ratio=round(us / echo_us, 2), unit="µs, ours / echo"
    )


def _timed(catalogue: Catalogue, facts: Facts) -> tuple[float, Decision]:
    """Return the CPU time of one decision, the better of two."""
    gc.collect()
    times = []
    for _ in range(2):
        start = process_time_ns()
        decision = decide(catalogue, facts)
        times.append((process_time_ns() - start) / 1000)
    return min(times), decision


def greedy(offers: Sequence[Offer], facts: Facts, lines: Sequence[Line]) -> int:
    """Return what is saved when the offer that saves most alone is taken first, and so on, applied in their order."""
    basket = whole(lines)
    alone = [evaluate(offer, facts, basket) for offer in offers]
    sizes = [outcome.total_minor if isinstance(outcome, Outcome) else 0 for outcome in alone]
    conflicts, barred, chosen = conflict_bits([offer.plan.stance for offer in offers]), 0, list[int]()
    for place in sorted(range(len(offers)), key=sizes.__getitem__, reverse=True):
        if sizes[place] and not barred >> place & 1:
            chosen.append(place)
            barred |= conflicts[place]
    state, saved = basket, 0
    for place in sorted(chosen):
        outcome = evaluate(offers[place], facts, state)
        if isinstance(outcome, Outcome):
            state, saved = state.after(offers[place].places, outcome), saved + outcome.total_minor
    return saved


def first_come(offers: Sequence[Offer], facts: Facts, lines: Sequence[Line]) -> int:
    best = in_order(offers, facts, lines, room_minor=None, offers_max=None)
    return sum(step.outcome.total_minor for step in best.steps)
