"""A node of the search for the best combination."""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.evaluate import Outcome, State


class Node:
    """A combination: its last offer on top of its parent, what is left then, and the offers that may follow."""

    __slots__ = (
        "amount_minor",
        "exact",
        "lines",
        "offer",
        "open",
        "outcome",
        "outlook_minor",
        "parent",
        "saved_minor",
        "tied_with",
        "totals",
        "wins_tie",
    )

    def __init__(self, parent: Node | None, offer: int, amount_minor: int, open_: Sequence[int]) -> None:
        """Begin with what the parent has; the search fills in what is left."""
        self.parent, self.offer, self.amount_minor, self.open = parent, offer, amount_minor, open_
        self.saved_minor: int = amount_minor if parent is None else parent.saved_minor + amount_minor
        self.outlook_minor = 0.0  # no more is saved below
        self.totals: list[int] = []  # by region; at most so much is left
        self.exact = 0  # bits of the regions whose total is exact
        self.lines: State | None = None  # what is left by line, once somebody asked
        self.tied_with: Node | None = None  # the best when ties were last compared, and how that went
        self.wins_tie = False
        self.outcome: Outcome | None = None  # what the offer takes by line, once known

    def path(self) -> list[Node]:
        """Return the nodes from the first offer to this."""
        found, node = [], self
        while node.parent is not None:
            found.append(node)
            node = node.parent
        return found[::-1]
