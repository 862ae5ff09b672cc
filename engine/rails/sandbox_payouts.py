"""A bank for payouts that isn't one. The account says how it behaves.

    sandbox-ok         pays
    sandbox-fails      says no: the account is closed
    sandbox-times-out  does what it is asked, but its first two answers get lost
    sandbox-is-down    hears nothing until ``is_up`` is set

It keeps its books by rail key, so asking again never pays twice; ``paid_minor`` tells what left it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from engine.rails.payout import PayoutAnswer
from engine.rails.rail import RailTimeoutError

SILENT_ANSWERS: Final = 2


@dataclass
class _Sent:
    """One rail key in the bank's books."""

    amount_minor: int
    answer: PayoutAnswer
    silences_left: int


@dataclass
class SandboxPayouts:
    """A payout rail without a bank behind it."""

    is_up: bool = False
    _books: dict[str, _Sent] = field(default_factory=dict)

    @property
    def paid_minor(self) -> int:
        """What left the bank."""
        return sum(sent.amount_minor for sent in self._books.values() if sent.answer.state == "paid")

    async def pay(self, rail_key: str, *, account: str, amount_minor: int, currency: str) -> PayoutAnswer:  # noqa: ARG002
        """Send the amount once."""
        if account == "sandbox-is-down" and not self.is_up:
            raise RailTimeoutError(rail_key)
        if rail_key not in self._books:
            no = PayoutAnswer("failed", "the account is closed")
            answer = no if account == "sandbox-fails" else PayoutAnswer("paid")
            silences = SILENT_ANSWERS if account == "sandbox-times-out" else 0
            self._books[rail_key] = _Sent(amount_minor, answer, silences)
        return self._answer(rail_key)

    async def query(self, rail_key: str) -> PayoutAnswer:
        """Tell what became of the key."""
        return self._answer(rail_key)

    def _answer(self, rail_key: str) -> PayoutAnswer:
        sent = self._books.get(rail_key)
        if sent is None:
            return PayoutAnswer("unknown")
        if sent.silences_left:
            sent.silences_left -= 1
            raise RailTimeoutError(rail_key)
        return sent.answer
