"""Lets go of a reserved payment: money, limits, coupons and the order are free again, as if it had not been."""

from __future__ import annotations

import msgspec

from engine.checkout.by_card import submit_and_ask
from engine.checkout.change import find
from engine.checkout.let_go import let_go
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import reward
from engine.checkout.request import Request
from engine.desk import Desk
from engine.ledger.work import Answer


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

    return await submit_and_ask(desk, found, request, change)
