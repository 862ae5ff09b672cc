"""The search's bounds are never below what the best completion of a node saves: the claim that pruning rests on."""

from __future__ import annotations

import pytest
from hypothesis import given

from engine.rules.catalogue import Catalogue
from engine.rules.lines import merge
from engine.rules.offers import offers_on
from engine.rules.search.combine import Search
from engine.rules.search.nodes import Node
from engine.rules.search.outlook import Outlook
from tests.rules.every_kind import every_kind, offers
from tests.rules.laws import EXAMPLES, at_length, quick

NODES = "(nodes whose bounds were compared with their best completion)"
NODES_LEAST = 2000


class Walk:
    """Every combination of a basket's offers, without pruning."""

    def __init__(self, campaigns, facts) -> None:
        lines = [whole.line for whole in merge(facts.basket)]
        self.search = Search(offers_on(Catalogue.build(campaigns), facts, lines).discounts, facts, lines)
        self.tree, self.horizon = self.search.tree, self.search.horizon
        self.root = Node(None, -1, 0, range(len(self.tree.offers)))
        first = self.tree.root
        self.root.lines, self.root.totals, self.root.exact = first.lines, first.totals, first.exact
        self.combinations: list[tuple[list[int], int]] = []

    def most_saved_from(self, node: Node) -> int:
        """The largest saving of *node* and all below it; every bound on what is below it holds."""
        tree, horizon = self.tree, self.horizon
        self.combinations.append(([step.offer for step in node.path()], node.saved_minor))
        open_, amounts = horizon.amounts(node.open, node)
        if horizon.capped(node, open_):
            open_, amounts = horizon.amounts(open_, node)
        outlook = horizon.looked(open_, amounts, node.totals)
        bounds, nexts, forced = horizon.bounds(open_, amounts, outlook.weights, outlook.base)
        left = tree.state(node).left_minor
        for total, places in zip(node.totals, tree.blocks.places, strict=True):
            assert total >= sum(left[place] for place in places)
        most = node.saved_minor
        for place, number in reversed(list(enumerate(node.open))):
            child = tree.taken(node, number, node.open[place + 1 :])
            if child is None:
                continue
            assert number in amounts, "an offer that applies was taken for dead"
            assert child.amount_minor <= amounts[number]
            below, at = self.most_saved_from(child), open_.index(number)
            most = max(most, below)
            assert below - node.saved_minor <= min(nexts[at], forced[at])
            assert most - node.saved_minor <= bounds[at]
        return most

    def assert_within(self, outlook: Outlook, must: int | None = None) -> None:
        """No combination (with *must* in it) saves more than the base and the weights of its offers."""
        for numbers, saved in self.combinations:
            if must is None or must in numbers:
                assert saved <= outlook.base + sum(outlook.weights.get(number, 0.0) for number in numbers)


def assert_bounds_hold(campaigns, facts) -> int:
    """Walk the whole tree; how many nodes it has."""
    walk = Walk(campaigns, facts)
    tree, horizon, root = walk.tree, walk.horizon, walk.root
    walk.most_saved_from(root)
    open_, amounts = horizon.amounts(root.open, root)
    walk.assert_within(horizon.looked(open_, amounts, root.totals))
    for number in open_:
        if tree.offers[number].plan.floor_minor:
            beside = tree.beside_one(number, open_)
            walk.assert_within(horizon.looked(beside, amounts, root.totals, (number,)), must=number)
    return len(walk.combinations)


@quick()
@given(every_kind(most=5))
def test_bound_is_never_below_a_completion(case) -> None:
    assert_bounds_hold(*case)


@pytest.mark.laws
def test_bound_is_never_below_a_completion_of_two_thousand_nodes() -> None:
    @at_length(600, offers(most=6))
    def bounds_of_six_offers(case) -> None:
        EXAMPLES[NODES] += assert_bounds_hold(*case)

    bounds_of_six_offers()
    assert EXAMPLES[NODES] >= NODES_LEAST
