"""Payments and refunds: asked for and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from engine.money import QUANTITY_MAX
from engine.rules.decision import Words
from engine.rules.facts import Id, Text80
from engine.wire.base import Amount, Answer, Currency, OrderRef, PositiveAmount, Request
from engine.wire.cards import CardPart, ChargebackShown
from engine.wire.coupons import FunderPart
from engine.wire.quotes import AppliedOffer, BasketRequest, LinePriced, QuoteId, RewardGiven


class PaymentRequest(Request, frozen=True):
    """Charge a shopper by the pay code shown. ``max_payable_minor`` refuses a higher price.

    ``tool``: the wallet's setting when left out. ``quote_id``: what was shown is what is paid.
    """

    pay_code: Annotated[str, Meta(max_length=32)]
    order_ref: OrderRef
    basket: BasketRequest
    shop_id: Id | None = None
    channel: Literal["pay_code", "scan", "online"] = "pay_code"
    max_payable_minor: Amount | None = None
    tool: Literal["balance", "card"] | None = None
    quote_id: QuoteId | None = None
    capture: bool = True  # False reserves; commit or release within the hold


PaymentState = Literal["reserved", "capturing", "committed", "released", "expired"]


class RefundShown(Answer, frozen=True):
    """One refund: what came back to whom."""

    refund_id: str
    amount_minor: int
    at: datetime
    reason: str
    lines: tuple[RefundLineShown, ...]
    funders: tuple[FunderPart, ...]
    points_clawed_back: int
    coupons_returned: tuple[str, ...]
    coupons_clawed_back: tuple[str, ...]
    deducted_minor: int = 0  # of the amount, taken for rewards that were no longer there
    withheld_minor: int = 0  # of the lines' money: what remains is dearer now; below 0: of that comes back
    due_minor: int = 0  # rewards worth so much are owed, neither taken back nor deducted
    due_points: int = 0
    coupons_borne: tuple[str, ...] = ()  # earned by the payment and used since: their funders bear them
    by: str = ""  # who asked, told to the merchant only: "till:<key id>"


class RefundLineShown(Answer, frozen=True):
    """The part of a refund on one line; no units when an amount was given."""

    line_id: str
    quantity: int
    amount_minor: int


class Payment(Answer, frozen=True):
    """A payment and everything that happened to it; also the shopper's receipt."""

    payment_id: str
    order_ref: str
    merchant_id: str
    merchant_name: Words
    shop_id: str | None
    shop_name: Words | None
    state: PaymentState
    currency: str
    list_minor: int
    discount_minor: int
    paid_minor: int
    refunded_minor: int
    lines: tuple[LinePriced, ...]
    applied: tuple[AppliedOffer, ...]
    rewards: tuple[RewardGiven, ...]
    refunds: tuple[RefundShown, ...]
    decided_at: datetime
    committed_at: datetime | None
    expires_at: datetime | None
    tool: str
    card: CardPart | None = None
    chargebacks: tuple[ChargebackShown, ...] = ()
    balance_after_minor: int | None = None  # told to the payer only
    points_after: int | None = None  # told to the payer only


class PaymentSummary(Answer, frozen=True):
    """A row of the payments list."""

    payment_id: str
    merchant_name: Words
    shop_name: Words | None
    category: str
    state: PaymentState
    currency: str
    list_minor: int
    discount_minor: int
    paid_minor: int
    refunded_minor: int
    at: datetime


class Payments(Answer, frozen=True):
    """A page of payments, newest first."""

    items: tuple[PaymentSummary, ...]
    next_cursor: str | None


class RefundLineRequest(Request, frozen=True):
    """How many units of a line come back, or how much of its money."""

    line_id: Id
    quantity: Annotated[int, Meta(ge=1, le=QUANTITY_MAX)] | None = None
    amount_minor: PositiveAmount | None = None


class RefundRequest(Request, frozen=True):
    """Refund lines, or an amount of the payment, or everything that is left when both are left out.

    ``currency`` must be the payment's when it is given. With the ``digest`` of a preview it is done as shown or not at
    all.
    """

    lines: Annotated[tuple[RefundLineRequest, ...], Meta(min_length=1, max_length=200)] | None = None
    amount_minor: PositiveAmount | None = None
    currency: Currency | None = None
    reason: Text80 = ""
    digest: Annotated[str, Meta(max_length=100)] | None = None


class RefundPreview(Answer, frozen=True):
    """What a refund would do now. Sent with the refund, ``digest`` makes it that until ``valid_until``."""

    refund: RefundShown
    net_minor: int  # what the shopper gets: the amount less what is deducted
    digest: str
    valid_until: datetime


class Refunded(Answer, frozen=True):
    """The refund made and the payment after it."""

    refund: RefundShown
    payment: Payment
