"""Makes a reserved payment final: reserved → committed. A use counts in the window of the ``decided_at`` of then."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.checkout.booked import booked
from engine.checkout.by_card import PENDING, begin_capture, conclude
from engine.checkout.capture import capture
from engine.checkout.change import find, submit
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import reward
from engine.checkout.request import Request
from engine.desk import Desk
from engine.errors import Conflict
from engine.ledger.work import Answer
from engine.store.instants import from_micros


async def commit(desk: Desk, merchant_id: str, payment_id: str, request: Request) -> Answer:
    """Commit a reserved payment of *merchant_id*; the answer's body is the wire ``Payment``.

    Shape:  kind done (code ``pending`` and state capturing while a card's bank is silent); refused ``card_declined``;
            or conflict ``payment_state`` when it is not reserved, its hold is over or the card is not authorised.
    Raises: NotFound ``payment_not_found``.
    """
    found = await find(desk, merchant_id, payment_id)

    def change(opened: Opened) -> Answer:
        row = opened.require("reserved")
        _refuse_late(opened, row)
        rewards = opened.books.rows.read(reward, **children_of(opened.key))
        pending = begin_capture(opened)
        if not pending:
            opened.books.settle("posted")
            capture(opened, booked(opened), rewards, desk.catalogue.campaigns, desk.settings.timezone)
        shown = opened.shown(str(one["reward_id"]) for one in rewards)
        return Answer("done", PENDING if pending else "", msgspec.json.encode(shown))

    answer = await submit(desk, found, request, change)
    return await conclude(desk, answer, request) if answer.code == PENDING else answer


def _refuse_late(opened: Opened, row: dict[str, Any]) -> None:
    """Refuse a commit after the hold: the job that expires it may come at any moment."""
    if opened.books.at >= from_micros(row["expires_at"]):
        raise Conflict(
            "payment_state",
            "The reservation is over; its money goes back to the shopper. Charge again.",
            payment_id=opened.books.payment_id,
            state="expired",
        )
