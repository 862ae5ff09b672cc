"""The best lawful combination, exactly: branch and bound over the subsets of the offers in their fixed order.

A combination is lawful when no two of its offers conflict and each of them applies at its turn, on what the earlier
ones left. A node is a prefix of the order: its bound adds, for the offers still open, what each could take at most
(one of a group). An offer never takes more when less is left, so the bound holds whatever is left out or in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from engine.rules.evaluate import Offer, Outcome, State, evaluate, most_minor
from engine.rules.facts import Facts, Line
from engine.rules.funding import platform_minor
from engine.rules.kinds import Missing
from engine.rules.plan import conflict

#: A quote may look at this many nodes; beyond, the best found so far is given and the decision says so.
NODES_MAX: Final = 20_000


class Step(NamedTuple):
    """An offer of the chosen combination and what it took."""

    place: int  # among the offers
    outcome: Outcome


class Score(NamedTuple):
    """What makes a combination better; the smaller wins."""

    unsaved_minor: int  # minus what is saved
    coupons: int
    expiries: tuple[datetime, ...]
    platform_minor: int
    rewards_missed: int
    rank: int  # minus the offers as bits, the earlier the higher: the earlier offer wins


class Combination(NamedTuple):
    """The chosen offers in order, what is left of the lines, and how it was found."""

    steps: tuple[Step, ...]
    state: State
    nodes: int
    optimal: bool


class Node(NamedTuple):
    """A prefix of the order: what was chosen, what is left, and what each open offer could still take at most."""

    turn: int
    chosen: int  # bits
    barred: int  # bits of offers that conflict with a chosen one
    saved_minor: int
    state: State
    most_minor: tuple[int, ...]
    steps: tuple[Step, ...]


class Search:
    """One search: the offers in their order, their conflicts, and the best combination so far."""

    def __init__(
        self, offers: Sequence[Offer], facts: Facts, lines: Sequence[Line], rewards: Callable[[State], int]
    ) -> None:
        """Prepare to search; *rewards* counts what would be given after payment, to break ties."""
        self.offers, self.facts, self.lines, self.rewards = offers, facts, lines, rewards
        self.count = len(offers)
        self.conflicts = _conflicts(offers)
        self.groups = [offer.plan.campaign.stacking.group for offer in offers]
        self.nodes = 0
        self.best = self.root()
        self.score = self.score_of(self.best)

    def root(self) -> Node:
        """Return the node at which nothing is decided."""
        state = State(tuple(line.list_minor for line in self.lines), tuple(line.quantity for line in self.lines))
        most = tuple(most_minor(offer, self.lines, state) for offer in self.offers)
        return Node(0, 0, 0, 0, state, most, ())

    def run(self) -> Combination:
        """Search, and return the best."""
        stack = [self.root()]
        while stack and self.nodes < NODES_MAX:
            node = stack.pop()
            self.nodes += 1
            if self.can_win(node):
                if node.turn == self.count:
                    self.keep(node)
                else:
                    stack += self.children(node)
        return Combination(self.best.steps, self.best.state, self.nodes, not stack)

    def children(self, node: Node) -> list[Node]:
        """Return the nodes that leave out and that take the next offer, the latter last: it is looked at first."""
        found = [node._replace(turn=node.turn + 1)]
        if not node.barred >> node.turn & 1:
            outcome = evaluate(self.offers[node.turn], self.facts, self.lines, node.state)
            if isinstance(outcome, Outcome):
                found.append(self.take(node, outcome))
        return found

    def take(self, node: Node, outcome: Outcome) -> Node:
        """Return *node* with its next offer taken."""
        turn = node.turn
        state = after(node.state, self.offers[turn].places, outcome)
        barred = node.barred | self.conflicts[turn]
        most = tuple(
            0 if place <= turn or barred >> place & 1 or not most else min(most, most_minor(offer, self.lines, state))
            for place, (offer, most) in enumerate(zip(self.offers, node.most_minor, strict=True))
        )
        return Node(
            turn + 1,
            node.chosen | 1 << turn,
            barred,
            node.saved_minor + outcome.total_minor,
            state,
            most,
            (*node.steps, Step(turn, outcome)),
        )

    def bound_minor(self, node: Node) -> int:
        """Return a saving that no completion of *node* exceeds."""
        best_by_group: dict[str, int] = {}
        more = 0
        for place in range(node.turn, self.count):
            most, group = node.most_minor[place], self.groups[place]
            if not group:
                more += most
            elif most > best_by_group.get(group, 0):
                best_by_group[group] = most
        more += sum(best_by_group.values())
        return node.saved_minor + min(more, sum(node.state.left_minor))

    def can_win(self, node: Node) -> bool:
        """Say whether a completion of *node* may beat the best."""
        return self.bound_minor(node) >= -self.score.unsaved_minor

    def keep(self, node: Node) -> None:
        """Make *node*, a whole combination, the best when it scores better."""
        score = self.score_of(node)
        if score < self.score:
            self.best, self.score = node, score

    def score_of(self, node: Node) -> Score:
        """Return the score of a whole combination."""
        coupons = [c for step in node.steps if (c := self.offers[step.place].coupon) is not None]
        platform = sum(
            platform_minor(self.offers[step.place].plan.campaign.funding, step.outcome.total_minor)
            for step in node.steps
        )
        rank = -sum(1 << (self.count - step.place) for step in node.steps)
        expiries = tuple(sorted(coupon.valid_until for coupon in coupons))
        return Score(-node.saved_minor, len(coupons), expiries, platform, -self.rewards(node.state), rank)


def after(state: State, places: Sequence[int], outcome: Outcome) -> State:
    """Return what is left of every line when *outcome* is taken from the lines at *places*."""
    left, free = list(state.left_minor), list(state.free_units)
    for place, amount, units in zip(places, outcome.amounts, outcome.units, strict=True):
        left[place] -= amount
        free[place] -= units
    return State(tuple(left), tuple(free))


def _conflicts(offers: Sequence[Offer]) -> list[int]:
    """Return, for each offer, the bits of those it can't stand beside."""
    return [
        sum(1 << j for j, b in enumerate(offers) if i != j and conflict(a.plan.campaign, b.plan.campaign))
        for i, a in enumerate(offers)
    ]


def refused_at(offer: Offer, facts: Facts, lines: Sequence[Line], state: State) -> Missing | None:
    """Return why *offer* does not apply at *state*, or None when it would."""
    outcome = evaluate(offer, facts, lines, state)
    return outcome if isinstance(outcome, Missing) else None
