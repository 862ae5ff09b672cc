"""Makes a reserved payment final: reserved → committed. A use counts in the window of the ``decided_at`` of then."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.checkout.booking import Booking, Part, cells_of, takes_of
from engine.checkout.capture import capture
from engine.checkout.change import find, submit
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import payment_part, reward
from engine.checkout.request import Request
from engine.desk import Desk
from engine.errors import Conflict
from engine.ledger.work import Answer
from engine.store.instants import from_micros


async def commit(desk: Desk, merchant_id: str, payment_id: str, request: Request) -> Answer:
    """Commit a reserved payment of *merchant_id*; the answer's body is the wire ``Payment``.

    Shape:  kind done, or conflict ``payment_state`` when it is not reserved or its hold is over.
    Raises: NotFound ``payment_not_found``.
    """
    found = await find(desk, merchant_id, payment_id)

    def change(opened: Opened) -> Answer:
        row = opened.require("reserved")
        _refuse_late(opened, row)
        rewards = opened.books.rows.read(reward, **children_of(opened.key))
        opened.books.settle("posted")
        capture(opened, _booking(opened), rewards, desk.catalogue.campaigns, desk.settings.timezone)
        shown = opened.shown(str(one["reward_id"]) for one in rewards)
        return Answer("done", "", msgspec.json.encode(shown))

    return await submit(desk, found, request, change)


def _refuse_late(opened: Opened, row: dict[str, Any]) -> None:
    """Refuse a commit after the hold: the job that expires it may come at any moment."""
    if opened.books.at >= from_micros(row["expires_at"]):
        raise Conflict(
            "payment_state",
            "The reservation is over; its money goes back to the shopper. Charge again.",
            payment_id=opened.books.payment_id,
            state="expired",
        )


def _booking(opened: Opened) -> Booking:
    """Return the booking as it was worked out when it was reserved: the fee is the one of then."""
    rows = opened.books.rows.read(payment_part, **children_of(opened.key))
    names = Part.__struct_fields__
    parts = [msgspec.convert({name: row[name] for name in names}, Part) for row in rows]
    return Booking(
        decision=opened.decision,
        cells=tuple(cells_of(opened.decision)),
        parts=tuple(parts),
        takes=tuple(takes_of(opened.decision)),
    )
