"""What paying a merchant out looks like from here.

As with every rail, a rail key of ours names the payout: the bank does the same key once, however often it is asked, and
no answer in time is not a "no".
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol


class PayoutAnswer(NamedTuple):
    """What the bank says of one rail key. ``unknown`` (of a query): it never heard of the key."""

    state: Literal["paid", "failed", "unknown"]
    reason: str = ""


class PayoutRail(Protocol):
    """A bank that sends money to merchants. Each method may raise RailTimeoutError."""

    async def pay(self, rail_key: str, *, account: str, amount_minor: int, currency: str) -> PayoutAnswer:
        """Send the amount to *account*."""
        ...

    async def query(self, rail_key: str) -> PayoutAnswer:
        """Ask what became of *rail_key*."""
        ...
