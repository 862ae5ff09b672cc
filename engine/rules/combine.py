"""The best lawful combination, exactly: branch and bound over the subsets of the offers in their fixed order.

A combination is lawful when no two of its offers conflict and each of them applies at its turn, on what the earlier
ones left. A node is a combination; its children also take one of the offers after its last. Most discounts depend on a
total only: the search knows totals by region (see ``blocks``) and shares over lines when an offer has to look at lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from engine.rules.blocks import Blocks
from engine.rules.bound import Bound, Outlook
from engine.rules.conflicts import conflict_bits
from engine.rules.contenders import contenders
from engine.rules.evaluate import Offer, Outcome, State, evaluate, landed, total_minor, whole
from engine.rules.facts import Facts, Line
from engine.rules.nodes import Node
from engine.rules.start import fitting, largest_first
from engine.rules.ties import Ties, ties

#: A quote may look at this many nodes; beyond, the best found so far is given and the decision says so.
NODES_MAX: Final = 20_000
#: Attempts at a good start: each drops what did not apply in the one before.
STARTS_MAX: Final = 4


class Step(NamedTuple):
    """An offer of the combination and what it takes."""

    place: int  # among the offers
    outcome: Outcome


class Combination(NamedTuple):
    """The chosen offers in order, what is left of the lines, and how it was found."""

    steps: tuple[Step, ...]
    state: State
    nodes: int
    optimal: bool
    fits: tuple[bool, ...]  # whether each offer applies on the whole basket


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
        self.conflicts = conflict_bits([offer.plan.stance for offer in offers])
        self.blocks = Blocks([offer.places for offer in offers])
        self.regions = [self.blocks.region_by_places[offer.places] for offer in offers]
        self.root = self.best = Node(None, -1, 0, range(len(offers)))
        state = self.root.lines = whole(lines)
        left = state.left_minor
        self.root.totals = [sum([left[place] for place in places]) for places in self.blocks.places]
        self.root.exact = (1 << len(self.blocks.places)) - 1
        self.reach_minor = sum([self.root.totals[block] for block in self.blocks.blocks])
        self.bound = Bound(contenders(offers, facts, self.blocks, self.root.totals, state), self.blocks, sum(left))
        self.fits = tuple([self.fits_alone(offer, self.root.totals[self.regions[n]]) for n, offer in enumerate(offers)])
        self.first = self.bound.look(self.root.open, self.root.totals)
        self.root.outlook_minor = next(iter(self.first.bounds), 0.0)
        self.nodes = 0
        self._best_ties: Ties | None = None

    def fits_alone(self, offer: Offer, left_minor: int) -> bool:
        """Say whether *offer* applies on the whole basket, of whose lines in scope *left_minor* is the total."""
        if offer.plan.of_total is not None:
            return total_minor(offer, left_minor) > 0
        return isinstance(evaluate(offer, self.facts, self.state(self.root)), Outcome)

    def run(self) -> Combination:
        """Search, and return the best."""
        self.start(self.first)
        stack = [self.root]
        while stack and self.nodes < NODES_MAX:
            stack += reversed(list(self.children(stack.pop())))
        best = self.best
        steps = tuple([Step(node.offer, self.outcome(node)) for node in best.path()])
        return Combination(steps, self.state(best), self.nodes, not stack, self.fits)

    def start(self, outlook: Outlook) -> None:
        """Find a lawful combination to beat: offers that fit; the largest first, and again without what failed."""
        by_size = sorted(zip(outlook.most_minor, outlook.open, strict=True), reverse=True)
        tried = fitting(by_size, self.bound.contenders, self.root.totals, self.conflicts)
        failed = self.applied(tried)
        numbers = [number for _, number in by_size]
        for _ in range(STARTS_MAX):
            chosen = largest_first(numbers, self.conflicts)
            if chosen != tried:
                tried, failed = chosen, self.applied(chosen)
            if not failed:
                break
            numbers = [number for number in numbers if number not in failed]

    def applied(self, chosen: Sequence[int]) -> set[int]:
        """Keep the combination of those of *chosen* that apply at their turn; return the ones that don't."""
        node, failed = self.root, set[int]()
        for place, number in enumerate(chosen):
            taken = self.taken(node, number, chosen[place + 1 :])
            if taken is None:
                failed.add(number)
            node = taken or node
        self.keep(node)
        return failed

    def children(self, node: Node) -> Iterator[Node]:
        """Yield the children of *node* that may have a better combination below them; the best is kept on the way."""
        outlook, need = self.outlook(node), self.best.saved_minor - node.saved_minor
        open_, bounds = outlook.open, outlook.bounds
        if not open_ or bounds[0] < need or not self.can_win(node, bounds[0]):
            return
        closer, forced = self.bounds(node, outlook)
        if closer is not bounds and (closer[0] < need or not self.can_win(node, closer[0])):
            return
        if min(forced) < need + 1:
            wins = [most >= need + 1 or (most >= need and self.can_win(node, most)) for most in forced]
            open_ = [number for number, win in zip(open_, wins, strict=True) if win]
            closer = [bound for bound, win in zip(closer, wins, strict=True) if win]
        for place, (number, bound) in enumerate(zip(open_, closer, strict=True)):
            if self.nodes >= NODES_MAX or not self.can_win(node, bound):
                break
            child = self.taken(node, number, open_[place + 1 :])
            if child is not None:
                self.nodes += 1
                self.keep(child)
                if child.open:
                    child.outlook_minor = bound - child.amount_minor
                    yield child

    def outlook(self, node: Node) -> Outlook:
        """Return what may be saved below *node*."""
        need = self.best.saved_minor - node.saved_minor
        return self.bound.look(node.open, node.totals, surely_left_minor=self.surely_left_minor(node), need_minor=need)

    def surely_left_minor(self, node: Node) -> float:
        """Return what is left in the end of all lines that offers reach, whatever is taken below *node*."""
        return self.reach_minor - node.saved_minor - node.outlook_minor

    def bounds(self, node: Node, outlook: Outlook) -> tuple[list[float], list[float]]:
        """Return, for each offer of *outlook*: the bound on all from it on; and on all when it is taken."""
        bound, places = self.bound, range(len(outlook.open))
        forced = bound.forced(outlook)
        narrowed = bound.narrowed(outlook, node.totals, self.surely_left_minor(node))
        if narrowed is None:
            return outlook.bounds, forced
        calm, at, in_danger, last = narrowed
        beside = bound.forced(calm)
        closer = [last[place] if in_danger[place] else max(last[0], beside[at[place]]) for place in places]
        return [min(outlook.bounds[place], narrowed.bound(place)) for place in places], list(map(min, forced, closer))

    def taken(self, node: Node, number: int, rest: Sequence[int]) -> Node | None:
        """Return *node* with an offer taken and *rest* to follow where it may, or None when it does not apply there."""
        region, offer = self.regions[number], self.offers[number]
        if offer.plan.of_total is None:
            return self.taken_from_lines(node, number, rest)
        if not node.exact >> region & 1:
            left = self.state(node).left_minor
            node.totals[region] = sum([left[place] for place in offer.places])
            node.exact |= 1 << region
        left_minor = node.totals[region]
        amount = total_minor(offer, left_minor)
        if not amount:
            return None
        barred = self.conflicts[number]
        child = Node(node, number, amount, [other for other in rest if not barred >> other & 1])
        if child.open:
            above, below, cut, _ = self.blocks.relations(region)
            child.totals = totals = node.totals.copy()
            for other in above:
                totals[other] -= amount
            for other, rounding in below:  # at least its part, rounded down on every line
                part = totals[other] * amount // left_minor - rounding
                if part > 0:
                    totals[other] -= part
            child.exact = node.exact & ~cut
        else:
            child.totals = node.totals.copy()
        return child

    def taken_from_lines(self, node: Node, number: int, rest: Sequence[int]) -> Node | None:
        """Return what ``taken`` does, for an offer that looks at lines."""
        offer, state = self.offers[number], self.state(node)
        outcome = evaluate(offer, self.facts, state)
        if not isinstance(outcome, Outcome):
            return None
        barred, region = self.conflicts[number], self.regions[number]
        child = Node(node, number, outcome.total_minor, [other for other in rest if not barred >> other & 1])
        child.outcome, child.totals, child.exact = outcome, node.totals.copy(), node.exact
        child.lines = state.after(offer.places, outcome)
        left = child.lines.left_minor
        for other in self.blocks.relations(region).meeting:
            child.totals[other] = sum([left[place] for place in self.blocks.places[other]])
            child.exact |= 1 << other
        return child

    def state(self, node: Node) -> State:
        """Return what is left by line at *node*; shared out when first asked for."""
        unknown = []
        while node.lines is None and node.parent is not None:
            unknown.append(node)
            node = node.parent
        state = node.lines or whole(self.lines)
        for below in reversed(unknown):
            state = below.lines = state.after(self.offers[below.offer].places, self.outcome(below))
        return state

    def outcome(self, node: Node) -> Outcome:
        """Return what the last offer of *node* takes by line."""
        if node.outcome is None:
            left = self.state(node.parent or self.root).left_minor
            node.outcome = landed(self.offers[node.offer], self.lines, left, node.amount_minor)
        return node.outcome

    def can_win(self, node: Node, more_minor: float) -> bool:
        """Say whether *node* may beat the best when at most *more_minor* is saved below it."""
        more, need = int(more_minor), self.best.saved_minor - node.saved_minor
        if more == need and node.tied_with is not self.best:
            node.tied_with, node.wins_tie = self.best, self.least_ties(node) < self.best_ties
        return more > need or (more == need and node.wins_tie)

    def keep(self, node: Node) -> None:
        """Make *node* the best when it is better."""
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
        """Return what decides when another combination saves as much as *node*."""
        missed = self.rewards_max - self.count_rewards(self.state(node)) if self.rewards_max else 0
        return self._ties(node, missed, 0)

    def least_ties(self, node: Node) -> Ties:
        """Return ties that no combination below *node* comes below, if it has no fewer coupons than the best."""
        return self._ties(node, 0, sum([1 << (len(self.offers) - 1 - number) for number in node.open]))

    def _ties(self, node: Node, rewards_missed: int, bits: int) -> Ties:
        path = node.path()
        for step in path:
            bits |= 1 << (len(self.offers) - 1 - step.offer)
        return ties([(self.offers[step.offer], step.amount_minor) for step in path], rewards_missed, bits)
