"""What every way of moving money with a bank looks like from here.

Every call carries a rail key chosen by us: the bank does the same key once, however often it is asked. No answer in
time is not a "no": ask again with the same key, or ``query`` it, until the bank says.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

RailState = Literal["authorised", "captured", "cancelled", "refunded", "declined", "unknown"]


class RailAnswer(NamedTuple):
    """What the bank says of one rail key. ``unknown`` (of a query): it never heard of the key."""

    state: RailState
    reason: str = ""


class RailTimeoutError(Exception):
    """The bank did not answer in time; whether it acted is not known."""


class Rail(Protocol):
    """A card or account at a bank. Each method may raise RailTimeoutError."""

    async def authorise(self, rail_key: str, *, token: str, amount_minor: int, currency: str) -> RailAnswer:
        """Hold the amount on the card behind *token*."""
        ...

    async def capture(self, rail_key: str) -> RailAnswer:
        """Take what was authorised."""
        ...

    async def cancel(self, rail_key: str) -> RailAnswer:
        """Let go of what was authorised."""
        ...

    async def refund(self, rail_key: str, *, amount_minor: int) -> RailAnswer:
        """Give back of what was captured."""
        ...

    async def query(self, rail_key: str) -> RailAnswer:
        """Ask what became of *rail_key*."""
        ...
