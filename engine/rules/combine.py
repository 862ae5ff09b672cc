"""The best lawful combination, exactly: branch and bound over the subsets of the offers in their fixed order.

A combination is lawful when no two of its offers conflict and each of them applies at its turn, on what the earlier
ones left. A node is a combination; its children also take one of the offers after its last. Most discounts depend on a
total only: the search knows totals by region (see ``blocks``) and shares over lines when an offer has to look at lines.

What the offers may save (see ``outlook``) names a first combination, and the offers that a better one may hold: mostly
few. Only these are searched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import expm1
from typing import Final

from engine.money import BASKET_MAX_MINOR
from engine.rules.blocks import Blocks
from engine.rules.catalogue import DEFAULTS
from engine.rules.combination import Combination, Step
from engine.rules.conflicts import conflict_bits
from engine.rules.evaluate import Offer, Outcome, State, cut, effect, evaluate, landed, total_minor, unmet, whole
from engine.rules.facts import Facts, Line
from engine.rules.kinds import Missing
from engine.rules.nodes import Node
from engine.rules.options import Options
from engine.rules.outlook import Outlook, Threshold, look, spared
from engine.rules.prospects import cap_minor, prospects
from engine.rules.ties import Ties, ties

#: A quote may look at this many nodes; beyond, the best found so far is given and the decision says so.
NODES_MAX: Final = 20_000
#: With all saved that the catalogue's options allow, so many more nodes are looked at for the better of equals.
TIES_MAX: Final = 1_000
#: Attempts at a good start: each drops what did not apply in the one before.
STARTS_MAX: Final = 4
#: Offers that the combinations of one case must hold, at most.
MUST_MAX: Final = 4
#: So many combinations are tried one by one; for more the search goes down the tree.
OTHERS_MAX: Final = 5
#: With so many open offers a node looks at them anew, from what is left there.
ANEW_MIN: Final = 12


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
        options: Options = DEFAULTS,
    ) -> None:
        """Prepare; *count_rewards* says how many campaigns give something after payment, *rewards_max* at most."""
        room_minor = options.room_minor(facts.basket.currency, sum([line.list_minor for line in lines]))
        self.room_minor = BASKET_MAX_MINOR if room_minor is None else room_minor
        self.offers_max = len(offers) if options.offers_max is None else options.offers_max
        self.offers, self.facts, self.lines = offers, facts, lines
        self.count_rewards, self.rewards_max = count_rewards, rewards_max
        self.conflicts = conflict_bits([offer.plan.stance for offer in offers])
        watched = [offer.scope for offer in offers if offer.plan.floor_minor]
        self.blocks = blocks = Blocks([offer.places for offer in offers], watched)
        self.regions = [blocks.region_by_places[offer.places] for offer in offers]
        self.prospects = prospects(offers, blocks)
        self.root = self.best = Node(None, -1, 0, ())
        state = self.root.lines = whole(lines)
        left = state.left_minor
        self.root.totals = [sum([left[place] for place in places]) for places in blocks.places]
        self.root.exact = (1 << len(blocks.places)) - 1
        self.caps, fits = list[int](), list[bool]()
        for offer, region in zip(offers, self.regions, strict=True):
            if offer.plan.of_total is not None:
                fits.append(total_minor(offer, self.root.totals[region]) > 0)
                self.caps.append(cap_minor(offer, facts, state, None))
            else:
                outcome = evaluate(offer, facts, state)
                fits.append(isinstance(outcome, Outcome))
                self.caps.append(cap_minor(offer, facts, state, outcome if isinstance(outcome, Outcome) else None))
        self.fits = tuple(fits)
        self._asked = [
            (
                region,
                blocks.region_by_places[offer.scope] if offer.plan.floor_minor else region,
                offer.plan.floor_minor,
                offer.plan.most_of,
                cap,
                prospect.clique,
            )
            for offer, region, cap, prospect in zip(offers, self.regions, self.caps, self.prospects, strict=True)
        ]
        self._by_lines = {number for number, offer in enumerate(offers) if offer.plan.of_total is None}
        self._bits = [sum([1 << place for place in offer.places]) for offer in offers]
        self.nodes = self.full_at = 0
        self._effects: dict[tuple[object, ...], Outcome | Missing] = {}
        self._best_ties: Ties | None = None

    def run(self) -> Combination:
        """Search, and return the best."""
        stack = self.start()
        while stack and self.nodes < self.nodes_max:
            stack += reversed(list(self.children(stack.pop())))
        best = self.best
        steps = tuple([Step(node.offer, self.outcome(node)) for node in best.path()])
        is_optimal = not stack or best.saved_minor == self.room_minor
        return Combination(steps, self.state(best), self.nodes, is_optimal, self.fits)

    def start(self) -> list[Node]:
        """Find a lawful combination to beat, and return the roots of the cases that may hold a better one."""
        open_, amounts = self.amounts(range(len(self.offers)), self.root)
        loners = self.loners(open_)
        roots = self.case([number for number in open_ if number not in loners], amounts)
        if loners:
            outlook = self.looked(open_, amounts, self.root.totals)
            for number in sorted(loners, key=outlook.weights.__getitem__, reverse=True):
                beside = self.beside_one(number, open_)
                if self.can_win(self.root, outlook.base + self.rest(beside, outlook)):
                    roots += self.case(beside, amounts)
        return roots[::-1]

    def loners(self, open_: Sequence[int]) -> list[int]:
        """Return the offers that bar many others: combinations with each of them are a case of their own."""
        bits, most = sum([1 << number for number in open_]), len(open_) / 3 + 2
        return [number for number in open_ if (self.conflicts[number] & bits).bit_count() > most]

    def beside_one(self, number: int, open_: Sequence[int]) -> list[int]:
        """Return those of *open_* that conflict not with *number*, itself too."""
        barred = self.conflicts[number]
        return [other for other in open_ if not barred >> other & 1]

    def case(self, open_: list[int], amounts: dict[int, int], must: tuple[int, ...] = ()) -> list[Node]:
        """Try a good combination of *open_* with all of *must*; return roots for those that may be better, if any.

        An offer whose threshold the better ones before it take away splits the case in two: without it, and with it.
        """
        if not open_:
            return []
        root = Node(None, -1, 0, open_)
        root.lines, root.totals, root.exact, root.must = self.root.lines, self.root.totals, self.root.exact, must
        root.outlook = outlook = self.looked(open_, amounts, root.totals, must)
        root.base_minor = outlook.base
        if not self.can_win(root, outlook.most):
            return []
        weights = outlook.weights
        numbers = sorted(open_, key=lambda number: (number in must, weights[number]), reverse=True)
        in_danger = self.tried(numbers)
        in_danger = [number for number in in_danger if self.offers[number].plan.floor_minor and number not in must]
        if not in_danger or len(must) == MUST_MAX:
            if self.is_proven(root, amounts) or self.is_proven_closer(root, amounts):
                return []
            others = self.others(root)
            for chosen in others or ():
                self.nodes += 1
                self.applied(chosen)
            return [root] if others is None else []
        split = max(in_danger, key=weights.__getitem__)
        without = self.case([number for number in open_ if number != split], amounts, must)
        return without + self.case(self.beside_one(split, open_), amounts, (*must, split))

    def is_proven(self, root: Node, amounts: dict[int, int]) -> bool:
        """Keep of the open offers of *root* those that a better combination may hold; say if the best is all there is.

        It is when all that are left are in it, and without any one of them less is saved.
        """
        outlook = root.outlook
        if not self.can_win(root, outlook.most):
            return True
        bounds, _, forced = self.bounds(root.open, amounts, outlook.weights, outlook.base)
        least = self.best.saved_minor
        root.open = [number for number, most in zip(root.open, forced, strict=True) if int(most) >= least]
        best = {node.offer for node in self.best.path()}
        most = outlook.base + self.rest(root.open, outlook)
        return best.issuperset(root.open) and all(
            int(most - outlook.weights[number]) < least for number in root.open
        )

    def is_proven_closer(self, root: Node, amounts: dict[int, int]) -> bool:
        """Do as ``is_proven`` from what the offers that are left in *root* may save without the others."""
        outlook = self.looked(root.open, amounts, root.totals, root.must)
        if outlook.most < root.outlook.most:
            root.outlook, root.base_minor = outlook, outlook.base
        return self.is_proven(root, amounts)

    def others(self, root: Node) -> list[list[int]] | None:
        """Return the combinations below *root* that may be better, each in the order of turns; None for more than a few."""
        options, least = dict[int, list[tuple[float, int]]](), self.best.saved_minor
        for number in root.open:
            options.setdefault(self._asked[number][5], [(0.0, -1)]).append((root.outlook.weights[number], number))
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
        best = [node.offer for node in self.best.path()]
        every = [sorted(chosen) for _, chosen in found]
        return [chosen for chosen in every if chosen != best and self.beside(chosen) == chosen]

    def tried(self, numbers: Sequence[int]) -> set[int]:
        """Keep combinations of *numbers*, the first first; return those that did not apply at their turn at first."""
        first = failed = self.applied(self.beside(numbers))
        for _ in range(STARTS_MAX - 1):
            if not failed:
                break
            numbers = [number for number in numbers if number not in failed]
            failed = self.applied(self.beside(numbers))
        return first

    def beside(self, numbers: Sequence[int]) -> list[int]:
        """Return those of *numbers*, the first first, that conflict with none before; in the order of turns."""
        chosen, barred = list[int](), 0
        for number in numbers:
            if not barred >> number & 1:
                chosen.append(number)
                barred |= self.conflicts[number]
        return sorted(chosen)

    def applied(self, chosen: Sequence[int]) -> set[int]:
        """Keep the combination of those of *chosen* that apply at their turn; return the ones that don't."""
        node, failed, begun = self.root, set[int](), 0
        for known, number in zip(self.best.path()[:-1], chosen, strict=False):  # as far as it begins like the best
            if known.offer != number:
                break
            node, begun = known, begun + 1
        for place, number in enumerate(chosen[begun:], begun):
            taken = self.taken(node, number, chosen[place + 1 :])
            if taken is None:
                failed.add(number)
            node = taken or node
        self.keep(node)
        return failed

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
            if number in self._by_lines and (node.touched & self._bits[number]):
                state = state or self.state(node)
                found[number] = self.most_now(number, state)
        node.caps = {**node.caps, **found} if node.caps else found
        node.touched = 0
        return bool(found)

    def most_now(self, number: int, state: State) -> int:
        """Return an amount that an offer which looks at lines exceeds neither at *state* nor after."""
        offer = self.offers[number]
        outcome = self.effect(number, state)
        alone = offer.room.units is None and len(offer.plan.discounts) == 1 and isinstance(outcome, Outcome)
        return cap_minor(offer, self.facts, state, outcome if alone and isinstance(outcome, Outcome) else None)

    def looked(
        self, open_: Sequence[int], amounts: dict[int, int], totals: Sequence[int], must: Sequence[int] = ()
    ) -> Outlook:
        """Return what *open_* may save when *totals* are left and all of *must* are taken."""
        outlook = look(open_, self.prospects, amounts, [totals[block] for block in self.blocks.blocks])
        for number in must:
            outlook = spared(outlook, self.prospects, self.threshold(number, open_, amounts, totals))
        return outlook

    def threshold(
        self, number: int, open_: Sequence[int], amounts: dict[int, int], totals: Sequence[int]
    ) -> Threshold:
        """Return what may be taken before *number* without touching its threshold, and what each offer takes at least.

        What an offer counts for falls with what it takes, so the amounts stand for offers that take less as well.
        """
        _, watched, floor, *_ = self._asked[number]
        bits, costs = self.blocks.bits, dict[int, float]()
        here = bits[watched]
        for other in open_:
            if other >= number:
                break
            region = self.regions[other]
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

    def children(self, node: Node) -> Iterator[Node]:
        """Yield the children of *node* that may have a better combination below them; the best is kept on the way."""
        open_, amounts = self.amounts(node.open, node)
        if not open_ or not amounts.keys() >= set(node.must):
            return
        outlook, base = node.outlook, node.base_minor
        if node.parent is not None and len(open_) >= ANEW_MIN:
            rest = self.rest(open_, outlook)
            if not self.can_win(node, base + rest):
                return
            if self.capped(node, open_):
                open_, amounts = self.amounts(open_, node)
                if not open_ or not amounts.keys() >= set(node.must):
                    return
            anew = self.looked(open_, amounts, node.totals, node.must)
            if anew.most < base + rest:
                outlook, base = anew, anew.base
        bounds, nexts, forced = self.bounds(open_, amounts, outlook.weights, base)
        if not self.can_win(node, bounds[0]):
            return
        need = self.best.saved_minor - node.saved_minor
        if min(forced) < need + 1:
            wins = [most >= need + 1 or (most >= need and self.can_win(node, most)) for most in forced]
            open_ = [number for number, win in zip(open_, wins, strict=True) if win]
            bounds = [bound for bound, win in zip(bounds, wins, strict=True) if win]
            nexts = [bound for bound, win in zip(nexts, wins, strict=True) if win]
        until = min(node.must, default=len(self.offers))
        for place, number in enumerate(open_):
            if number > until or self.nodes >= self.nodes_max or not self.can_win(node, bounds[place]):
                break
            child = self.taken(node, number, open_[place + 1 :]) if self.can_win(node, nexts[place]) else None
            if child is not None:
                self.nodes += 1
                self.keep(child)
                if child.open:
                    child.outlook = outlook
                    child.base_minor = base + outlook.weights[number] - child.amount_minor
                    child.must = tuple([other for other in node.must if other != number]) if node.must else ()
                    yield child

    def rest(self, open_: Sequence[int], outlook: Outlook) -> float:
        """Return the weights of the heaviest of each clique."""
        heaviest = dict[int, float]()
        for number in open_:
            clique, weight = self._asked[number][5], outlook.weights[number]
            if weight > heaviest.get(clique, 0.0):
                heaviest[clique] = weight
        return sum(heaviest.values())

    def bounds(
        self, open_: Sequence[int], amounts: dict[int, int], weights: dict[int, float], base: float
    ) -> tuple[list[float], list[float], list[float]]:
        """Return, for each of *open_*, the bound on what is saved: by all from it on; by it and what follows; with it."""
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

    def taken(self, node: Node, number: int, rest: Sequence[int]) -> Node | None:
        """Return *node* with an offer taken and *rest* to follow where it may, or None when it does not apply there."""
        region, offer = self.regions[number], self.offers[number]
        if self.is_full(node):
            return None
        if offer.plan.of_total is None:
            return self.taken_from_lines(node, number, rest)
        if not node.exact >> region & 1:
            left = self.state(node).left_minor
            node.totals[region] = sum([left[place] for place in offer.places])
            node.exact |= 1 << region
        left_minor = node.totals[region]
        amount = min(total_minor(offer, left_minor), self.room_minor - node.saved_minor)
        if not amount:
            return None
        child = self.child(node, number, amount, rest)
        child.caps, child.touched = node.caps, node.touched
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

    def child(self, node: Node, number: int, amount_minor: int, rest: Sequence[int]) -> Node:
        """Return *node* with an offer that takes *amount_minor*, and those of *rest* that may still follow."""
        child, barred = Node(node, number, amount_minor, ()), self.conflicts[number]
        if not self.is_full(child):
            child.open = [other for other in rest if not barred >> other & 1]
        return child

    def is_full(self, node: Node) -> bool:
        """Say whether no other offer may follow: nothing more may be saved, or as many apply as may."""
        return node.saved_minor >= self.room_minor or node.depth >= self.offers_max

    def taken_from_lines(self, node: Node, number: int, rest: Sequence[int]) -> Node | None:
        """Return what ``taken`` does, for an offer that looks at lines."""
        offer = self.offers[number]
        if offer.plan.floor_minor > node.totals[self._asked[number][1]]:
            return None
        state = self.state(node)
        if unmet(offer, self.facts, state) is not None:
            return None
        outcome = self.effect(number, state)
        if not isinstance(outcome, Outcome):
            return None
        region, room_left = self.regions[number], self.room_minor - node.saved_minor
        if outcome.total_minor > room_left:
            outcome = cut(outcome, room_left)
        child = self.child(node, number, outcome.total_minor, rest)
        child.outcome, child.totals, child.exact = outcome, node.totals.copy(), node.exact
        child.lines = state.after(offer.places, outcome)
        child.caps, child.touched = node.caps, node.touched | self._bits[number]
        left = child.lines.left_minor
        for other in self.blocks.relations(region).meeting:
            child.totals[other] = sum([left[place] for place in self.blocks.places[other]])
            child.exact |= 1 << other
        return child

    def effect(self, number: int, state: State) -> Outcome | Missing:
        """Return what an offer takes, worked out once for what is left of its lines."""
        places = self.offers[number].places
        left, free = state.left_minor, state.free_units
        key = (number, *[(left[place], free[place]) for place in places])
        found = self._effects.get(key)
        if found is None:
            found = self._effects[key] = effect(self.offers[number], state)
        return found

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
            left, offer = self.state(node.parent or self.root).left_minor, self.offers[node.offer]
            if node.saved_minor < self.room_minor:
                node.outcome = landed(offer, self.lines, left, node.amount_minor)
            else:  # what the basket may save may have cut it
                full = total_minor(offer, sum([left[place] for place in offer.places]))
                outcome = landed(offer, self.lines, left, full)
                node.outcome = cut(outcome, node.amount_minor) if full > node.amount_minor else outcome
        return node.outcome

    def can_win(self, node: Node, more_minor: float) -> bool:
        """Say whether *node* may beat the best when at most *more_minor* is saved below it."""
        more = min(int(more_minor), self.room_minor - node.saved_minor)
        need = self.best.saved_minor - node.saved_minor
        if more == need and node.tied_with is not self.best:
            node.tied_with, node.wins_tie = self.best, self.least_ties(node) < self.best_ties
        return more > need or (more == need and node.wins_tie)

    def keep(self, node: Node) -> None:
        """Make *node* the best when it is better."""
        best = self.best.saved_minor
        if node.saved_minor > best or (node.saved_minor == best and self.ties(node) < self.best_ties):
            self.best, self._best_ties = node, None
            if best < self.room_minor <= node.saved_minor:
                self.full_at = self.nodes

    @property
    def nodes_max(self) -> int:
        """Return how many nodes may be looked at: once all is saved that may be, only ties are left to decide."""
        return NODES_MAX if self.best.saved_minor < self.room_minor else min(NODES_MAX, self.full_at + TIES_MAX)

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
