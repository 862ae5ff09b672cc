"""Who pays for a discount: a table of lines and funders in which every row and every column sums exactly.

Funders are taken in declared order. Each takes its part of what the earlier ones left, rounded on the running total
over the lines; the last takes the rest. So no cell is negative and no minor unit is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from engine.money import divide
from engine.rules.campaign import FunderShare
from engine.rules.decision import Cell
from engine.rules.facts import Line

ONE: Final = Fraction(1)


class Funder(NamedTuple):
    """A funder and its part of what the earlier ones left, as a ratio of whole numbers."""

    funder: str
    numerator: int
    denominator: int


def funders(funding: Sequence[FunderShare]) -> tuple[Funder, ...]:
    """Return the funders in declared order, each with its part of the rest; the last takes all of it."""
    found, before = [], Fraction(0)
    for place, share in enumerate(funding):
        last = place == len(funding) - 1 or before >= ONE
        part = ONE if last else share.part / (ONE - before)
        found.append(Funder(share.funder, part.numerator, part.denominator))
        before += share.part
    return tuple(found)


def cells(table: Sequence[Funder], taken: Sequence[tuple[Line, int]]) -> tuple[Cell, ...]:
    """Split what each line gave over the funders; ``merchant`` is the line's own. Zero cells are left out."""
    rest = [amount for _, amount in taken]
    columns = []
    for funder, numerator, denominator in table:
        column = cumulative(rest, numerator, denominator)
        rest = [amount - given for amount, given in zip(rest, column, strict=True)]
        columns.append((funder, column))
    return tuple(
        [
            Cell(
                line_id=line.id,
                funder=f"merchant:{line.merchant_id}" if funder == "merchant" else funder,
                amount_minor=column[place],
            )
            for place, (line, _) in enumerate(taken)
            for funder, column in columns
            if column[place]
        ]
    )


def cumulative(amounts: Sequence[int], numerator: int, denominator: int) -> list[int]:
    """Return the part of each amount so that the running totals are rounded half up; 0 ≤ each ≤ its amount."""
    shares, total, given = [], 0, 0
    for amount in amounts:
        total += amount
        upto = divide(total * numerator, denominator)
        shares.append(upto - given)
        given = upto
    return shares


def platform_minor(table: Sequence[Funder], amount_minor: int) -> int:
    """Return what the platform pays of *amount_minor*: the sum of its column, known without the lines."""
    rest, platform = amount_minor, 0
    for funder, numerator, denominator in table:
        given = divide(rest * numerator, denominator)
        rest -= given
        if funder == "platform":
            platform += given
    return platform
