"""How much comes back of a line: by units, by amount, in any mixture; the parts sum to the whole to the cent.

    by units   round_half_up(net price * units to date / units), less what came back for units before
    by amount  exactly what is asked, on top of what comes back for units

Together never more than the line's net price; the last unit takes the rest. So what is back depends on the units and
the amounts given to date, not on their order. The same rounding reverses funders' cells, budgets, fees and rewards.

>>> [part_back(1000, whole=3, to_date=n, before=b) for n, b in ((1, 0), (2, 333), (3, 667))]
[333, 334, 333]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from engine.checkout.refund_wanted import Wanted
from engine.errors import Invalid, Refused
from engine.money import divide, share


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

    @property
    def left_minor(self) -> int:
        """Money that can still come back."""
        return self.payable_minor - self.refunded_minor

    def for_units(self, units: int) -> int:
        """Return the net price of *units* of it, to the cent."""
        return part_back(self.payable_minor, whole=self.quantity, to_date=units, before=0)

    @property
    def given_minor(self) -> int:
        """What was given by amount, beyond the units that are back."""
        return self.refunded_minor - self.for_units(self.refunded_quantity)

    def cell_back(self, amount_minor: int, taken_minor: int) -> int:
        """Return what is back of a funder's *amount_minor* on it.

        *taken_minor* more than the units' part was taken of it, because what remains is dearer; of the rest of it the
        same part is back as of the price of the units that remain. Once the line's money is back, all of it is: units
        that come back afterwards bring no more, and may not take any away.
        """
        if self.payable_minor and not self.left_minor:
            return amount_minor
        back = part_back(amount_minor, whole=self.quantity, to_date=self.refunded_quantity, before=0) + taken_minor
        remaining_minor = self.payable_minor - self.for_units(self.refunded_quantity)
        return back + part_back(amount_minor - back, whole=remaining_minor, to_date=self.given_minor, before=0)


def sold_lines(rows: Iterable[Mapping[str, Any]]) -> list[SoldLine]:
    """Read the rows of ``payment_line``, in the order of the basket."""
    names = SoldLine.__struct_fields__
    ordered = sorted(rows, key=lambda row: int(row["place"]))
    return [msgspec.convert({name: row[name] for name in names}, SoldLine) for row in ordered]


class LineBack(Struct, frozen=True, kw_only=True):
    """What comes back of a line now, and the line afterwards."""

    quantity: int
    amount_minor: int
    line: SoldLine


def lines_back(sold: Sequence[SoldLine], wanted: Wanted) -> list[LineBack]:
    """Return what comes back for *wanted*, in the order of the lines.

    Raises: Invalid ``invalid_field`` for a line the payment does not have; Refused ``refund_exceeds_payment`` for more
            than is left, and when nothing is left.
    """
    _refuse_unknown(sold, wanted)
    units = {line.line_id: line.left for line in sold if line.left} if wanted.is_everything else wanted.units
    amounts = _shared(sold, wanted.amount_minor) if wanted.amount_minor is not None else wanted.amounts
    named = units.keys() | amounts.keys()
    if not named:
        raise nothing_left()
    return [
        _line_back(line, units.get(line.line_id, 0), amounts.get(line.line_id, 0))
        for line in sold
        if line.line_id in named
    ]


def lines_after(sold: Sequence[SoldLine], back: Sequence[LineBack]) -> list[SoldLine]:
    """Return *sold* as it is when *back* has come back."""
    after = {one.line.line_id: one.line for one in back}
    return [after.get(line.line_id, line) for line in sold]


def is_whole(sold: Sequence[SoldLine], refunded_minor: int) -> bool:
    """Whether the whole payment is back: all units, or all its money with some of it given by amount."""
    paid_minor = sum(line.payable_minor for line in sold)
    if not any(line.left for line in sold):
        return True
    return 0 < paid_minor == refunded_minor and any(line.given_minor for line in sold)


def nothing_left() -> Refused:
    """Return the refusal of a refund of a payment that is back already."""
    return Refused("refund_exceeds_payment", "Everything of this payment was refunded before.", left_minor=0)


def _refuse_unknown(sold: Sequence[SoldLine], wanted: Wanted) -> None:
    known = {line.line_id for line in sold}
    for line_id in (*wanted.units, *wanted.amounts):
        if line_id not in known:
            raise Invalid("invalid_field", f"The payment has no line {line_id!r}.", path="lines", line_id=line_id)


def _shared(sold: Sequence[SoldLine], amount_minor: int) -> dict[str, int]:
    """Share an amount of the payment over its lines by what is left of them."""
    left_minor = sum(line.left_minor for line in sold)
    if amount_minor > left_minor:
        raise Refused(
            "refund_exceeds_payment",
            f"{amount_minor} asked back, {left_minor} minor units left to refund.",
            left_minor=left_minor,
        )
    shares = share(amount_minor, [line.left_minor for line in sold])
    return {line.line_id: part for line, part in zip(sold, shares, strict=True) if part}


def _line_back(line: SoldLine, quantity: int, amount_minor: int) -> LineBack:
    if quantity > line.left:
        raise Refused(
            "refund_exceeds_payment",
            f"Line {line.line_id}: {quantity} asked back, {line.left} of {line.quantity} left to refund.",
            line_id=line.line_id,
            left=line.left,
        )
    units = line.refunded_quantity + quantity
    refunded_minor = min(line.payable_minor, line.for_units(units) + line.given_minor)
    with_units = replace(line, refunded_quantity=units, refunded_minor=refunded_minor)
    if amount_minor > with_units.left_minor:
        raise Refused(
            "refund_exceeds_payment",
            f"Line {line.line_id}: {amount_minor} asked back, {with_units.left_minor} minor units left to refund.",
            line_id=line.line_id,
            left_minor=with_units.left_minor,
        )
    after = replace(with_units, refunded_minor=with_units.refunded_minor + amount_minor)
    return LineBack(quantity=quantity, amount_minor=after.refunded_minor - line.refunded_minor, line=after)
