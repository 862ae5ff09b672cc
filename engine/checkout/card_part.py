"""What of a payment went by card, as the payment shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.wire.cards import CardPart


def card_part(orders: Iterable[Mapping[str, Any]]) -> CardPart | None:
    """Return the card's part from what was asked of the bank; None when nothing was."""
    listed = list(orders)
    charge = next((row for row in listed if row["kind"] == "charge"), None)
    if charge is None:
        return None
    back = next((row["state"] for row in listed if row["kind"] == "reversal"), None)
    given = {
        state: sum(row["amount_minor"] for row in listed if row["kind"] == "refund" and row["state"] == state)
        for state in ("refunding", "refunded", "refused")
    }
    return CardPart(
        last4=charge["last4"],
        state=back or charge["state"],
        refunding_minor=given["refunding"],
        refunded_minor=given["refunded"],
        refused_minor=given["refused"],
    )
