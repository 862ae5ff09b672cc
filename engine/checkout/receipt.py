"""A payment shown: to the merchant who charged it, or to the shopper with the balance after it.

Built from the stored facts, decision and terms plus what happened since, so that a receipt never changes because a
campaign, a shop or a merchant did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from engine.checkout.card_part import card_part
from engine.checkout.chargeback_rows import chargeback, chargebacks_shown
from engine.checkout.payment import order_claim, payment, payment_line, refund, reward
from engine.checkout.rail_orders import CARD, rail_order
from engine.checkout.shown import applied_shown, lines_shown
from engine.checkout.terms import Terms
from engine.desk import Desk
from engine.errors import NotFound
from engine.programs.coupon import coupon
from engine.programs.coupon_card import coupon_shown
from engine.rules.decision import Decision, Reward
from engine.rules.facts import Facts
from engine.store.instants import from_micros
from engine.store.script import Script, select
from engine.wire.payments import Payment, RefundShown
from engine.wire.quotes import LinePriced, RewardGiven

Row = Mapping[str, Any]


class PaymentRows(NamedTuple):
    """A payment and its children; keys of ``coupons`` are coupon ids."""

    payment: Row
    lines: Sequence[Row]
    rewards: Sequence[Row]
    refunds: Sequence[Row]
    coupons: Mapping[str, Row]
    orders: Sequence[Row] = ()  # what was asked of a card's bank
    chargebacks: Sequence[Row] = ()


async def payment_for_merchant(desk: Desk, merchant_id: str, payment_id: str) -> Payment:
    """Return the payment that *merchant_id* charged.

    Raises: NotFound ``payment_not_found``, also for another merchant's.
    """
    rows = await desk.database.read(payment_script(desk.settings.tenant_id, payment_id))
    if rows is None or rows.payment["merchant_id"] != merchant_id:
        raise unknown(payment_id)
    return receipt(rows, desk.clock.now())


async def payment_by_order_ref(desk: Desk, merchant_id: str, order_ref: str) -> Payment:
    """Return the last payment of *merchant_id*'s order; a released one as long as no other took its place.

    Raises: NotFound ``payment_not_found``.
    """
    rows = await desk.database.read(_order_script(desk.settings.tenant_id, merchant_id, order_ref))
    if rows is None:
        raise NotFound("payment_not_found", f"No payment of the order {order_ref!r}.", order_ref=order_ref)
    return receipt(rows, desk.clock.now())


async def payment_for_member(desk: Desk, member_id: str, payment_id: str) -> Payment:
    """Return the receipt of the payer, with the balance and points after it.

    Raises: NotFound ``payment_not_found``, also for another shopper's.
    """
    rows = await desk.database.read(payment_script(desk.settings.tenant_id, payment_id, member_id))
    if rows is None:
        raise unknown(payment_id)
    return for_payer(receipt(rows, desk.clock.now()), rows.payment)


def unknown(payment_id: str) -> NotFound:
    """Return the error of a payment that is not there, or not yours."""
    return NotFound("payment_not_found", f"No payment {payment_id!r} of yours.", payment_id=payment_id)


def payment_script(tenant_id: str, payment_id: str, member_id: str | None = None) -> Script[PaymentRows | None]:
    """Read a payment by id, within the home of *member_id* when it is known."""
    home = {} if member_id is None else {"home_id": member_id}
    found = yield select(payment, tenant_id=tenant_id, payment_id=payment_id, **home)
    if not found:
        return None
    children = {"tenant_id": tenant_id, "home_id": found[0]["home_id"], "payment_id": payment_id}
    lines = yield select(payment_line, **children)
    rewards = yield select(reward, **children)
    refunds = yield select(refund, **children)
    issued = yield select(coupon, tenant_id=tenant_id, home_id=found[0]["home_id"], issued_by=payment_id)
    by_id = {row["coupon_id"]: row for row in issued}
    orders = (yield select(rail_order, **children)) if found[0]["tool"] == CARD else ()
    disputed = (yield select(chargeback, **children)) if found[0]["tool"] == CARD else ()
    return PaymentRows(found[0], lines, rewards, refunds, by_id, orders, disputed)


def _order_script(tenant_id: str, merchant_id: str, order_ref: str) -> Script[PaymentRows | None]:
    claims = yield select(order_claim, tenant_id=tenant_id, home_id=merchant_id, order_ref=order_ref)
    if not claims or not claims[0]["payment_id"]:
        return None
    return (yield from payment_script(tenant_id, claims[0]["payment_id"], claims[0]["member_id"]))


class Basis(NamedTuple):
    """What a payment was decided on and what came of it, as stored."""

    facts: Facts
    decision: Decision
    terms: Terms


def basis_of(row: Row) -> Basis:
    """Read it from a payment's *row*."""
    return Basis(
        facts=msgspec.json.decode(row["facts"], type=Facts),
        decision=msgspec.json.decode(row["decision"], type=Decision),
        terms=msgspec.json.decode(row["terms"], type=Terms),
    )


