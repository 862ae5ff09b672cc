"""What a till asks back: everything that is left, units of lines, amounts of lines, or an amount of the payment."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from engine.errors import Invalid, Refused
from engine.wire.payments import RefundLineRequest, RefundRequest


class Wanted(Struct, frozen=True, kw_only=True):
    """Units and minor units by line id, or an amount of the whole payment; nothing of all: everything that is left."""

    units: dict[str, int] = {}
    amounts: dict[str, int] = {}
    amount_minor: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether all that is left is asked back."""
        return not self.units and not self.amounts and self.amount_minor is None


def wanted_of(asked: RefundRequest, currency: str) -> Wanted:
    """Read a request; a line named twice is asked for twice.

    Raises: Invalid ``invalid_field`` unless each line says units or an amount, and when both lines and an amount of the
            payment are asked; Refused ``currency_mismatch`` when it is not the payment's *currency*.
    """
    if asked.currency is not None and asked.currency != currency:
        raise Refused(
            "currency_mismatch",
            f"The refund is asked in {asked.currency}, the payment was made in {currency}; nothing was refunded.",
            currency=asked.currency,
            payment_currency=currency,
        )
    if asked.lines is not None and asked.amount_minor is not None:
        raise Invalid("invalid_field", "Ask for lines, or for an amount of the payment, not both.", path="amount_minor")
    units, amounts = Counter[str](), Counter[str]()
    for place, line in enumerate(asked.lines or ()):
        _refuse_unclear(line, place)
        units[line.line_id] += line.quantity or 0
        amounts[line.line_id] += line.amount_minor or 0
    return Wanted(units=dict(+units), amounts=dict(+amounts), amount_minor=asked.amount_minor)


def _refuse_unclear(line: RefundLineRequest, place: int) -> None:
    if (line.quantity is None) == (line.amount_minor is None):
        raise Invalid(
            "invalid_field",
            f"Line {line.line_id}: say how many units come back (quantity) or how much money (amount_minor).",
            path=f"lines.{place}",
        )
