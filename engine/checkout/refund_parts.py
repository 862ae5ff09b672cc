"""How much comes back: cumulative rounding, so that any number of refunds sums to the whole to the cent.

    back to date = round_half_up(amount * units to date / units); this refund = back to date - what came back before

The last unit takes the rest. The same rule reverses lines, funders' cells, budgets, fees and rewards.

>>> [part_back(1000, whole=3, to_date=n, before=b) for n, b in ((1, 0), (2, 333), (3, 667))]
[333, 334, 333]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from engine.errors import Invalid, Refused
from engine.money import divide


def part_back(amount: int, *, whole: int, to_date: int, before: int) -> int:
    """Return what of *amount* comes back now, when *to_date* of *whole* is back and *before* came back earlier.

    Units: *amount* and *before* in one unit, *whole* and *to_date* in another; whole 0: nothing to give back.
    """
    return divide(amount * to_date, whole) - before if whole else 0


class SoldLine(Struct, frozen=True, kw_only=True):
    """A line as it was paid, and what came back of it so far."""

    line_id: str
    merchant_id: str
    quantity: int
    payable_minor: int
    refunded_quantity: int
    refunded_minor: int

    @property
    def left(self) -> int:
        """Units that can still come back."""
        return self.quantity - self.refunded_quantity


class LineBack(Struct, frozen=True, kw_only=True):
    """Units of a line that come back now, and their money."""

    line_id: str
    merchant_id: str
    quantity: int
    to_date: int  # units that are back after this refund
    whole: int
    amount_minor: int


def lines_back(sold: Sequence[SoldLine], asked: Mapping[str, int] | None) -> list[LineBack]:
    """Return what comes back for *asked* (line id → units), or everything that is left when None.

    Raises: Invalid ``invalid_field`` for a line the payment does not have; Refused ``refund_exceeds_payment`` for more
            than is left, and when nothing is left.
    """
    wanted = {line.line_id: line.left for line in sold if line.left} if asked is None else dict(asked)
    known = {line.line_id for line in sold}
    for line_id in wanted:
        if line_id not in known:
            raise Invalid("invalid_field", f"The payment has no line {line_id!r}.", path="lines", line_id=line_id)
    if not wanted:
        raise Refused("refund_exceeds_payment", "Everything of this payment was refunded before.")
    return [_line_back(line, wanted[line.line_id]) for line in sold if line.line_id in wanted]


def _line_back(line: SoldLine, quantity: int) -> LineBack:
    if quantity > line.left:
        raise Refused(
            "refund_exceeds_payment",
            f"Line {line.line_id}: {quantity} asked back, {line.left} of {line.quantity} left to refund.",
            line_id=line.line_id,
            left=line.left,
        )
    to_date = line.refunded_quantity + quantity
    amount_minor = part_back(line.payable_minor, whole=line.quantity, to_date=to_date, before=line.refunded_minor)
    return LineBack(
        line_id=line.line_id,
        merchant_id=line.merchant_id,
        quantity=quantity,
        to_date=to_date,
        whole=line.quantity,
        amount_minor=amount_minor,
    )
