"""Charging, and what comes after."""

from __future__ import annotations

from msgspec import Struct

from engine.api.operation import Call, Operation
from engine.checkout.commit import commit
from engine.checkout.order import order_to_charge
from engine.checkout.quote_seal import open_seal
from engine.checkout.receipt import payment_by_order_ref, payment_for_merchant
from engine.checkout.refund import preview_refund, refund
from engine.checkout.release import release
from engine.checkout.reserve import charge
from engine.ledger.work import Answer
from engine.wire.base import OrderRef
from engine.wire.payments import Payment, PaymentRequest, Refunded, RefundPreview, RefundRequest


class OrderQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which order."""

    order_ref: OrderRef


async def charge_shopper(call: Call[PaymentRequest, None]) -> Answer:
    """Charge a shopper by the pay code shown.

    Decides anew at this moment and takes the money, or with ``capture: false`` only holds it. ``order_ref`` is charged
    once: the same order with the shopper's next code is refused with the payment that exists. A price above
    ``max_payable_minor`` is refused with the new price. With ``quote_id`` what was shown is what is paid: a higher
    price, another basket, payer or tool, or a coupon that was not shown is refused as ``quote_changed`` with the new
    quote. By card (``tool``, or the wallet's setting) the bank has the last word: while it is silent the answer is 202
    with the state ``capturing``; send the same request again, or query.
    """
    signing = await call.reception.signing()
    shown = open_seal(signing, call.body.quote_id) if call.body.quote_id else None
    order = order_to_charge(call.body, call.caller.merchant_id, shown)
    return await charge(call.desk, order, call.once, signing)


async def get_payment(call: Call[None, None]) -> Payment:
    """Show a payment of yours, with its refunds."""
    return await payment_for_merchant(call.desk, call.caller.merchant_id, call.path["payment_id"])


async def find_payment(call: Call[None, OrderQuery]) -> Payment:
    """Find the payment of an order of yours: ask here when an answer was lost."""
    return await payment_by_order_ref(call.desk, call.caller.merchant_id, call.query.order_ref)


async def commit_payment(call: Call[None, None]) -> Answer:
    """Take the money of a reserved payment.

    By card the answer is 202 with the state ``capturing`` while the bank is silent.
    """
    return await commit(call.desk, call.caller.merchant_id, call.path["payment_id"], call.once)


async def release_payment(call: Call[None, None]) -> Answer:
    """Let go of a reserved payment: money, coupons and limits are free again."""
    return await release(call.desk, call.caller.merchant_id, call.path["payment_id"], call.once)


async def refund_payment(call: Call[RefundRequest, None]) -> Answer:
    """Refund lines of a payment, an amount, or all that is left.

    Any number of times and in any mixture; the parts sum to the whole to the cent. Funders, budgets, coupons and points
    are undone too. With the ``digest`` of a preview it does what was shown, or nothing (409 ``refund_changed``).
    """
    return await refund(call.desk, call.caller.merchant_id, call.path["payment_id"], call.body, call.once)


async def preview_payment_refund(call: Call[RefundRequest, None]) -> Answer:
    """Show what a refund would do, without doing it.

    Money, points and coupons that come back, what is taken back and deducted. Its ``digest``, sent with the refund
    within 5 minutes, makes it exactly that.
    """
    return await preview_refund(call.desk, call.caller.merchant_id, call.path["payment_id"], call.body)


_REFUND_CODES = (
    "payment_not_found",
    "payment_state",
    "refund_exceeds_payment",
    "refund_over_limit",
    "currency_mismatch",
)
OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/payments",
        who=("merchant",),
        handle=charge_shopper,
        body=PaymentRequest,
        answer=Payment,
        status=201,
        needs_key=True,
        codes=(
            "unknown_currency",
            "duplicate_line",
            "basket_too_large",
            "merchant_not_found",
            "shop_not_found",
            "pay_code_malformed",
            "pay_code_wrong",
            "pay_code_expired",
            "pay_code_used",
            "order_ref_taken",
            "quote_changed",
            "insufficient_balance",
            "currency_mismatch",
            "limit_reached",
            "member_frozen",
            "no_card",
            "card_declined",
            "quote_invalid",
        ),
        may_be_pending=True,
    ),
    Operation(
        method="GET",
        path="/v1/payments",
        who=("merchant",),
        handle=find_payment,
        query=OrderQuery,
        answer=Payment,
        codes=("payment_not_found",),
    ),
    Operation(
        method="GET",
        path="/v1/payments/{payment_id}",
        who=("merchant",),
        handle=get_payment,
        answer=Payment,
        codes=("payment_not_found",),
    ),
    Operation(
        method="POST",
        path="/v1/payments/{payment_id}/commit",
        who=("merchant",),
        handle=commit_payment,
        answer=Payment,
        needs_key=True,
        may_be_pending=True,
        codes=("payment_not_found", "payment_state", "card_declined"),
    ),
    Operation(
        method="POST",
        path="/v1/payments/{payment_id}/release",
        who=("merchant",),
        handle=release_payment,
        answer=Payment,
        needs_key=True,
        codes=("payment_not_found", "payment_state"),
    ),
    Operation(
        method="POST",
        path="/v1/payments/{payment_id}/refunds",
        who=("merchant",),
        handle=refund_payment,
        body=RefundRequest,
        answer=Refunded,
        status=201,
        needs_key=True,
        codes=(*_REFUND_CODES, "refund_changed"),
    ),
    Operation(
        method="POST",
        path="/v1/payments/{payment_id}/refunds/preview",
        who=("merchant",),
        handle=preview_payment_refund,
        body=RefundRequest,
        answer=RefundPreview,
        codes=(*_REFUND_CODES, "busy"),
    ),
)
