"""Enters a decided payment into the books: its rows, its hold on money, limits and coupons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from engine.checkout.booking import Booking
from engine.checkout.opened import Opened
from engine.checkout.order import Order
from engine.checkout.payment import payment, payment_cell, payment_line, payment_part, redemption, reward
from engine.checkout.terms import kept
from engine.ledger import accounts
from engine.programs.coupon import coupon
from engine.store.instants import to_micros


def enter(
    opened: Opened, order: Order, booking: Booking, rewards: Sequence[dict[str, Any]], *, revision: int, until: datetime
) -> None:
    """Insert the payment as reserved until *until*, take from limits, lock coupons; the money is held by ``hold``.

    Raises: Refused ``limit_reached``.
    """
    _insert_payment(opened, order, revision=revision, until=until)
    _insert_children(opened, booking)
    for row in rewards:
        opened.books.rows.insert(reward, **_child(opened), **row)
    opened.books.reserve(booking.takes)
    _lock_coupons(opened)


def hold(opened: Opened, booking: Booking) -> None:
    """Hold what every merchant is paid on the shopper's balance. Raises: Refused ``insufficient_balance``."""
    for part in booking.parts:
        opened.books.pend(
            f"paid:{part.merchant_id}",
            debit=accounts.wallet(opened.books.member_id),
            credit=accounts.payable(part.merchant_id),
            amount=part.paid_minor,
            kind="payment",
        )


def pay(opened: Opened, booking: Booking) -> None:
    """Pay every merchant from the shopper's balance. Raises: Refused ``insufficient_balance``."""
    for part in booking.parts:
        opened.books.post(
            f"paid:{part.merchant_id}",
            debit=accounts.wallet(opened.books.member_id),
            credit=accounts.payable(part.merchant_id),
            amount=part.paid_minor,
            kind="payment",
        )


def _child(opened: Opened) -> dict[str, object]:
    return dict(zip(("tenant_id", "home_id", "payment_id"), opened.key, strict=True))


def _insert_payment(opened: Opened, order: Order, *, revision: int, until: datetime) -> None:
    decision, facts = opened.decision, opened.facts
    opened.books.rows.insert(
        payment,
        **_child(opened),
        merchant_id=order.merchant_id,
        shop_id=order.shop_id or "",
        order_ref=order.order_ref,
        state="reserved",
        currency=decision.currency,
        list_minor=decision.list_minor,
        discount_minor=decision.discount_minor,
        paid_minor=decision.payable_minor,
        refunded_minor=0,
        channel=order.channel,
        tool=facts.tool,
        decided_at=to_micros(facts.now),
        committed_at=None,
        expires_at=to_micros(until),
        balance_after_minor=None,
        points_after=None,
        catalogue_revision=revision,
        facts=msgspec.json.encode(facts).decode(),
        decision=msgspec.json.encode(kept(decision)).decode(),
        terms=msgspec.json.encode(opened.terms).decode(),
    )


def _insert_children(opened: Opened, booking: Booking) -> None:
    rows, shared = opened.books.rows, _child(opened)
    line_by_id = {line.id: line for line in opened.facts.basket.lines}
    for place, line in enumerate(opened.decision.lines):
        rows.insert(
            payment_line,
            **shared,
            line_id=line.line_id,
            place=place,
            merchant_id=line.merchant_id,
            quantity=line_by_id[line.line_id].quantity,
            list_minor=line.list_minor,
            discount_minor=line.discount_minor,
            payable_minor=line.payable_minor,
            refunded_quantity=0,
            refunded_minor=0,
        )
    for cell in booking.cells:
        rows.insert(payment_cell, **shared, **msgspec.structs.asdict(cell), refunded_minor=0)
    for part in booking.parts:
        nothing = {"refunded_minor": 0, "refunded_funded_minor": 0, "returned_fee_minor": 0}
        rows.insert(payment_part, **shared, **msgspec.structs.asdict(part), **nothing)
    for offer in opened.decision.applied:
        rows.insert(
            redemption,
            **shared,
            campaign_id=offer.campaign_id,
            version=offer.version,
            coupon_id=offer.coupon_id or "",
            amount_minor=offer.amount_minor,
            returned_minor=0,
            state="reserved",
            takes=msgspec.json.encode(offer.takes).decode(),
        )


def _lock_coupons(opened: Opened) -> None:
    tenant_id, member_id, payment_id = opened.key
    for offer in opened.decision.applied:
        if offer.coupon_id is not None:
            key = (tenant_id, member_id, offer.coupon_id)
            opened.books.rows.update(coupon, key, state="locked", payment_id=payment_id)
