"""The rows of settlement. Home is the merchant.

    settlement_head   one per merchant and currency: the row that settling locks
    statement         one day of one merchant in one currency: open while it is written, then closed for ever
    statement_entry   what one payment, refund or chargeback did to the merchant
    statement_line    one transfer of the payable account, claimed: its key is the transfer's, so it is settled once

Amounts of an entry are signed as they change what we owe the merchant, but for the fee, which is what we take.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, Text

from engine.ledger.work import Lock
from engine.store.metadata import metadata

#: What is added up over the entries of payments, and over those of refunds (there with the sign turned).
SOLD: Final = ("gross_minor", "own_minor", "funded_minor", "paid_minor", "fee_minor")
BACK: Final = (
    "gross_back_minor",
    "own_back_minor",
    "funded_back_minor",
    "refunded_minor",
    "fee_back_minor",
)
COUNTS: Final = ("payments", "refunds", "others")
TOTALS: Final = (*COUNTS, *SOLD, *BACK, "other_minor", "net_minor")


def _home() -> list[Column[str]]:
    return [Column("tenant_id", Text, primary_key=True), Column("home_id", Text, primary_key=True)]


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


settlement_head = Table(
    "settlement_head",
    metadata,
    *_home(),
    _key("currency"),
    _text("next_day"),  # the first day whose statement is not closed, as 2027-03-28; "" before the first
    _text("open_day"),  # the statement that is being written, "" for none
    _count("claimed"),  # transfers claimed so far; who read another number decides anew
    _count("owed_minor"),  # by the merchant
    _text("payout_id"),  # the payout that the bank has not answered, "" for none
    _count("payouts"),  # asked so far
    CheckConstraint("owed_minor >= 0", name="owed_not_negative"),
)
EMPTY_HEAD: Final = {"next_day": "", "open_day": "", "claimed": 0, "owed_minor": 0, "payout_id": "", "payouts": 0}
statement = Table(
    "statement",
    metadata,
    *_home(),
    _key("day"),
    _key("currency"),
    _text("state"),  # open | closed
    *(_count(name) for name in TOTALS),
    _count("settled_minor"),  # of the net: what it changed of the settled balance
    _count("owed_minor"),  # of the net: what it changed of what the merchant owes
    _count("fee_bps"),  # the merchant's rate when it was closed
    _text("timezone"),
    Column("closed_at", BigInteger),
    CheckConstraint("state IN ('open', 'closed')", name="state_known"),
    CheckConstraint("state = 'open' OR net_minor = settled_minor - owed_minor", name="net_booked"),
)
statement_entry = Table(
    "statement_entry",
    metadata,
    *_home(),
    _key("entry_id"),  # the payment's or refund's id; of anything else the transfer's
    _key("day"),  # of the statement
    _key("currency"),
    _text("kind"),  # payment | refund | chargeback | other
    _text("own_day"),  # when it happened, in the merchant's zone
    _count("at"),
    _text("member_id"),
    _text("payment_id"),
    _text("refund_id"),
    _text("order_ref"),  # of another merchant's till: "<merchant>/<order_ref>"
    _text("shop_id"),
    _count("gross_minor"),  # paid + own + funded
    _count("own_minor"),  # of the discounts, what the merchant bears: moves no money
    _count("platform_minor"),
    _count("merchants_minor"),  # other merchants
    _count("brands_minor"),
    _count("banks_minor"),
    _count("paid_minor"),
    _count("fee_minor"),
    _count("other_minor"),
    _count("net_minor"),  # paid + platform + merchants + brands + banks - fee + other
    CheckConstraint("kind IN ('payment', 'refund', 'chargeback', 'other')", name="kind_known"),
    Index("statement_entry_by_time", "tenant_id", "home_id", "day", "currency", "at", "entry_id"),
)
statement_line = Table(
    "statement_line",
    metadata,
    *_home(),
    _key("transfer_id"),
    _text("member_id"),  # the transfer's home
    _text("day"),  # of the statement
    _text("currency"),
    _text("entry_id"),
    _text("kind"),  # the transfer's
    _text("funder"),  # who funds, or gets funding back; "" for the other kinds
    _count("amount_minor"),  # what the transfer changes of what we owe the merchant
    Index("statement_line_by_entry", "tenant_id", "home_id", "day", "currency", "entry_id"),
)


def head_lock(tenant_id: str, merchant_id: str, currency: str) -> Lock:
    """Lock the merchant's settling in *currency*, started when missing."""
    return Lock(settlement_head, (tenant_id, merchant_id, currency), EMPTY_HEAD)
