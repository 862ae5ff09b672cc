"""What the open offers of a node may still take, and bounds on what they save together."""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1

from engine.rules.evaluate import Outcome, State, evaluate, total_minor
from engine.rules.search.nodes import Node
from engine.rules.search.outlook import Outlook, Threshold, heaviest_of, look, spared
from engine.rules.search.prospects import cap_minor, prospects
from engine.rules.search.tree import Tree


class Horizon:
    """The offers of a tree as the bounds see them."""

    def __init__(self, tree: Tree) -> None:
        """Work out what each offer takes alone, at most."""
        self.tree = tree
        self.prospects = prospects(tree.offers, tree.blocks)
        root, caps, fits = tree.root, list[int](), list[bool]()
        state = tree.state(root)
        for offer, region in zip(tree.offers, tree.regions, strict=True):
            if offer.plan.of_total is not None:
                fits.append(total_minor(offer, root.totals[region]) > 0)
                caps.append(cap_minor(offer, tree.facts, state, None))
            else:
                outcome = evaluate(offer, tree.facts, state)
                fits.append(isinstance(outcome, Outcome))
                caps.append(cap_minor(offer, tree.facts, state, outcome if isinstance(outcome, Outcome) else None))
        self.fits = tuple(fits)
        self._asked = [
            (region, watched, offer.plan.floor_minor, offer.plan.most_of, cap, prospect.clique)
            for offer, region, watched, cap, prospect in zip(
                tree.offers, tree.regions, tree.watched, caps, self.prospects, strict=True
            )
        ]
        self._by_lines = {number for number, offer in enumerate(tree.offers) if offer.plan.of_total is None}

    def amounts(self, numbers: Sequence[int], node: Node) -> tuple[list[int], dict[int, int]]:
        """Return those of *numbers* that may take something at *node* or after, and how much each may."""
        open_, amounts = list[int](), dict[int, int]()
        asked, totals, caps = self._asked, node.totals, node.caps
        for number in numbers:
            region, watched, floor, most_of, cap, _ = asked[number]
            if totals[watched] >= floor:
                amount = most_of(totals[region])
                if caps and number in caps:
                    cap = caps[number]
                amount = min(amount, cap)
                if amount:
                    open_.append(number)
                    amounts[number] = amount
        return open_, amounts

    def capped(self, node: Node, open_: Sequence[int]) -> bool:
        """Cap what those of *open_* that look at lines may take by what they would take now; say if any had to be."""
        found, state = dict[int, int](), None
        for number in open_:
            if number in self._by_lines and (node.touched & self.tree.bits[self.tree.regions[number]]):
                state = state or self.tree.state(node)
                found[number] = self.most_now(number, state)
        node.caps = {**node.caps, **found} if node.caps else found
        node.touched = 0
        return bool(found)

    def most_now(self, number: int, state: State) -> int:
        """Return an amount that an offer which looks at lines exceeds neither at *state* nor after."""
        outcome = self.tree.effect(number, state)
        own = outcome if isinstance(outcome, Outcome) else None
        return cap_minor(self.tree.offers[number], self.tree.facts, state, own)

    def looked(
        self, open_: Sequence[int], amounts: dict[int, int], totals: Sequence[int], must: Sequence[int] = ()
    ) -> Outlook:
        """Return what *open_* may save when *totals* are left and all of *must* are taken."""
        outlook = look(open_, self.prospects, amounts, [totals[block] for block in self.tree.blocks.blocks])
        for number in must:
            outlook = spared(outlook, self.prospects, self.threshold(number, open_, amounts, totals))
        return outlook

    def threshold(self, number: int, open_: Sequence[int], amounts: dict[int, int], totals: Sequence[int]) -> Threshold:
        """Return what may be taken before *number* without touching its threshold, and what each offer takes at least.

        What an offer counts for falls with what it takes, so the amounts stand for offers that take less as well.
        """
        _, watched, floor, *_ = self._asked[number]
        bits, costs = self.tree.bits, dict[int, float]()
        here = bits[watched]
        for other in open_:
            if other >= number:
                break
            region = self.tree.regions[other]
            own, amount = bits[region], amounts[other]
            if own & here == own:
                cost = float(amount)
            elif own & here == here and self.prospects[other].is_even:
                cost = amount * floor / max(1, totals[region])
            else:
                continue
            if self.prospects[other].log:
                common = totals[region] if own & here == own else totals[watched]
                part = -expm1(-self.prospects[other].log)
                cost = min(cost, part * max(0, floor - totals[watched] + common))
            costs[other] = cost
        return Threshold(totals[watched] - floor, costs)

    def rest(self, open_: Sequence[int], outlook: Outlook) -> float:
        """Return the weights of the heaviest of each clique."""
        return heaviest_of(open_, outlook.weights, self.prospects)

    def bounds(
        self, open_: Sequence[int], amounts: dict[int, int], weights: dict[int, float], base: float
    ) -> tuple[list[float], list[float], list[float]]:
        """Return, for each of *open_*, bounds on what is saved: by all from it on; by it and what follows; with it."""
        asked, size = self._asked, len(open_)
        bounds, nexts = [0.0] * size, [0.0] * size
        heaviest, largest = dict[int, float](), dict[int, int]()
        by_weight, by_amount = base, 0
        for place in range(size - 1, -1, -1):
            number = open_[place]
            clique, weight, amount = asked[number][5], weights[number], amounts[number]
            rival, other = heaviest.get(clique, 0.0), largest.get(clique, 0)
            with_weight, with_amount = by_weight + weight - rival, by_amount + amount - other
            nexts[place] = min(with_amount, with_weight)
            if weight > rival:
                by_weight, heaviest[clique] = with_weight, weight
            if amount > other:
                by_amount, largest[clique] = with_amount, amount
            bounds[place] = min(by_amount, by_weight)
        forced = list[float]()
        for number in open_:
            clique = asked[number][5]
            with_weight = by_weight + weights[number] - heaviest.get(clique, 0.0)
            with_amount = by_amount + amounts[number] - largest[clique]
            forced.append(min(with_amount, with_weight))
        return bounds, nexts, forced
