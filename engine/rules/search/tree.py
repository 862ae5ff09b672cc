"""The tree that the search walks: how an offer is taken at a node, and what is left then.

Most discounts depend on a total only: nodes know totals by region (see ``blocks``), exact or at most, and share over
lines when an offer has to look at lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.money import BASKET_MAX_MINOR
from engine.rules.evaluate import Offer, Outcome, State, cut, effect, landed, total_minor, unmet, whole
from engine.rules.facts import Facts, Line
from engine.rules.kinds import Missing
from engine.rules.search.blocks import Blocks
from engine.rules.search.conflicts import conflict_bits
from engine.rules.search.nodes import Node


class Tree:
    """The offers of one basket in their order, their conflicts, and nodes made of them."""

    def __init__(
        self,
        offers: Sequence[Offer],
        facts: Facts,
        lines: Sequence[Line],
        *,
        room_minor: int | None,
        offers_max: int | None,
    ) -> None:
        """Prepare; a combination saves *room_minor* at most and has *offers_max* at most; None: as much as there is."""
        self.offers, self.facts, self.lines = offers, facts, lines
        self.room_minor = BASKET_MAX_MINOR if room_minor is None else room_minor
        self.offers_max = len(offers) if offers_max is None else offers_max
        self.conflicts = conflict_bits([offer.plan.stance for offer in offers])
        scopes = [offer.scope for offer in offers if offer.plan.floor_minor]
        self.blocks = blocks = Blocks([offer.places for offer in offers], scopes)
        self.regions = [blocks.region_by_places[offer.places] for offer in offers]
        self.watched = [
            blocks.region_by_places[offer.scope] if offer.plan.floor_minor else region
            for offer, region in zip(offers, self.regions, strict=True)
        ]
        self.root = Node(None, -1, 0, ())
        self.root.lines = whole(lines)
        left = self.root.lines.left_minor
        self.root.totals = [sum([left[place] for place in places]) for places in blocks.places]
        self.root.exact = (1 << len(blocks.places)) - 1
        self.bits = blocks.bits
        self._effects: dict[tuple[object, ...], Outcome | Missing] = {}

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
        offer = self.offers[number]
        if offer.plan.floor_minor > node.totals[self.watched[number]]:
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
        child.touched |= self.bits[region]
        left = child.lines.left_minor
        for other in self.blocks.relations(region).meeting:
            child.totals[other] = sum([left[place] for place in self.blocks.places[other]])
            child.exact |= 1 << other
        return child

    def child(self, node: Node, number: int, amount_minor: int, rest: Sequence[int]) -> Node:
        """Return *node* with an offer that takes *amount_minor*, and those of *rest* that may still follow."""
        child, barred = Node(node, number, amount_minor, ()), self.conflicts[number]
        child.caps, child.touched = node.caps, node.touched
        if not self.is_full(child):
            child.open = [other for other in rest if not barred >> other & 1]
        return child

    def is_full(self, node: Node) -> bool:
        """Say whether no other offer may follow: nothing more may be saved, or as many apply as may."""
        return node.saved_minor >= self.room_minor or node.depth >= self.offers_max

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

    def beside(self, numbers: Sequence[int]) -> list[int]:
        """Return those of *numbers*, the first first, that conflict with none before; in the order of turns."""
        chosen, barred = list[int](), 0
        for number in numbers:
            if not barred >> number & 1:
                chosen.append(number)
                barred |= self.conflicts[number]
        return sorted(chosen)

    def beside_one(self, number: int, open_: Sequence[int]) -> list[int]:
        """Return those of *open_* that conflict not with *number*, itself too."""
        barred = self.conflicts[number]
        return [other for other in open_ if not barred >> other & 1]
