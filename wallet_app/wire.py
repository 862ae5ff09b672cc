"""The shapes on the wire, written by ``youhui wire`` from the OpenAPI document. Do not edit.

Unknown fields are ignored: answers only ever gain fields.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field


class AppliedOffer(Struct, frozen=True, kw_only=True):
    """A discount and who pays it."""

    campaign_id: str
    name: Words
    amount_minor: int
    nominal_minor: int
    coupon_id: str | None
    funders: tuple[FunderPart, ...]


class BasketRequest(Struct, frozen=True, kw_only=True):
    """What is bought. A line without merchant belongs to the caller's own."""

    currency: str
    lines: tuple[LineRequest, ...]


class CardPart(Struct, frozen=True, kw_only=True):
    """What of a payment went by card. ``refunding_minor`` is on its way back to the card."""

    last4: str
    state: str
    refunding_minor: int = 0
    refunded_minor: int = 0
    refused_minor: int = 0


class CardRequest(Struct, frozen=True, kw_only=True):
    """Bind a card: the bank's token for it, its first digits and the last four. The bank is a sandbox."""

    bin: str
    last4: str
    token: Literal[
        "sandbox-charges-back",
        "sandbox-declines",
        "sandbox-declines-capture",
        "sandbox-late",
        "sandbox-late-capture",
        "sandbox-ok",
        "sandbox-refuses-refund",
        "sandbox-repeats",
        "sandbox-times-out",
        "sandbox-times-out-before",
    ]


class CardShown(Struct, frozen=True, kw_only=True):
    """A bound card."""

    card_id: str
    bin: str
    last4: str
    bound_at: datetime


class Cards(Struct, frozen=True, kw_only=True):
    """A member's cards, the last bound first; ``tool`` is what the pay code pays with: ``balance`` or a card's id."""

    items: tuple[CardShown, ...]
    tool: str


class ChargebackShown(Struct, frozen=True, kw_only=True):
    """Money that the bank took back for the card's holder; won: it came back to the merchant."""

    chargeback_id: str
    payment_id: str
    amount_minor: int
    state: str
    reason: str
    at: datetime


class Coupon(Struct, frozen=True, kw_only=True):
    """A coupon in the member's hands, as its card shows it."""

    coupon_id: str
    campaign_id: str
    name: Words
    face: Words
    threshold: Words
    rules: tuple[Words, ...]
    state: str
    currency: str
    face_minor: int | None
    funder_kind: str
    funder_name: Words
    where: Words
    valid_from: datetime
    valid_until: datetime
    issued_at: datetime
    used_at: datetime | None = None
    payment_id: str | None = None
    why_not: Words | None = None


class Coupons(Struct, frozen=True, kw_only=True):
    """A page of coupons, the soonest to expire first."""

    items: tuple[Coupon, ...]
    next_cursor: str | None


class Due(Struct, frozen=True, kw_only=True):
    """A reward of a refunded payment that is still owed: points, or minor units of ``currency``.

    It is repaid first from the next points earned, and from the next red packet.
    """

    due_id: str
    member_id: str
    kind: str
    amount: int
    repaid: int
    currency: str
    state: str
    payment_id: str
    at: datetime


class Dues(Struct, frozen=True, kw_only=True):
    """What is owed, the newest first."""

    items: tuple[Due, ...]


class FieldProblem(Struct, frozen=True, kw_only=True):
    """One wrong field."""

    path: str
    message: str


class FunderPart(Struct, frozen=True, kw_only=True):
    """What one funder pays. ``kind`` tells platform, merchant, brand or bank."""

    funder: str
    kind: str
    name: Words
    amount_minor: int


class Health(Struct, frozen=True, kw_only=True):
    """Whether the parts answer."""

    status: str
    database: str
    catalogue_revision: int
    campaigns: int
    version: str


