"""A node of the search for the best combination."""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.evaluate import Outcome, State
from engine.rules.search.outlook import NOTHING, Outlook


class Node:
    """A combination: its last offer on top of its parent, what is left then, and the offers that may follow."""

    __slots__ = (
        "amount_minor",
        "base_minor",
        "caps",
        "depth",
        "exact",
        "lines",
        "must",
        "offer",
        "open",
        "outcome",
        "outlook",
        "parent",
        "saved_minor",
        "tied_with",
        "totals",
        "touched",
        "wins_tie",
    )

    def __init__(self, parent: Node | None, offer: int, amount_minor: int, open_: Sequence[int]) -> None:
        """Begin with what the parent has; the search fills in what is left."""
        self.parent, self.offer, self.amount_minor, self.open = parent, offer, amount_minor, open_
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.saved_minor: int = amount_minor if parent is None else parent.saved_minor + amount_minor
        self.outlook: Outlook = NOTHING  # no more is saved below than base_minor and the weights of those taken
        self.base_minor = 0.0
        self.caps: dict[int, int] | None = None  # amounts that offers which look at lines don't exceed from here on
        self.must: tuple[int, ...] = ()  # offers that are to be taken below
        self.touched = 0  # bits of the lines that such offers have taken from since
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
