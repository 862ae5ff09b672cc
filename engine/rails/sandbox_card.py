"""A bank that isn't one. The card's token says how it behaves.

    sandbox-ok         authorises and captures
    sandbox-declines   declines
    sandbox-times-out  does what it is asked, but its first two answers get lost
    sandbox-repeats    gets every message twice; the second finds the first done

It keeps its books by rail key, so asking again never takes money twice; ``taken_minor`` tells what it took.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from engine.rails.rail import RailAnswer, RailState, RailTimeoutError

SILENT_ANSWERS: Final = 2


@dataclass
class _Account:
    """One rail key in the bank's books."""

    token: str
    amount_minor: int
    currency: str
    state: RailState
    refunded_minor: int = 0
    silences_left: int = 0


@dataclass
class SandboxCard:
    """A rail without a bank behind it."""

    _books: dict[str, _Account] = field(default_factory=dict)

    @property
    def taken_minor(self) -> int:
        """What the bank took from all cards and did not give back."""
        return sum(
            a.amount_minor - a.refunded_minor for a in self._books.values() if a.state in {"captured", "refunded"}
        )

    async def authorise(self, rail_key: str, *, token: str, amount_minor: int, currency: str) -> RailAnswer:
        """Hold the amount; a second message with the same key finds the first."""
        for _ in range(2 if token == "sandbox-repeats" else 1):  # noqa: S105 - names a behaviour
            if rail_key not in self._books:
                declined = token == "sandbox-declines"  # noqa: S105
                self._books[rail_key] = _Account(
                    token=token,
                    amount_minor=amount_minor,
                    currency=currency,
                    state="declined" if declined else "authorised",
                    silences_left=SILENT_ANSWERS if token == "sandbox-times-out" else 0,  # noqa: S105
                )
        return self._answer(rail_key)

    async def capture(self, rail_key: str) -> RailAnswer:
        """Take what was authorised, once."""
        return self._move(rail_key, from_="authorised", to="captured")

    async def cancel(self, rail_key: str) -> RailAnswer:
        """Let go of what was authorised."""
        return self._move(rail_key, from_="authorised", to="cancelled")

    async def refund(self, rail_key: str, *, amount_minor: int) -> RailAnswer:
        """Give back once, never more than was taken."""
        account = self._books.get(rail_key)
        if account is not None and account.state == "captured" and amount_minor <= account.amount_minor:
            account.state, account.refunded_minor = "refunded", amount_minor
        return self._answer(rail_key)

    async def query(self, rail_key: str) -> RailAnswer:
        """Tell what became of the key."""
        return self._answer(rail_key)

    def _move(self, rail_key: str, *, from_: RailState, to: RailState) -> RailAnswer:
        account = self._books.get(rail_key)
        if account is not None and account.state == from_:
            account.state = to
        return self._answer(rail_key)

    def _answer(self, rail_key: str) -> RailAnswer:
        account = self._books.get(rail_key)
        if account is None:
            return RailAnswer("unknown")
        if account.silences_left:
            account.silences_left -= 1
            raise RailTimeoutError(rail_key)
        return RailAnswer(account.state, "do not honour" if account.state == "declined" else "")