def receipt(rows: PaymentRows, now: datetime, basis: Basis | None = None) -> Payment:
    """Build the payment as its merchant sees it; *basis* where it is at hand."""
    row = rows.payment
    facts, decision, terms = basis or basis_of(row)
    return Payment(
        payment_id=row["payment_id"],
        order_ref=row["order_ref"],
        merchant_id=row["merchant_id"],
        merchant_name=terms.merchants[row["merchant_id"]],
        shop_id=row["shop_id"] or None,
        shop_name=terms.shop,
        state=row["state"],
        currency=row["currency"],
        list_minor=row["list_minor"],
        discount_minor=row["discount_minor"],
        paid_minor=row["paid_minor"],
        refunded_minor=row["refunded_minor"],
        lines=_lines(lines_shown(decision.lines, facts.basket), rows.lines),
        applied=applied_shown(decision, terms.merchants),
        rewards=tuple(_reward(one, rows.coupons, now) for one in _of_payer(rows.rewards)),
        refunds=tuple(
            msgspec.json.decode(one["body"], type=RefundShown)
            for one in sorted(rows.refunds, key=lambda one: (one["at"], one["refund_id"]))
        ),
        decided_at=facts.now,
        committed_at=_instant(row["committed_at"]),
        expires_at=from_micros(row["expires_at"]) if row["state"] == "reserved" else None,
        tool=row["tool"],
        card=card_part(rows.orders),
        chargebacks=chargebacks_shown(rows.chargebacks),
    )


def for_payer(shown: Payment, row: Row) -> Payment:
    """Add what only the payer is told."""
    return replace(
        shown,
        refunds=tuple(replace(one, by="") for one in shown.refunds),
        balance_after_minor=row["balance_after_minor"],
        points_after=row["points_after"],
    )


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def _lines(priced: Sequence[LinePriced], rows: Sequence[Row]) -> tuple[LinePriced, ...]:
    row_by_line = {row["line_id"]: row for row in rows}
    return tuple(
        replace(
            line,
            refunded_quantity=row_by_line[line.line_id]["refunded_quantity"],
            refunded_minor=row_by_line[line.line_id]["refunded_minor"],
        )
        for line in priced
    )


def _of_payer(rows: Sequence[Row]) -> list[Row]:
    mine = [row for row in rows if row["receiver"] == "payer" and row["state"] != "lost"]
    return sorted(mine, key=lambda row: row["reward_id"])


def _reward(row: Row, coupons: Mapping[str, Row], now: datetime) -> RewardGiven:
    promised = msgspec.json.decode(row["body"], type=Reward)
    held = coupons.get(row["coupon_id"])
    return RewardGiven(
        kind=row["kind"],
        campaign_id=row["campaign_id"],
        name=promised.name,
        amount=row["amount"],
        coupon=coupon_shown(held, now, runs=True) if held else None,
        state="given" if row["state"] == "borne" else row["state"],
    )
