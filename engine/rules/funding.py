"""Who pays for a discount: a table of lines and funders in which every row and every column sums exactly.

Funders are taken in declared order. Each takes its part of what the earlier ones left, rounded on the running total
over the lines; the last takes the rest. So no cell is negative and no minor unit is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.money import divide
from engine.rules.campaign import FunderShare
from engine.rules.decision import Cell
from engine.rules.facts import Line

ONE = Fraction(1)


def cells(funding: Sequence[FunderShare], taken: Sequence[tuple[Line, int]]) -> tuple[Cell, ...]:
    """Split what each line gave over the funders; ``merchant`` is the line's own. Zero cells are left out."""
    rest = [amount for _, amount in taken]
    columns = []
    for share, part in zip(funding, parts_of_rest(funding), strict=True):
        column = cumulative(rest, part)
        rest = [amount - given for amount, given in zip(rest, column, strict=True)]
        columns.append((share.funder, column))
    return tuple(
        Cell(
            line_id=line.id,
            funder=f"merchant:{line.merchant_id}" if funder == "merchant" else funder,
            amount_minor=column[place],
        )
        for place, (line, _) in enumerate(taken)
        for funder, column in columns
        if column[place]
    )


def parts_of_rest(funding: Sequence[FunderShare]) -> list[Fraction]:
    """Return each funder's part of what the earlier ones left; the last takes all of it."""
    parts, before = [], Fraction(0)
    for share in funding:
        rest = ONE - before
        parts.append(share.part / rest if rest > 0 else ONE)
        before += share.part
    return [*parts[:-1], ONE]


def cumulative(amounts: Sequence[int], part: Fraction) -> list[int]:
    """Return *part* of each amount so that the running totals are rounded half up; 0 ≤ each ≤ its amount."""
    shares, total, given = [], 0, 0
    for amount in amounts:
        total += amount
        upto = divide(total * part.numerator, part.denominator)
        shares.append(upto - given)
        given = upto
    return shares


def platform_minor(funding: Sequence[FunderShare], amount_minor: int) -> int:
    """Return what the platform pays of *amount_minor*: the sum of its column, known without the lines."""
    rest, platform = amount_minor, 0
    for share, part in zip(funding, parts_of_rest(funding), strict=True):
        given = divide(rest * part.numerator, part.denominator)
        rest -= given
        platform += given if share.funder == "platform" else 0
    return platform
