"""Ends a payment without its being paid: money, limits, coupons and the order are free again, as if it had not been."""

from __future__ import annotations

from typing import Literal

from engine.checkout.booking import takes_of
from engine.checkout.change import claim_key
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import order_claim, payment, redemption, reward
from engine.checkout.tenders import take_back
from engine.programs.coupon import coupon

Ended = Literal["released", "expired"]


def let_go(opened: Opened, state: Ended) -> None:
    """End a payment that is not paid as *state*; what a card may hold is asked back."""
    books = opened.books
    books.settle("voided" if state == "released" else "expired")
    books.release(takes_of(opened.decision))
    for offer in opened.decision.applied:
        books.rows.update(redemption, (*opened.key, offer.campaign_id), state="released")
        if offer.coupon_id is not None:
            key = (books.tenant_id, books.member_id, offer.coupon_id)
            books.rows.update(coupon, key, state="usable", payment_id="")
    for row in books.rows.read(reward, **children_of(opened.key)):
        books.rows.update(reward, (*opened.key, str(row["reward_id"])), state="lost")
    books.rows.update(order_claim, claim_key(opened.row), state="free")
    books.rows.update(payment, opened.key, state=state)
    take_back(opened)
    opened.tell.tell(f"payment.{state}", opened.told(), payment_id=books.payment_id)
