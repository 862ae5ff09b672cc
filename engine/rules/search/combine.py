"""The best lawful combination, exactly: branch and bound over the subsets of the offers in their fixed order.

A combination is lawful when no two of its offers conflict and each of them applies at its turn, on what the earlier
ones left. A node is a combination; its children also take one of the offers after its last. Only the offers that a
better combination may hold are searched, mostly few or none (see ``cases`` and ``outlook``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from engine.rules.catalogue import DEFAULTS
from engine.rules.evaluate import Offer, State
from engine.rules.facts import Facts, Line
from engine.rules.options import Options
from engine.rules.search.cases import Cases
from engine.rules.search.combination import Combination, Step
from engine.rules.search.horizon import Horizon
from engine.rules.search.leader import Leader
from engine.rules.search.nodes import Node
from engine.rules.search.outlook import Outlook
from engine.rules.search.tree import Tree

#: With so many open offers a node looks at them anew, from what is left there.
ANEW_MIN: Final = 12


class Search:
    """One search: the tree of the offers, what they may still save, and the best combination so far."""

    def __init__(
        self,
        offers: Sequence[Offer],
        facts: Facts,
        lines: Sequence[Line],
        *,
        count_rewards: Callable[[State], int] = lambda _: 0,
        rewards_max: int = 0,
        options: Options = DEFAULTS,
    ) -> None:
        """Prepare; *count_rewards* says how many campaigns give something after payment, *rewards_max* at most."""
        room_minor = options.room_minor(facts.basket.currency, sum([line.list_minor for line in lines]))
        self.tree = Tree(offers, facts, lines, room_minor=room_minor, offers_max=options.offers_max)
        self.horizon = Horizon(self.tree)
        self.leader = Leader(self.tree, count_rewards, rewards_max)
        self.cases = Cases(self.tree, self.horizon, self.leader)

    def run(self) -> Combination:
        """Search, and return the best."""
        stack = self.cases.start()
        while stack and self.leader.nodes < self.leader.nodes_max:
            stack += reversed(list(self.children(stack.pop())))
        best = self.leader.best
        steps = tuple([Step(node.offer, self.tree.outcome(node)) for node in best.path()])
        is_optimal = not stack or best.saved_minor == self.tree.room_minor
        return Combination(steps, self.tree.state(best), self.leader.nodes, is_optimal, self.horizon.fits)

    def children(self, node: Node) -> Iterator[Node]:
        """Yield the children of *node* that may have a better combination below them; the best is kept on the way."""
        seen = self.seen(node)
        if seen is None:
            return
        open_, amounts, outlook, base = seen
        leader, until = self.leader, min(node.must, default=len(self.tree.offers))
        turns = self.turns(node, open_, self.horizon.bounds(open_, amounts, outlook.weights, base))
        numbers = [number for number, _, _ in turns]
        for place, (number, bound, with_it) in enumerate(turns):
            if number > until or leader.nodes >= leader.nodes_max or not leader.can_win(node, bound):
                break
            child = self.tree.taken(node, number, numbers[place + 1 :]) if leader.can_win(node, with_it) else None
            if child is not None:
                leader.nodes += 1
                leader.keep(child)
                if child.open:
                    child.outlook = outlook
                    child.base_minor = base + outlook.weights[number] - child.amount_minor
                    child.must = tuple([other for other in node.must if other != number]) if node.must else ()
                    yield child

    def seen(self, node: Node) -> tuple[list[int], dict[int, int], Outlook, float] | None:
        """Return the open offers, what each may take, their outlook and its base; None when nothing can be won."""
        horizon = self.horizon
        open_, amounts = horizon.amounts(node.open, node)
        outlook, base = node.outlook, node.base_minor
        if node.parent is not None and len(open_) >= ANEW_MIN:
            rest = horizon.rest(open_, outlook)
            if not self.leader.can_win(node, base + rest):
                return None
            if horizon.capped(node, open_):
                open_, amounts = horizon.amounts(open_, node)
            if amounts.keys() >= set(node.must):
                anew = horizon.looked(open_, amounts, node.totals, node.must)
                if anew.most < base + rest:
                    outlook, base = anew, anew.base
        return (open_, amounts, outlook, base) if open_ and amounts.keys() >= set(node.must) else None

    def turns(
        self, node: Node, open_: Sequence[int], bounds: tuple[list[float], list[float], list[float]]
    ) -> list[tuple[int, float, float]]:
        """Return the offers that a better combination may hold, with the bounds from each on and on taking it next."""
        leader, least = self.leader, self.leader.best.saved_minor - node.saved_minor
        from_it, with_it, holding = bounds
        if not leader.can_win(node, from_it[0]):
            return []
        turns = list(zip(open_, from_it, with_it, strict=True))
        if min(holding) >= least + 1:
            return turns
        wins = [most >= least + 1 or (most >= least and leader.can_win(node, most)) for most in holding]
        return [turn for turn, win in zip(turns, wins, strict=True) if win]
