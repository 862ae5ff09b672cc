"""Bank cards: bound, paid by, paid out to, disputed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from engine.rules.facts import Id, Text80
from engine.wire.base import Answer, PositiveAmount, Request

#: What the sandbox bank issues; each behaves as its name says (``engine.rails.behaviour``).
CardToken = Literal[
    "sandbox-ok",
    "sandbox-declines",
    "sandbox-declines-capture",
    "sandbox-refuses-refund",
    "sandbox-times-out",
    "sandbox-times-out-before",
    "sandbox-repeats",
    "sandbox-late",
    "sandbox-late-capture",
    "sandbox-charges-back",
]


class CardRequest(Request, frozen=True):
    """Bind a card: the bank's token for it, its first digits and the last four. The bank is a sandbox."""

    bin: Annotated[str, Meta(pattern=r"^[0-9]{6,8}\Z")]
    last4: Annotated[str, Meta(pattern=r"^[0-9]{4}\Z")]
    token: CardToken


class CardShown(Answer, frozen=True):
    """A bound card."""

    card_id: str
    bin: str
    last4: str
    bound_at: datetime


class Cards(Answer, frozen=True):
    """A member's cards, the last bound first; ``tool`` is what the pay code pays with: ``balance`` or a card's id."""

    items: tuple[CardShown, ...]
    tool: str


class WithdrawalRequest(Request, frozen=True):
    """Move money from the wallet to the bank account behind a card."""

    amount_minor: PositiveAmount
    card_id: Id


class Withdrawn(Answer, frozen=True):
    """The balance after a withdrawal; ``paying_out`` until the bank has said what it did."""

    withdrawal_id: str
    amount_minor: int
    balance_minor: int
    currency: str
    state: Literal["paying_out", "paid_out"]


CardPartState = Literal[
    "authorising", "authorised", "capturing", "captured", "declined", "given_up", "reversing", "reversed"
]


class CardPart(Answer, frozen=True):
    """What of a payment went by card. ``refunding_minor`` is on its way back to the card."""

    last4: str
    state: CardPartState
    refunding_minor: int = 0
    refunded_minor: int = 0
    refused_minor: int = 0  # the bank took it back not; it went to the wallet


class ChargebackShown(Answer, frozen=True):
    """Money that the bank took back for the card's holder; won: it came back to the merchant."""

    chargeback_id: str
    payment_id: str
    amount_minor: int
    state: Literal["open", "contested", "won", "lost"]
    reason: str
    at: datetime


class ChargebackRequest(Request, frozen=True):
    """Book a chargeback that the bank announced; all that is left of the payment when no amount is named."""

    payment_id: Id
    amount_minor: PositiveAmount | None = None
    reason: Text80 = ""


class ReconcileRequest(Request, frozen=True):
    """The bank's settlement file; ``day`` when the file holds no line to tell it."""

    file: str
    day: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")] | None = None


class RailDifference(Answer, frozen=True):
    """Where our books and the bank's file say different things."""

    kind: Literal["missing_here", "missing_there", "amount", "state"]
    rail_key: str
    ours: str
    theirs: str
    done: str  # what was done about it; "" when a person must look


class RailReconciliation(Answer, frozen=True):
    """A file held against our books."""

    day: str
    rows: int
    agreed: int
    chargebacks_booked: int
    differences: tuple[RailDifference, ...]


class RailFile(Answer, frozen=True):
    """The bank's settlement file of a day, CSV."""

    day: str
    file: str
