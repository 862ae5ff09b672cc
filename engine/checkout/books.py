"""The books as one payment writes them: its transfers and what it takes from limits, inside one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.ledger import counters, transfers
from engine.ledger.transfers import Settled, Transfer
from engine.ledger.work import Rows
from engine.money import POINTS
from engine.rules.decision import Take


@dataclass(frozen=True, kw_only=True)
class Books:
    """Writes for one payment of one member; every account and counter it touches must be locked.

    A transfer's id is the payment's (or refund's) id and the transfer's name in it, so nothing is moved twice.
    """

    rows: Rows
    tenant_id: str
    member_id: str
    payment_id: str
    currency: str
    at: datetime
    refund_id: str = ""

    def post(self, name: str, *, debit: str, credit: str, amount: int, kind: str) -> None:
        """Move money now; nothing moves for 0. Raises: Refused ``insufficient_balance``."""
        if amount:
            transfers.post(self.rows, self._transfer(name, debit, credit, amount, kind))

    def pend(self, name: str, *, debit: str, credit: str, amount: int, kind: str) -> None:
        """Hold money until ``settle``. Raises: Refused ``insufficient_balance``."""
        if amount:
            transfers.pend(self.rows, self._transfer(name, debit, credit, amount, kind))

    def post_points(self, name: str, *, debit: str, credit: str, points: int, kind: str) -> None:
        """Move points now; nothing moves for 0."""
        if points:
            transfers.post(self.rows, self._transfer(name, debit, credit, points, kind, currency=POINTS))

    def settle(self, state: Settled) -> None:
        """End every hold of the payment. The payment's transfers must be read."""
        filter_ = transfers.transfers_read(self.tenant_id, self.member_id, self.payment_id)
        for row in self.rows.read(filter_.table, **filter_.equals):
            if row["state"] == "pending":
                transfers.settle(self.rows, (self.tenant_id, self.member_id, str(row["transfer_id"])), state)

    def reserve(self, takes: Iterable[Take]) -> None:
        """Take from limits what the payment may use. Raises: Refused ``limit_reached``."""
        for take in takes:
            counters.reserve(
                self.rows,
                self.tenant_id,
                take.key,
                payment_id=self.payment_id,
                amount=take.amount,
                ceiling=take.ceiling,
            )

    def use(self, takes: Iterable[Take]) -> None:
        """Turn what was reserved into used."""
        for take in takes:
            counters.use(self.rows, self.tenant_id, take.key, self.payment_id)

    def release(self, takes: Iterable[Take]) -> None:
        """Give back what was reserved."""
        for take in takes:
            counters.release(self.rows, self.tenant_id, take.key, self.payment_id)

    def give_back(self, takes: Iterable[Take]) -> None:
        """Give back of what was used."""
        for take in takes:
            counters.give_back(self.rows, self.tenant_id, take.key, payment_id=self.payment_id, amount=take.amount)

    def _transfer(
        self, name: str, debit: str, credit: str, amount: int, kind: str, *, currency: str | None = None
    ) -> Transfer:
        return Transfer(
            tenant_id=self.tenant_id,
            home_id=self.member_id,
            transfer_id=f"{self.refund_id or self.payment_id}:{name}",
            debit=debit,
            credit=credit,
            amount_minor=amount,
            currency=currency or self.currency,
            kind=kind,
            created_at=self.at,
            payment_id=self.payment_id,
            refund_id=self.refund_id,
        )
