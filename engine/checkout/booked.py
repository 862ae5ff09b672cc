"""A payment's booking as it was worked out when it was reserved: the fee is the one of then."""

from __future__ import annotations

import msgspec

from engine.checkout.booking import Booking, Part, cells_of, takes_of
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import payment_part


def booked(opened: Opened) -> Booking:
    """Return the booking from the payment's own rows."""
    rows = opened.books.rows.read(payment_part, **children_of(opened.key))
    names = Part.__struct_fields__
    parts = [msgspec.convert({name: row[name] for name in names}, Part) for row in rows]
    return Booking(
        decision=opened.decision,
        cells=tuple(cells_of(opened.decision)),
        parts=tuple(parts),
        takes=tuple(takes_of(opened.decision)),
    )
