"""What a decision means for the books, worked out before anything is written: parts, cells, fees, takes.

Per merchant: what the shopper pays for its lines, what others fund of the discounts on them, and its fee. The part a
merchant funds itself moves no money; it stands in the cells. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from engine.money import divide
from engine.rules import funding
from engine.rules.decision import Decision, Take
from engine.rules.facts import CounterKey

BPS: Final = 10_000


class Cell(Struct, frozen=True, kw_only=True):
    """What one funder pays of one campaign's discount on one line of one merchant."""

    line_id: str
    campaign_id: str
    funder: str
    merchant_id: str
    amount_minor: int

    @property
    def moves_money(self) -> bool:
        """Whether somebody else than the line's merchant pays."""
        return self.funder != f"merchant:{self.merchant_id}"


class Part(Struct, frozen=True, kw_only=True):
    """What one merchant gets of a payment: paid + funded - fee."""

    merchant_id: str
    paid_minor: int
    funded_minor: int
    fee_minor: int


class Booking(Struct, frozen=True, kw_only=True):
    """A decision, worked out."""

    decision: Decision
    cells: tuple[Cell, ...]
    parts: tuple[Part, ...]
    takes: tuple[Take, ...]


def booking_of(decision: Decision, fee_bps: Mapping[str, int]) -> Booking:
    """Work *decision* out; *fee_bps* by merchant."""
    cells = cells_of(decision)
    return Booking(
        decision=decision,
        cells=tuple(cells),
        parts=tuple(parts_of(decision, cells, fee_bps)),
        takes=tuple(takes_of(decision)),
    )


def cells_of(decision: Decision) -> list[Cell]:
    """Return the cells of all discounts, one per line, campaign and funder."""
    merchant_by_line = {line.line_id: line.merchant_id for line in decision.lines}
    amounts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for offer in decision.applied:
        for cell in funding.cells(offer, decision.lines):
            amounts[cell.line_id, offer.campaign_id, cell.funder] += cell.amount_minor
    return [
        Cell(
            line_id=line_id,
            campaign_id=campaign_id,
            funder=funder,
            merchant_id=merchant_by_line[line_id],
            amount_minor=amount,
        )
        for (line_id, campaign_id, funder), amount in amounts.items()
    ]


def parts_of(decision: Decision, cells: Iterable[Cell], fee_bps: Mapping[str, int]) -> list[Part]:
    """Return every merchant's part, sorted by id; the fee is of paid + funded by others, rounded half up."""
    paid: defaultdict[str, int] = defaultdict(int)
    funded: defaultdict[str, int] = defaultdict(int)
    for line in decision.lines:
        paid[line.merchant_id] += line.payable_minor
    for cell in cells:
        if cell.moves_money:
            funded[cell.merchant_id] += cell.amount_minor
    return [
        Part(
            merchant_id=merchant_id,
            paid_minor=paid[merchant_id],
            funded_minor=funded[merchant_id],
            fee_minor=divide((paid[merchant_id] + funded[merchant_id]) * fee_bps[merchant_id], BPS),
        )
        for merchant_id in sorted(paid)
    ]


def funded_by_others(cells: Iterable[Cell]) -> dict[tuple[str, str], int]:
    """Return (funder, merchant) → what the funder pays that merchant."""
    amounts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for cell in cells:
        if cell.moves_money:
            amounts[cell.funder, cell.merchant_id] += cell.amount_minor
    return dict(sorted(amounts.items()))


def takes_of(decision: Decision) -> list[Take]:
    """Return everything the payment takes from counters, one take per counter."""
    every = [*decision.takes]
    for offer in decision.applied:
        every += offer.takes
    for reward in decision.rewards:
        every += reward.takes
    return summed(every)


def summed(takes: Iterable[Take]) -> list[Take]:
    """Return *takes* with those of one counter added up, sorted by key."""
    by_key: dict[CounterKey, Take] = {}
    for take in takes:
        key = CounterKey(*take.key)
        before = by_key.get(key)
        amount = take.amount + (before.amount if before else 0)
        by_key[key] = Take(key=key, amount=amount, ceiling=take.ceiling)
    return [by_key[key] for key in sorted(by_key)]
