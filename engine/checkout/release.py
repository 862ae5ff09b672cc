"""Lets go of a reserved payment: money, limits, coupons and the order are free again, as if it had not been."""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.checkout.booking import takes_of
from engine.checkout.change import claim_key, find, submit
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import order_claim, payment, redemption, reward
from engine.checkout.request import Request
from engine.desk import Desk
from engine.ledger.work import Answer
from engine.programs.coupon import coupon

Ended = Literal["released", "expired"]


async def release(desk: Desk, merchant_id: str, payment_id: str, request: Request) -> Answer:
    """Release a reserved payment of *merchant_id*; the answer's body is the wire ``Payment``.

    Shape:  kind done, or conflict ``payment_state`` when it is not reserved any more.
    Raises: NotFound ``payment_not_found``.
    """
    found = await find(desk, merchant_id, payment_id)

    def change(opened: Opened) -> Answer:
        opened.require("reserved")
        rewards = opened.books.rows.read(reward, **children_of(opened.key))
        let_go(opened, "released")
        return Answer("done", "", msgspec.json.encode(opened.shown(str(one["reward_id"]) for one in rewards)))

    return await submit(desk, found, request, change)


def let_go(opened: Opened, state: Ended) -> None:
    """End a reserved payment as *state*."""
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
    opened.tell.tell(f"payment.{state}", opened.told(), payment_id=books.payment_id)