class LinePriced(Struct, frozen=True, kw_only=True):
    """A line's price: list = discount + payable."""

    line_id: str
    merchant_id: str
    sku: str
    name: str
    quantity: int
    list_minor: int
    discount_minor: int
    payable_minor: int
    refunded_quantity: int = 0
    refunded_minor: int = 0


class LineRequest(Struct, frozen=True, kw_only=True):
    """One line; an unknown SKU is fine."""

    id: str
    sku: str
    quantity: int
    unit_price_minor: int
    name: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    kind: Literal["delivery", "goods", "service", "tax", "tip"] = "goods"
    merchant_id: str | None = None


class LostOffer(Struct, frozen=True, kw_only=True):
    """A campaign that gave way to better ones."""

    campaign_id: str
    name: Words
    to: tuple[str, ...]
    sentence: Words


class Loyalty(Struct, frozen=True, kw_only=True):
    """Tier, points, lots by expiry and the last movements."""

    tier: Tier
    points: int
    lots: tuple[PointsLot, ...]
    entries: tuple[PointsEntry, ...]


class Me(Struct, frozen=True, kw_only=True):
    """The signed-in member."""

    member_id: str
    name: str
    phone_masked: str
    locale: str
    currency: str
    balance_minor: int
    points: int
    tier: Tier
    invite_code: str
    invited_by_name: str | None
    joined_at: datetime
    coupons_usable: int
    saved_this_month_minor: int
    tool: str = "balance"


class MeChange(Struct, frozen=True, kw_only=True):
    """Change one's settings; what is left out stays."""

    name: str | None = None
    locale: Literal["en", "zh"] | None = None
    tool: str | None = None


class MemberEvent(Struct, frozen=True, kw_only=True):
    """One thing that happened to the member. ``seq`` has no gaps; ask again after the last one seen."""

    seq: int
    type: str
    at: datetime
    payment_id: str | None = None
    coupon_id: str | None = None
    body: dict[str, Any] = field(default_factory=dict)


class MemberEvents(Struct, frozen=True, kw_only=True):
    """Events after a sequence number, oldest first."""

    items: tuple[MemberEvent, ...]
    last_seq: int


class PayCode(Struct, frozen=True, kw_only=True):
    """A single-use code of 20 digits; renew it before ``expires_at``."""

    code: str
    issued_at: datetime
    expires_at: datetime
    server_time: datetime
    lives_seconds: int
    best_coupon: Coupon | None = None


class Payment(Struct, frozen=True, kw_only=True):
    """A payment and everything that happened to it; also the shopper's receipt."""

    payment_id: str
    order_ref: str
    merchant_id: str
    merchant_name: Words
    shop_id: str | None
    shop_name: Words | None
    state: str
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
    balance_after_minor: int | None = None
    points_after: int | None = None


class PaymentSummary(Struct, frozen=True, kw_only=True):
    """A row of the payments list."""

    payment_id: str
    merchant_name: Words
    shop_name: Words | None
    category: str
    state: str
    currency: str
    list_minor: int
    discount_minor: int
    paid_minor: int
    refunded_minor: int
    at: datetime


class Payments(Struct, frozen=True, kw_only=True):
    """A page of payments, newest first."""

    items: tuple[PaymentSummary, ...]
    next_cursor: str | None


class PointsEntry(Struct, frozen=True, kw_only=True):
    """One movement of points."""

    at: datetime
    points: int
    reason: Words
    payment_id: str | None
    balance_after: int


class PointsLot(Struct, frozen=True, kw_only=True):
    """Points that expire together."""

    points: int
    expires_at: datetime


