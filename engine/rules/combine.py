"""The best lawful combination, exactly: branch and bound over the subsets of the offers in their fixed order.

A combination is lawful when no two of its offers conflict and each of them applies at its turn, on what the earlier
ones left. A node is a prefix of the order. Its bound adds what each open offer could take at most, one of a group: an
offer never takes more when less is left, so the bound holds whatever is left out or taken in between. Conditions, caps,
ladders and shared units are relaxed in it, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from engine.rules.bound import Rate, by_amounts_minor, by_rates_minor, rivals
from engine.rules.conflicts import conflict_bits
from engine.rules.evaluate import Offer, Outcome, State, evaluate, fails_for_good, most_minor, whole
from engine.rules.facts import Facts, Line
from engine.rules.funding import platform_minor
from engine.rules.kinds import Missing
from engine.rules.plan import MILLION

#: A quote may look at this many nodes; beyond, the best found so far is given and the decision says so.
NODES_MAX: Final = 20_000
#: Attempts at a good start: each drops what did not apply in the one before.
STARTS_MAX: Final = 4


class Step(NamedTuple):
    """An offer of the combination and what it takes."""

    place: int  # among the offers
    outcome: Outcome


class Ties(NamedTuple):
    """What decides between combinations that save the same; the smaller wins."""

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
    alone: tuple[Outcome | Missing, ...]  # what each offer does, or why it does not apply, on the whole basket


class Node(NamedTuple):
    """A prefix of the order: what is taken, what is left, what each open offer could take at most (maybe too high)."""

    turn: int
    barred: int  # bits of offers that conflict with one taken
    saved_minor: int
    state: State
    most_minor: list[int]
    steps: tuple[Step, ...]
    stale: bool  # most_minor is of an earlier state: still a bound, but a loose one


class Search:
    """One search: the offers in their order, their conflicts, and the best combination so far."""

    def __init__(
        self,
        offers: Sequence[Offer],
        facts: Facts,
        lines: Sequence[Line],
        *,
        count_rewards: Callable[[State], int] = lambda _: 0,
        rewards_max: int = 0,
    ) -> None:
        """Prepare; *count_rewards* says how many campaigns give something after payment, *rewards_max* at most."""
        self.offers, self.facts, self.lines = offers, facts, lines
        self.count_rewards, self.rewards_max = count_rewards, rewards_max
        self.count = len(offers)
        stackings = [offer.plan.campaign.stacking for offer in offers]
        self.conflicts = conflict_bits([offer.plan.stance for offer in offers])
        numbers: dict[str, int] = {}
        self.groups = [
            numbers.setdefault(stacking.group, len(numbers)) if stacking.group else -1 - place
            for place, stacking in enumerate(stackings)
        ]
        self.nodes = 0
        state = whole(lines)
        self.alone_outcomes = [evaluate(offer, facts, state) for offer in offers]
        most = [self.most_at_first(place, state) for place in range(self.count)]
        self.rates = [self.rate(place, most[place]) for place in range(self.count)]
        self.root = Node(0, 0, 0, state, most, (), stale=False)
        self.best = self.root
        self._best_ties: Ties | None = None

    def most_at_first(self, place: int, state: State) -> int:
        """Return what an offer can take at most, looking at its discounts themselves: it is worth it once."""
        offer, outcome = self.offers[place], self.alone_outcomes[place]
        if isinstance(outcome, Outcome) and offer.room.units is None and len(offer.plan.discounts) == 1:
            return outcome.total_minor
        if fails_for_good(offer, self.facts, state) is not None:
            return 0
        seen = state.pieces(offer.places)
        return min(most_minor(offer, state), sum([sum(benefit.discounts(seen)) for benefit in offer.plan.discounts]))

    def rate(self, place: int, most: int) -> Rate:
        """Return what part of what is left an offer takes at most: its own rate, or its amount by its threshold."""
        plan = self.offers[place].plan
        own, floor = plan.rate_ppm, plan.floor_minor
        by_floor = -(-most * MILLION // floor) if floor else MILLION
        return Rate(min(own, by_floor, MILLION), len(plan.discounts))

    def run(self) -> Combination:
        """Search, and return the best."""
        self.start()
        stack = [self.root] if self.can_win(self.root) else []
        while stack and self.nodes < NODES_MAX:
            node = stack.pop()
            self.nodes += 1
            if not self.can_win(node):
                continue
            if node.turn == self.count:
                self.keep(node)
                continue
            if node.stale:
                node = self.refreshed(node)
                if not self.can_win(node):
                    continue
            stack += self.children(node)
        return Combination(self.best.steps, self.best.state, self.nodes, not stack, tuple(self.alone_outcomes))

    def start(self) -> None:
        """Find a lawful combination to beat: the largest first, each beside those before; again without what failed."""
        by_size = sorted(range(self.count), key=self.root.most_minor.__getitem__, reverse=True)
        open_ = (1 << self.count) - 1
        for _ in range(STARTS_MAX):
            chosen = barred = 0
            for place in by_size:
                if open_ >> place & 1 and not barred >> place & 1:
                    chosen |= 1 << place
                    barred |= self.conflicts[place]
            node, failed = self.applied(chosen)
            self.keep(node)
            if not failed:
                break
            open_ &= ~failed

    def applied(self, chosen: int) -> tuple[Node, int]:
        """Return the combination of those of *chosen* that apply at their turn, and the bits of those that don't."""
        node, failed = self.root, 0
        while node.turn < self.count:
            turn = node.turn
            wanted = chosen >> turn & 1
            taken = self.taken(node) if wanted else None
            if wanted and taken is None:
                failed |= 1 << turn
            node = taken or node._replace(turn=turn + 1)
        return node, failed

    def children(self, node: Node) -> list[Node]:
        """Return the nodes that leave out and that take the next offer that may be taken, the latter last."""
        turn, open_ = node.turn, node.most_minor
        while turn < self.count and not open_[turn]:
            turn += 1
        if turn == self.count:
            return [node._replace(turn=turn)]
        node = node._replace(turn=turn)
        taken = self.taken(node)
        left_out = node._replace(turn=turn + 1, most_minor=[*open_[:turn], 0, *open_[turn + 1 :]])
        return [left_out] if taken is None else [left_out, taken]

    def taken(self, node: Node) -> Node | None:
        """Return *node* with its next offer taken, or None when it does not apply there."""
        turn = node.turn
        if node.barred >> turn & 1:
            return None
        if node.state is self.root.state:
            outcome = self.alone_outcomes[turn]
        else:
            outcome = evaluate(self.offers[turn], self.facts, node.state)
        if not isinstance(outcome, Outcome):
            return None
        barred = node.barred | self.conflicts[turn]
        most = [0 if barred >> place & 1 else most for place, most in enumerate(node.most_minor)]
        most[turn] = 0
        saved = node.saved_minor + outcome.total_minor
        state = node.state.after(self.offers[turn].places, outcome)
        return Node(turn + 1, barred, saved, state, most, (*node.steps, Step(turn, outcome)), stale=True)

    def refreshed(self, node: Node) -> Node:
        """Return *node* with what each open offer could take at most on what is left now."""
        most = [
            before and min(before, most_minor(offer, node.state))
            for before, offer in zip(node.most_minor, self.offers, strict=True)
        ]
        return node._replace(most_minor=most, stale=False)

    def bound_minor(self, node: Node) -> int:
        """Return a saving that no completion of *node* exceeds."""
        left, saved = sum(node.state.left_minor), node.saved_minor
        more = by_amounts_minor(node.most_minor, self.groups, node.turn)
        if saved + min(more, left) >= self.best.saved_minor:
            found = rivals(node.most_minor, self.rates, self.groups, node.turn)
            more = by_rates_minor(found, left, more)
        return saved + min(more, left)

    def can_win(self, node: Node) -> bool:
        """Say whether a completion of *node* may beat the best."""
        bound, best = self.bound_minor(node), self.best.saved_minor
        return bound > best or (bound == best and self.least_ties(node) < self.best_ties)

    def keep(self, node: Node) -> None:
        """Make *node*, a whole combination, the best when it is better."""
        best = self.best.saved_minor
        if node.saved_minor > best or (node.saved_minor == best and self.ties(node) < self.best_ties):
            self.best, self._best_ties = node, None

    @property
    def best_ties(self) -> Ties:
        """Return what the best has when another saves the same; worked out when first asked for."""
        if self._best_ties is None:
            self._best_ties = self.ties(self.best)
        return self._best_ties

    def ties(self, node: Node) -> Ties:
        """Return what decides when another combination saves as much as *node*, a whole one."""
        return self.least_ties(node, rest=0)._replace(rewards_missed=self.rewards_max - self.count_rewards(node.state))

    def least_ties(self, node: Node, rest: int | None = None) -> Ties:
        """Return ties that no completion of *node* comes below, if it has no fewer coupons than the best."""
        coupons = [c for step in node.steps if (c := self.offers[step.place].coupon) is not None]
        platform = sum(
            platform_minor(self.offers[step.place].plan.funders, step.outcome.total_minor) for step in node.steps
        )
        bits = sum(1 << (self.count - 1 - step.place) for step in node.steps)
        if rest is None:
            rest = (1 << (self.count - node.turn)) - 1
        expiries = tuple(sorted(coupon.valid_until for coupon in coupons))
        return Ties(len(coupons), expiries, platform, 0, -(bits | rest))
