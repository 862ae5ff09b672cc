"""What every way of moving money with a bank looks like from here.

Every call carries a rail key chosen by us: the bank does the same key once, however often it is asked. No answer in
time is not a "no": ask again with the same key, or ``query`` it, until the bank says.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol

RailState = Literal["authorised", "captured", "cancelled", "refunded", "paid_out", "declined", "unknown"]


class RailAnswer(NamedTuple):
    """What the bank says of one rail key. ``unknown``: it has not heard of the key, or has not come to it yet."""

    state: RailState
    reason: str = ""
    at: datetime | None = None  # when the bank did it, by its own clock


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
        """Let go of what was authorised. A key the bank never heard of is barred: it answers ``cancelled`` from now."""
        ...

    async def refund(self, rail_key: str, *, of: str, amount_minor: int) -> RailAnswer:
        """Give back of what was captured under the key *of*; any number of refunds, each with a key of its own."""
        ...

    async def pay_out(self, rail_key: str, *, token: str, amount_minor: int, currency: str) -> RailAnswer:
        """Pay the amount to the account behind *token*."""
        ...

    async def query(self, rail_key: str) -> RailAnswer:
        """Ask what became of *rail_key*."""
        ...

    async def settlement(self, day: date) -> str:
        """Return the bank's own file of what it did on *day* (UTC), see ``engine.rails.settlement_file``."""
        ...