class Problem(Struct, frozen=True, kw_only=True):
    """RFC 9457 problem details; ``code`` is stable."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str | None = None
    errors: tuple[FieldProblem, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)


class Quote(Struct, frozen=True, kw_only=True):
    """The best lawful combination for the basket, with every reason."""

    currency: str
    list_minor: int
    discount_minor: int
    payable_minor: int
    lines: tuple[LinePriced, ...]
    applied: tuple[AppliedOffer, ...]
    refused: tuple[RefusedOffer, ...]
    lost: tuple[LostOffer, ...]
    rewards: tuple[RewardGiven, ...]
    optimal: bool
    priced_for_member: bool
    decided_at: datetime
    catalogue_revision: int
    quote_id: str | None = None
    valid_until: datetime | None = None


class QuoteRequest(Struct, frozen=True, kw_only=True):
    """Ask what a basket costs. With a pay code (not spent by this) it is priced for that shopper."""

    basket: BasketRequest
    shop_id: str | None = None
    pay_code: str | None = None
    channel: Literal["online", "pay_code", "scan"] = "pay_code"
    tool: Literal["balance", "card"] | None = None


class RefundLineShown(Struct, frozen=True, kw_only=True):
    """The part of a refund on one line; no units when an amount was given."""

    line_id: str
    quantity: int
    amount_minor: int


class RefundShown(Struct, frozen=True, kw_only=True):
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
    deducted_minor: int = 0
    withheld_minor: int = 0
    due_minor: int = 0
    due_points: int = 0
    coupons_borne: tuple[str, ...] = ()
    by: str = ""


class RefusedOffer(Struct, frozen=True, kw_only=True):
    """Why a campaign does not apply, and what is missing."""

    campaign_id: str
    name: Words
    code: str
    sentence: Words
    missing_minor: int | None
    missing_quantity: int | None


class RewardGiven(Struct, frozen=True, kw_only=True):
    """What payment earns: points, a coupon, a red packet."""

    kind: str
    campaign_id: str
    name: Words
    amount: int
    coupon: Coupon | None = None
    state: str = "promised"


class SignInCodeRequest(Struct, frozen=True, kw_only=True):
    """Ask for a code by SMS. *phone* is E.164 or a mainland number of 11 digits."""

    phone: str


class SignInCodeSent(Struct, frozen=True, kw_only=True):
    """The code is on its way; ``sandbox_code`` is the code itself where the SMS is a sandbox."""

    phone_masked: str
    expires_at: datetime
    retry_after_seconds: int
    sandbox_code: str | None = None


class SignInRequest(Struct, frozen=True, kw_only=True):
    """Sign in, or sign up when the phone is new; the inviter's code counts at sign-up only."""

    phone: str
    code: str
    device_id: str
    invite_code: str | None = None
    name: str | None = None
    locale: Literal["en", "zh"] = "zh"


class SignedIn(Struct, frozen=True, kw_only=True):
    """A session. Send the token as ``Authorization: Bearer``."""

    token: str
    expires_at: datetime
    is_new: bool
    member: Me


class Tier(Struct, frozen=True, kw_only=True):
    """The member's level and how far the next one is, by points earned in the last 12 months."""

    id: str
    name: Words
    points_12_months: int
    next_id: str | None = None
    next_name: Words | None = None
    next_at_points: int | None = None


class TopUpRequest(Struct, frozen=True, kw_only=True):
    """Move money from a bank card into the wallet. The bank is a sandbox; ``card`` says how it behaves."""

    amount_minor: int
    card: Literal["sandbox-declines", "sandbox-ok", "sandbox-times-out"] = "sandbox-ok"


class ToppedUp(Struct, frozen=True, kw_only=True):
    """The balance after a top-up."""

    top_up_id: str
    amount_minor: int
    balance_minor: int
    currency: str


class WithdrawalRequest(Struct, frozen=True, kw_only=True):
    """Move money from the wallet to the bank account behind a card."""

    amount_minor: int
    card_id: str


class Withdrawn(Struct, frozen=True, kw_only=True):
    """The balance after a withdrawal; ``paying_out`` until the bank has said what it did."""

    withdrawal_id: str
    amount_minor: int
    balance_minor: int
    currency: str
    state: str


class Words(Struct, frozen=True, kw_only=True):
    """One sentence in the wallet's languages."""

    en: str
    zh: str
