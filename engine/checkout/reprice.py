"""Prices again what remains after a return: what campaigns that say ``refund: {price: recalculate}`` no longer give.

    back to date = what is kept (in proportion) - withheld
    withheld     = price of what remains, decided again - what its units cost when they were bought

What remains is decided on the payment's own facts and campaign versions, with no other coupon than it spent. Never
more is withheld than those campaigns no longer give on what remains: what a campaign that keeps its price gave stays.

The order of returns must not matter and nothing is asked back again, though a smaller basket can cost more than a
larger one (a threshold is lost). So what is back for some units is the most that any part of them would have brought
alone: ``most_back`` looks at parts from the dearest down, as long as one could bring more than was found.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from engine.checkout.refund_parts import SoldLine, part_back
from engine.checkout.terms import Terms
from engine.money import share
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.facts import Facts

#: A decision takes 0.1 to 0.3 ms; past this many parts the most found so far counts.
PARTS_MAX: Final = 256
Units: TypeAlias = tuple[int, ...]
CellKey: TypeAlias = tuple[str, str, str]  # line, campaign, funder


class Remains(NamedTuple):
    """What the units that remain cost when decided again: in all, and what each campaign takes off."""

    payable_minor: int
    off_by_campaign: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Repricing:
    """One payment whose applied campaigns say recalculate (``campaign_ids``). Decisions are made once and kept."""

    catalogue: Catalogue
    facts: Facts
    campaign_ids: frozenset[str]
    cells: Sequence[Mapping[str, Any]]  # rows of payment_cell
    _known: dict[Units, Remains] = field(default_factory=dict)

    def withheld(self, sold: Sequence[SoldLine]) -> int:
        """Return what is withheld to date when *sold* have come back as far as they say, amounts aside."""
        kept = _kept(sold, units := tuple(line.refunded_quantity for line in sold))
        return kept - self.most_back(sold, units)

    def most_back(self, sold: Sequence[SoldLine], units: Units) -> int:
        """Return what is back for *units* to date: the most that any part of them brings."""
        best, seen = 0, {units}
        parts = [(-_kept(sold, units), units)]
        for _ in range(PARTS_MAX):
            if not parts or -parts[0][0] <= best:
                break
            kept, part = heapq.heappop(parts)
            best = max(best, -kept - sum(self.losses(sold, part).values()))
            for place, count in enumerate(part):
                less = (*part[:place], count - 1, *part[place + 1 :])
                if count and less not in seen:
                    seen.add(less)
                    heapq.heappush(parts, (-_kept(sold, less), less))
        return best

    def losses(self, sold: Sequence[SoldLine], units: Units) -> dict[str, int]:
        """Return what each recalculating campaign no longer gives on what remains after *units*; zeros left out."""
        remains = self._remains(sold, units)
        left_by_campaign = self._left(sold, units)
        losses = {
            id_: lost
            for id_ in sorted(self.campaign_ids)
            if (lost := left_by_campaign[id_] - remains.off_by_campaign.get(id_, 0)) > 0
        }
        paid_for_rest = sum(line.payable_minor for line in sold) - _kept(sold, units)
        dearer_minor = min(max(0, remains.payable_minor - paid_for_rest), sum(losses.values()))
        parts = share(dearer_minor, list(losses.values())) if losses else []
        return {id_: part for id_, part in zip(losses, parts, strict=True) if part}

    def taken(self, sold: Sequence[SoldLine], withheld_minor: int) -> dict[CellKey, int]:
        """Return what is taken of each funder's cell on what remains, together *withheld_minor*.

        A cent or two can be missing where funders' parts were rounded up when they came back.
        """
        losses = self.losses(sold, tuple(line.refunded_quantity for line in sold))
        line_by_id = {line.line_id: line for line in sold}
        taken: dict[CellKey, int] = {}
        for (id_, _), part in zip(losses.items(), share(withheld_minor, list(losses.values())), strict=True):
            own = sorted(
                (cell for cell in self.cells if cell["campaign_id"] == id_),
                key=lambda cell: (cell["line_id"], cell["funder"]),
            )
            left = [_left_of(cell, line_by_id[cell["line_id"]]) for cell in own]
            for cell, amount in zip(own, share(min(part, sum(left)), left), strict=True):
                taken[cell["line_id"], id_, cell["funder"]] = amount
        return taken

    def _left(self, sold: Sequence[SoldLine], units: Units) -> dict[str, int]:
        """Return what is left of each campaign's discount after *units*: in proportion, on each line rounded up."""
        off: defaultdict[tuple[str, str], int] = defaultdict(int)
        for cell in self.cells:
            off[cell["campaign_id"], cell["line_id"]] += cell["amount_minor"]
        back_by_id = {line.line_id: (count, line.quantity) for line, count in zip(sold, units, strict=True)}
        left: defaultdict[str, int] = defaultdict(int)
        for (campaign_id, line_id), amount in off.items():
            count, quantity = back_by_id[line_id]
            left[campaign_id] += amount - amount * count // quantity
        return left

    def _remains(self, sold: Sequence[SoldLine], units: Units) -> Remains:
        if units not in self._known:
            self._known[units] = self._decided(sold, units)
        return self._known[units]

    def _decided(self, sold: Sequence[SoldLine], units: Units) -> Remains:
        back_by_id = {line.line_id: count for line, count in zip(sold, units, strict=True)}
        lines = tuple(
            replace(line, quantity=line.quantity - back_by_id[line.id])
            for line in self.facts.basket.lines
            if line.quantity > back_by_id[line.id]
        )
        if not lines:
            return Remains(0, {})
        decision = decide(self.catalogue, replace(self.facts, basket=replace(self.facts.basket, lines=lines)))
        return Remains(decision.payable_minor, {one.campaign_id: one.amount_minor for one in decision.applied})


def recalculating(terms: Terms, applied: Sequence[str]) -> frozenset[str]:
    """Return those of the *applied* campaigns whose terms say that what remains is priced again."""
    return frozenset(id_ for id_ in applied if terms.campaigns[id_].refund.price == "recalculate")


def _kept(sold: Sequence[SoldLine], units: Units) -> int:
    return sum(line.for_units(count) for line, count in zip(sold, units, strict=True))


def _left_of(cell: Mapping[str, Any], line: SoldLine) -> int:
    amount: int = cell["amount_minor"]
    return amount - part_back(amount, whole=line.quantity, to_date=line.refunded_quantity, before=0)
