"""The rows of a payment: home is the payer, so that everything one payment writes about the payer stays together.

A payment keeps the facts, the decision and the versions of the campaigns that decided, as JSON: it can be decided again
and gives the same bytes. ``payment_part`` is what one merchant gets of it; ``payment_cell`` who pays which discount.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from engine.store.metadata import metadata


def _home() -> list[Column[str]]:
    return [Column("tenant_id", Text, primary_key=True), Column("home_id", Text, primary_key=True)]


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _more(name: str) -> Column[int]:
    """Return a count that rows of before do not have: 0."""
    return Column(name, BigInteger, nullable=False, default=0, server_default="0")


payment = Table(
    "payment",
    metadata,
    *_home(),  # home_id: the payer
    _key("payment_id"),
    _text("merchant_id"),
    _text("shop_id"),  # "" when not told
    _text("order_ref"),
    _text("state"),  # reserved | committed | released | expired
    _text("currency"),
    _count("list_minor"),
    _count("discount_minor"),
    _count("paid_minor"),
    _count("refunded_minor"),
    _text("channel"),
    _text("tool"),
    _count("decided_at"),
    Column("committed_at", BigInteger),
    _count("expires_at"),
    Column("balance_after_minor", BigInteger),
    Column("points_after", BigInteger),
    _count("catalogue_revision"),
    _text("facts"),  # engine.rules.facts.Facts as JSON
    _text("decision"),  # engine.rules.decision.Decision as JSON
    _text("terms"),  # engine.checkout.terms.Terms as JSON
    Index("payment_by_id", "tenant_id", "payment_id"),
    Index("payment_by_time", "tenant_id", "home_id", "decided_at", "payment_id"),
    Index("payment_by_state", "tenant_id", "state", "expires_at"),
)
payment_line = Table(
    "payment_line",
    metadata,
    *_home(),
    _key("payment_id"),
    _key("line_id"),
    _count("place"),
    _text("merchant_id"),
    _count("quantity"),
    _count("list_minor"),
    _count("discount_minor"),
    _count("payable_minor"),
    _count("refunded_quantity"),
    _count("refunded_minor"),
)
payment_cell = Table(
    "payment_cell",
    metadata,
    *_home(),
    _key("payment_id"),
    _key("line_id"),
    _key("campaign_id"),
    _key("funder"),
    _text("merchant_id"),
    _count("amount_minor"),
    _count("refunded_minor"),
    _more("withheld_minor"),  # of the refunded: taken because what remains of the payment is dearer
)
payment_part = Table(
    "payment_part",
    metadata,
    *_home(),
    _key("payment_id"),
    _key("merchant_id"),
    _count("paid_minor"),
    _count("funded_minor"),  # what others than this merchant pay of the discounts on its lines
    _count("fee_minor"),
    _count("refunded_minor"),
    _count("refunded_funded_minor"),
    _count("returned_fee_minor"),
)
redemption = Table(
    "redemption",
    metadata,
    *_home(),
    _key("payment_id"),
    _key("campaign_id"),
    _text("version"),
    _text("coupon_id"),  # "" without a coupon
    _count("amount_minor"),
    _count("returned_minor"),
    _text("state"),  # reserved | used | released | returned
    _text("takes"),  # tuple[Take, ...] as JSON
)
reward = Table(
    "reward",
    metadata,
    *_home(),
    _key("payment_id"),
    _key("reward_id"),  # its place in the decision: "01"
    _text("campaign_id"),
    _text("kind"),  # coupon | points | red_packet
    _text("receiver"),  # payer | inviter
    _count("amount"),
    _count("clawed_back"),
    _text("funder"),
    _text("coupon_id"),  # "" unless a coupon
    _text("state"),  # promised | given | clawed_back | part_clawed_back | borne | lost
    _text("body"),  # engine.rules.decision.Reward as JSON
)
#: Holds ``(merchant, order_ref)`` for one payment that is neither released nor expired.
order_claim = Table(
    "order_claim",
    metadata,
    *_home(),  # home_id: the merchant
    _key("order_ref"),
    _text("payment_id"),  # the last payment of this order, "" before the first
    _text("member_id"),
    _text("state"),  # free | held
)
refund = Table(
    "refund",
    metadata,
    *_home(),
    _key("refund_id"),
    _text("payment_id"),
    _count("amount_minor"),
    _count("deducted_minor"),
    _count("at"),
    _text("body"),  # engine.wire.payments.RefundShown as JSON
    Column("caller", Text, nullable=False, default="", server_default=""),  # who asked: "till:<key id>"
    Index("refund_by_payment", "tenant_id", "home_id", "payment_id"),
)
refund_line = Table(
    "refund_line",
    metadata,
    *_home(),
    _key("refund_id"),
    _key("line_id"),
    _text("payment_id"),
    _count("quantity"),
    _count("amount_minor"),
)
