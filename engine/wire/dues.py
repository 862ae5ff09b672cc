"""What members owe after refunds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from engine.wire.base import Answer


class Due(Answer, frozen=True):
    """A reward of a refunded payment that is still owed: points, or minor units of ``currency``.

    It is repaid first from the next points earned, and from the next red packet.
    """

    due_id: str
    member_id: str
    kind: Literal["points", "red_packet"]
    amount: int
    repaid: int
    currency: str
    state: Literal["open", "repaid"]
    payment_id: str
    at: datetime


class Dues(Answer, frozen=True):
    """What is owed, the newest first."""

    items: tuple[Due, ...]
