"""Statements, bills, reconciliation and payouts, as merchants and operators see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from engine.rules.decision import Words
from engine.wire.base import Answer, Request

#: "2027-03-28"; a day of the merchant's zone.
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
MerchantId = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.:\-]+\Z")]


class StatementSummary(Answer, frozen=True):
    """One settled day.

    ``net_minor`` = paid + funded - fee - refunded - funded_back + fee_back + other. Of it ``settled_minor`` went to the
    settled balance (negative: was taken from it) and ``owed_minor`` was added to what you owe (negative: was repaid).
    The fee is the rate of each payment, rounded half up per payment; ``fee_bps`` is the rate at the close.
    """

    day: str
    currency: str
    timezone: str
    closed_at: datetime
    payments: int
    refunds: int
    others: int  # chargebacks, and whatever is neither payment nor refund
    gross_minor: int  # list prices: paid + own + funded
    own_minor: int  # discounts that you bear
    funded_minor: int  # discounts that others bear
    paid_minor: int
    fee_minor: int
    gross_back_minor: int  # the same of what was refunded
    own_back_minor: int
    funded_back_minor: int
    refunded_minor: int
    fee_back_minor: int
    other_minor: int
    net_minor: int
    settled_minor: int
    owed_minor: int
    fee_bps: int
    fee_rounding: Literal["half_up"] = "half_up"


class BalanceShown(Answer, frozen=True):
    """What stands between us: settled and to be paid out, on its way to your bank, owed by you."""

    currency: str
    settled_minor: int
    paying_out_minor: int
    owed_minor: int


class Statements(Answer, frozen=True):
    """Settled days, newest first, and the balances as they are now."""

    items: tuple[StatementSummary, ...]
    balances: tuple[BalanceShown, ...]
    next_cursor: str | None


class FunderShown(Answer, frozen=True):
    """What one funder bore of the day's discounts, and what it got back of refunded ones. You are among them."""

    funder: str
    kind: Literal["platform", "merchant", "brand", "bank"]
    name: Words
    amount_minor: int
    back_minor: int


class StatementLine(Answer, frozen=True):
    """A payment, a refund (amounts negative), a chargeback (``refund_id`` is its id; above 0: won), or something else.

    ``own_day`` differs from the statement's when it came after its day's close. ``net_minor`` = paid + funded - fee +
    other.
    """

    kind: Literal["payment", "refund", "chargeback", "other"]
    entry_id: str
    payment_id: str | None
    refund_id: str | None
    order_ref: str | None  # of another merchant's till: "<merchant>/<order_ref>"
    shop_id: str | None
    at: datetime
    own_day: str
    gross_minor: int
    own_minor: int
    funded_minor: int
    paid_minor: int
    fee_minor: int
    other_minor: int
    net_minor: int


class Statement(Answer, frozen=True):
    """One settled day with its lines, oldest first."""

    summary: StatementSummary
    funders: tuple[FunderShown, ...]
    lines: tuple[StatementLine, ...]
    next_cursor: str | None


class Difference(Answer, frozen=True):
    """One thing in which your file and the statement differ.

    ``missing_here``: in your file, not with us. ``missing_there``: with us, not in your file. ``amount``, ``state``,
    ``day`` (it is in another day's statement), ``order``: both have it, but not the same. ``duplicate``: twice in your
    file. ``row`` counts from 1, the header; null when your file has no such row.
    """

    kind: Literal["missing_here", "missing_there", "amount", "state", "day", "order", "duplicate"]
    row: int | None
    column: str | None
    order_ref: str
    refund_id: str | None
    theirs: str | None  # in your file
    ours: str | None  # with us
    detail: str


class Reconciliation(Answer, frozen=True):
    """Every difference between your file and the statement; none: they agree."""

    day: str
    currency: str
    rows: int
    matched: int
    differences: tuple[Difference, ...]


class PayoutShown(Answer, frozen=True):
    """Money on its way to your bank, or there."""

    payout_id: str
    merchant_id: str
    currency: str
    amount_minor: int
    account: str
    state: Literal["asked", "paid", "failed"]
    reason: str
    asked_at: datetime
    ended_at: datetime | None


class Payouts(Answer, frozen=True):
    """Payouts, newest first."""

    items: tuple[PayoutShown, ...]
    next_cursor: str | None = None


class SettleRequest(Request, frozen=True):
    """Settle up to the end of ``day`` (default: each merchant's yesterday), all merchants or one."""

    day: Day | None = None
    merchant_id: MerchantId | None = None


class SettledStatement(Answer, frozen=True):
    """A statement that was closed now."""

    merchant_id: str
    day: str
    currency: str


class SettledNow(Answer, frozen=True):
    """The statements that were closed now."""

    items: tuple[SettledStatement, ...]


class PayOutRequest(Request, frozen=True):
    """Pay out what is settled, to all merchants or to one."""

    merchant_id: MerchantId | None = None


class PayoutAccountRequest(Request, frozen=True):
    """Where a merchant is paid from now on."""

    merchant_id: MerchantId
    account: Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9 .:\-]+\Z")]


class PayoutAccount(Answer, frozen=True):
    """Where a merchant is paid."""

    merchant_id: str
    account: str
