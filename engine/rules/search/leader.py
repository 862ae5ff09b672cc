"""The best combination so far, and whether another may beat it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.rules.evaluate import State
from engine.rules.search.nodes import Node
from engine.rules.search.ties import Ties, ties
from engine.rules.search.tree import Tree

#: A quote may look at this many nodes; beyond, the best found so far is given and the decision says so.
NODES_MAX: Final = 20_000
#: With all saved that the catalogue's options allow, so many more nodes are looked at for the better of equals.
TIES_MAX: Final = 1_000


class Leader:
    """The best node of a tree so far, and how many nodes have been looked at."""

    def __init__(self, tree: Tree, count_rewards: Callable[[State], int], rewards_max: int) -> None:
        """Begin with taking nothing; *count_rewards* and *rewards_max* as in ``Search``."""
        self.tree, self.best = tree, tree.root
        self.count_rewards, self.rewards_max = count_rewards, rewards_max
        self.nodes = self.full_at = 0
        self._best_ties: Ties | None = None

    def keep(self, node: Node) -> None:
        """Make *node* the best when it is better."""
        best = self.best.saved_minor
        if node.saved_minor > best or (node.saved_minor == best and self.ties(node) < self.best_ties):
            self.best, self._best_ties = node, None
            if best < self.tree.room_minor <= node.saved_minor:
                self.full_at = self.nodes

    def can_win(self, node: Node, more_minor: float) -> bool:
        """Say whether *node* may beat the best when at most *more_minor* is saved below it."""
        more = min(int(more_minor), self.tree.room_minor - node.saved_minor)
        need = self.best.saved_minor - node.saved_minor
        if more == need and node.tied_with is not self.best:
            node.tied_with, node.wins_tie = self.best, self.least_ties(node) < self.best_ties
        return more > need or (more == need and node.wins_tie)

    @property
    def nodes_max(self) -> int:
        """Return how many nodes may be looked at: once all is saved that may be, only ties are left to decide."""
        return NODES_MAX if self.best.saved_minor < self.tree.room_minor else min(NODES_MAX, self.full_at + TIES_MAX)

    @property
    def best_ties(self) -> Ties:
        """Return what the best has when another saves the same; worked out when first asked for."""
        if self._best_ties is None:
            self._best_ties = self.ties(self.best)
        return self._best_ties

    def ties(self, node: Node) -> Ties:
        """Return what decides when another combination saves as much as *node*."""
        missed = self.rewards_max - self.count_rewards(self.tree.state(node)) if self.rewards_max else 0
        return self._ties(node, missed, 0)

    def least_ties(self, node: Node) -> Ties:
        """Return ties that no combination below *node* comes below, if it has no fewer coupons than the best."""
        return self._ties(node, 0, sum([1 << (len(self.tree.offers) - 1 - number) for number in node.open]))

    def _ties(self, node: Node, rewards_missed: int, bits: int) -> Ties:
        path = node.path()
        for step in path:
            bits |= 1 << (len(self.tree.offers) - 1 - step.offer)
        return ties([(self.tree.offers[step.offer], step.amount_minor) for step in path], rewards_missed, bits)
