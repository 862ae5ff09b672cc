"""What was shown is what is paid: a till's ceiling, or the quote that the payment names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from engine.checkout.order import Order
from engine.checkout.quote_seal import Broken, broken
from engine.checkout.shown import refused_shown
from engine.errors import Conflict
from engine.rules.decision import Decision
from engine.rules.facts import Facts
from engine.wire.quotes import Quote

SENTENCE_BY_REASON: Final[dict[Broken, str]] = {
    "expired": "The quote is older than 5 minutes.",
    "basket": "The quote was for another basket.",
    "payer": "The quote was for another shopper.",
    "tool": "The quote was for paying with another tool.",
    "price": "The price is higher than the one shown.",
    "coupons": "Paying would spend a coupon that was not shown.",
}


def guard_price(order: Order, decision: Decision) -> None:
    """Refuse a price above the till's ceiling. Raises: Conflict ``quote_changed`` with the price and the reasons."""
    ceiling_minor = order.max_payable_minor
    if ceiling_minor is not None and decision.payable_minor > ceiling_minor:
        raise Conflict(
            "quote_changed",
            "The price is higher than the one shown. Show the new price and charge again.",
            payable_minor=decision.payable_minor,
            list_minor=decision.list_minor,
            discount_minor=decision.discount_minor,
            max_payable_minor=ceiling_minor,
            refused=msgspec.to_builtins(refused_shown(decision.refused)),
        )


def guard_quote(order: Order, decision: Decision, facts: Facts, new_quote: Callable[[], Quote]) -> None:
    """Refuse what is not what the order's quote showed. Raises: Conflict ``quote_changed`` with the new quote."""
    shown = order.shown
    why = broken(shown, decision, facts) if shown else None
    if shown is not None and why is not None:
        raise Conflict(
            "quote_changed",
            f"{SENTENCE_BY_REASON[why]} Nothing was charged. Show the new price and charge with the new quote.",
            reason=why,
            shown_minor=shown.shown_minor,
            payable_minor=decision.payable_minor,
            list_minor=decision.list_minor,
            discount_minor=decision.discount_minor,
            quote=msgspec.to_builtins(new_quote()),
        )
