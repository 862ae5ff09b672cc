"""Where the search starts: good combinations, and the cases that may hold a better one.

What the offers may save (see ``outlook``) names a first combination, and the offers that a better one may hold: mostly
few. A campaign that bars many others is a case of its own; an offer whose threshold the better ones before it take away
splits a case in two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.rules.search.horizon import Horizon
from engine.rules.search.leader import Leader
from engine.rules.search.nodes import Node
from engine.rules.search.tree import Tree

#: Attempts at a good start: each drops what did not apply in the one before.
STARTS_MAX: Final = 4
#: Offers that the combinations of one case must hold, at most.
MUST_MAX: Final = 4
#: So many combinations are tried one by one; for more the search goes down the tree.
OTHERS_MAX: Final = 5


class Cases:
    """The start of one search."""

    def __init__(self, tree: Tree, horizon: Horizon, leader: Leader) -> None:
        """Hold what is known of the offers."""
        self.tree, self.horizon, self.leader = tree, horizon, leader

    def start(self) -> list[Node]:
        """Find a lawful combination to beat, and return the roots of the cases that may hold a better one."""
        open_, amounts = self.horizon.amounts(range(len(self.tree.offers)), self.tree.root)
        loners = self.loners(open_)
        roots = self.case([number for number in open_ if number not in loners], amounts)
        if loners:
            outlook = self.horizon.looked(open_, amounts, self.tree.root.totals)
            for number in sorted(loners, key=outlook.weights.__getitem__, reverse=True):
                beside = self.tree.beside_one(number, open_)
                if int(outlook.base + self.horizon.rest(beside, outlook)) >= self.leader.best.saved_minor:
                    roots += self.case(beside, amounts)
        return roots[::-1]

    def loners(self, open_: Sequence[int]) -> list[int]:
        """Return the offers that bar many others: combinations with each of them are a case of their own."""
        bits, most = sum([1 << number for number in open_]), len(open_) / 3 + 2
        return [number for number in open_ if (self.tree.conflicts[number] & bits).bit_count() > most]

    def case(self, open_: list[int], amounts: dict[int, int], must: tuple[int, ...] = ()) -> list[Node]:
        """Try a good combination of *open_* with all of *must*; return roots for those that may be better, if any.

        An offer whose threshold the better ones before it take away splits the case in two: without it, and with it.
        """
        if not open_:
            return []
        root = Node(None, -1, 0, open_)
        start = self.tree.root
        root.lines, root.totals, root.exact, root.must = start.lines, start.totals, start.exact, must
        root.outlook = outlook = self.horizon.looked(open_, amounts, root.totals, must)
        root.base_minor = outlook.base
        if not self.leader.can_win(root, outlook.most):
            return []
        weights = outlook.weights
        numbers = sorted(open_, key=lambda number: (number in must, weights[number]), reverse=True)
        first_failed = self.tried(numbers)
        in_danger = [
            number for number in first_failed if self.tree.offers[number].plan.floor_minor and number not in must
        ]
        if not in_danger or len(must) == MUST_MAX:
            if self.is_proven(root, amounts) or self.is_proven_closer(root, amounts):
                return []
            others = self.others(root)
            for chosen in others or ():
                self.leader.nodes += 1
                self.applied(chosen)
            return [root] if others is None else []
        split = max(in_danger, key=weights.__getitem__)
        without = self.case([number for number in open_ if number != split], amounts, must)
        return without + self.case(self.tree.beside_one(split, open_), amounts, (*must, split))

    def is_proven(self, root: Node, amounts: dict[int, int]) -> bool:
        """Keep of the open offers of *root* those that a better combination may hold; say if the best is all there is.

        It is when all that are left are in it, and without any one of them less is saved.
        """
        outlook = root.outlook
        if not self.leader.can_win(root, outlook.most):
            return True
        _, _, forced = self.horizon.bounds(root.open, amounts, outlook.weights, outlook.base)
        least = self.leader.best.saved_minor
        root.open = [number for number, most in zip(root.open, forced, strict=True) if int(most) >= least]
        best = {node.offer for node in self.leader.best.path()}
        most = outlook.base + self.horizon.rest(root.open, outlook)
        return best.issuperset(root.open) and all(int(most - outlook.weights[number]) < least for number in root.open)

    def is_proven_closer(self, root: Node, amounts: dict[int, int]) -> bool:
        """Do as ``is_proven`` from what the offers that are left in *root* may save without the others."""
        outlook = self.horizon.looked(root.open, amounts, root.totals, root.must)
        if outlook.most < root.outlook.most:
            root.outlook, root.base_minor = outlook, outlook.base
        return self.is_proven(root, amounts)

    def others(self, root: Node) -> list[list[int]] | None:
        """Return the combinations of *root* that may be better, in the order of turns; None for more than a few."""
        options, least = dict[int, list[tuple[float, int]]](), self.leader.best.saved_minor
        for number in root.open:
            options.setdefault(self.horizon.prospects[number].clique, [(0.0, -1)]).append(
                (root.outlook.weights[number], number)
            )
        heaviest = [max(own)[0] for own in options.values()]
        found: list[tuple[float, list[int]]] = [(root.outlook.base + sum(heaviest), [])]
        for most, own in zip(heaviest, options.values(), strict=True):
            found = [
                (bound - most + weight, chosen if number < 0 else [*chosen, number])
                for bound, chosen in found
                for weight, number in own
                if int(bound - most + weight) >= least
            ]
            if len(found) > OTHERS_MAX:
                return None
        best = [node.offer for node in self.leader.best.path()]
        every = [sorted(chosen) for _, chosen in found]
        return [chosen for chosen in every if chosen != best and self.tree.beside(chosen) == chosen]

    def tried(self, numbers: Sequence[int]) -> set[int]:
        """Keep combinations of *numbers*, the first first; return those that did not apply at their turn at first."""
        first = failed = self.applied(self.tree.beside(numbers))
        for _ in range(STARTS_MAX - 1):
            if not failed:
                break
            numbers = [number for number in numbers if number not in failed]
            failed = self.applied(self.tree.beside(numbers))
        return first

    def applied(self, chosen: Sequence[int]) -> set[int]:
        """Keep the combination of those of *chosen* that apply at their turn; return the ones that don't."""
        node, failed, begun = self.tree.root, set[int](), 0
        for known, number in zip(self.leader.best.path()[:-1], chosen, strict=False):
            if known.offer != number:  # so far it begins like the best
                break
            node, begun = known, begun + 1
        for place, number in enumerate(chosen[begun:], begun):
            taken = self.tree.taken(node, number, chosen[place + 1 :])
            if taken is None:
                failed.add(number)
            node = taken or node
        self.leader.keep(node)
        return failed
