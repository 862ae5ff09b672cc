"""Who pays for a discount: a table of lines and funders in which every row and every column sums exactly.

Funders are taken in declared order. Each takes its part of what the earlier ones left, rounded on the running total
over the lines; the last takes the rest. So no cell is negative and no minor unit is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from engine.money import divide
from engine.rules.campaign import FunderShare
from engine.rules.decision import Applied, Cell, FunderPart, LinePrice

ONE: Final = Fraction(1)


def funders(funding: Sequence[FunderShare]) -> tuple[FunderPart, ...]:
    """Return the funders in declared order, each with its part of the rest; the last takes all of it."""
    found, before = [], Fraction(0)
    for place, share in enumerate(funding):
        last = place == len(funding) - 1 or before >= ONE
        part = ONE if last else share.part / (ONE - before)
        found.append(FunderPart(share.funder, part.numerator, part.denominator))
        before += share.part
    return tuple(found)


def cells(offer: Applied, lines: Sequence[LinePrice]) -> tuple[Cell, ...]:
    """Split what each of *lines* gave to *offer* over its funders; zero cells are left out."""
    columns, merchants = _columns(offer), {line.line_id: line.merchant_id for line in lines}
    return tuple(
        [
            Cell(
                line_id=line_id,
                funder=f"merchant:{merchants[line_id]}" if funder == "merchant" else funder,
                amount_minor=column[place],
            )
            for place, (line_id, _) in enumerate(offer.by_line)
            for funder, column in columns
            if column[place]
        ]
    )


def amount_by_funder(offer: Applied, merchant_by_line: Mapping[str, str]) -> dict[str, int]:
    """Return what each funder pays of *offer*: the sums of its cells, in the order of the funders."""
    found = dict[str, int]()
    for funder, column in _columns(offer):
        if funder != "merchant":
            found[funder] = found.get(funder, 0) + sum(column)
            continue
        for (line_id, _), amount in zip(offer.by_line, column, strict=True):
            own = f"merchant:{merchant_by_line[line_id]}"
            found[own] = found.get(own, 0) + amount
    return {funder: amount for funder, amount in found.items() if amount}


def _columns(offer: Applied) -> list[tuple[str, list[int]]]:
    """Return what each funder pays of each line, in declared order."""
    rest = [amount for _, amount in offer.by_line]
    columns = []
    for funder, numerator, denominator in offer.funders:
        if numerator == denominator:
            columns.append((funder, rest))
            break
        column = cumulative(rest, numerator, denominator)
        rest = [amount - given for amount, given in zip(rest, column, strict=True)]
        columns.append((funder, column))
    return columns


def cumulative(amounts: Sequence[int], numerator: int, denominator: int) -> list[int]:
    """Return the part of each amount so that the running totals are rounded half up; 0 ≤ each ≤ its amount."""
    shares, total, given = [], 0, 0
    for amount in amounts:
        total += amount
        upto = divide(total * numerator, denominator)
        shares.append(upto - given)
        given = upto
    return shares


def platform_minor(table: Sequence[FunderPart], amount_minor: int) -> int:
    """Return what the platform pays of *amount_minor*: the sum of its column, known without the lines."""
    rest, platform = amount_minor, 0
    for funder, numerator, denominator in table:
        given = divide(rest * numerator, denominator)
        rest -= given
        if funder == "platform":
            platform += given
    return platform
