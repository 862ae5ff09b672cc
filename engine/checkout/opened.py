"""A payment inside a transaction: what it was decided on, and its rows under the locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from engine.checkout.books import Books
from engine.checkout.chargeback_rows import chargeback
from engine.checkout.payment import payment, payment_cell, payment_line, payment_part, redemption, reward
from engine.checkout.rail_orders import CARD, rail_order
from engine.checkout.receipt import Basis, PaymentRows, basis_of, receipt
from engine.checkout.terms import Terms
from engine.errors import Conflict
from engine.ledger import accounts
from engine.ledger.work import Lock, Read, Rows
from engine.outbox.events import EMPTY_FEED, Recorder, feed, feed_key
from engine.programs.coupon import coupon
from engine.rules.decision import Decision
from engine.rules.facts import Facts
from engine.wire.payments import Payment

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Opened:
    """One payment, its feed, wallet and points locked and its children read (``locks``, ``reads``), or all new."""

    books: Books
    tell: Recorder
    facts: Facts
    decision: Decision
    terms: Terms

    @property
    def key(self) -> tuple[str, str, str]:
        """The primary key of the payment, and how its children's keys begin."""
        return (self.books.tenant_id, self.books.member_id, self.books.payment_id)

    @property
    def row(self) -> Row:
        """The payment's row as it stands."""
        row = self.books.rows.get(payment, self.key)
        if row is None:
            raise LookupError(f"payment {self.books.payment_id} is not locked")
        return row

    def require(self, *states: str) -> Row:
        """Return the row. Raises: Conflict ``payment_state`` unless its state is one of *states*."""
        row = self.row
        if row["state"] not in states:
            raise Conflict(
                "payment_state",
                f"The payment is {row['state']}; this needs {' or '.join(states)}.",
                payment_id=self.books.payment_id,
                state=row["state"],
            )
        return row

    def for_refund(self, refund_id: str) -> Opened:
        """Return the same payment with books that write for a refund."""
        return replace(self, books=replace(self.books, refund_id=refund_id))

    def told(self) -> dict[str, object]:
        """Return what an event tells of the payment."""
        row = self.row
        return {
            "state": row["state"],
            "merchant_name": msgspec.to_builtins(self.terms.merchants[row["merchant_id"]]),
            "currency": row["currency"],
            "list_minor": row["list_minor"],
            "discount_minor": row["discount_minor"],
            "paid_minor": row["paid_minor"],
            "refunded_minor": row["refunded_minor"],
        }

    def shown(self, reward_ids: Iterable[str], refunds: Sequence[Mapping[str, Any]] = ()) -> Payment:
        """Return the payment as its merchant sees it now."""
        rows, (tenant_id, member_id, _) = self.books.rows, self.key
        rewards = [row for id_ in reward_ids if (row := rows.get(reward, (*self.key, id_)))]
        coupons = {
            str(row["coupon_id"]): held
            for row in rewards
            if row["coupon_id"] and (held := rows.get(coupon, (tenant_id, member_id, str(row["coupon_id"]))))
        }
        lines = [row for line in self.decision.lines if (row := rows.get(payment_line, (*self.key, line.line_id)))]
        basis = Basis(self.facts, self.decision, self.terms)
        shown = PaymentRows(self.row, lines, rewards, refunds, coupons, *self._by_card())
        return receipt(shown, self.books.at, basis)

    def _by_card(self) -> tuple[Sequence[Row], Sequence[Row]]:
        """Return what was asked of the bank, and its chargebacks; nothing for the balance."""
        if self.row["tool"] != CARD:
            return (), ()
        return tuple(self.books.rows.read(table, **children_of(self.key)) for table in (rail_order, chargeback))  # type: ignore[return-value]


def children_of(key: tuple[str, str, str]) -> dict[str, object]:
    """Return the column filter of the children of the payment *key*."""
    return dict(zip(("tenant_id", "home_id", "payment_id"), key, strict=True))


def locks(key: tuple[str, str, str], currency: str) -> list[Lock]:
    """Name what every change of an existing payment locks: it, and its payer's feed, wallet and points."""
    tenant_id, member_id, _ = key
    return [
        Lock(payment, key),
        Lock(feed, feed_key(tenant_id, member_id), EMPTY_FEED),
        accounts.wallet_lock(tenant_id, member_id, currency),
        accounts.points_lock(tenant_id, member_id),
    ]


def reads(key: tuple[str, str, str]) -> list[Read]:
    """Name the children of an existing payment."""
    tables = (payment_line, payment_cell, payment_part, redemption, reward)
    return [Read(table, children_of(key)) for table in tables]


def opened(books: Books, row: Mapping[str, Any]) -> Opened:
    """Open the payment whose *row* was read or is about to be inserted."""
    facts, decision, terms = basis_of(row)
    return Opened(
        books=books,
        tell=Recorder(books.rows, books.tenant_id, books.member_id, books.at),
        facts=facts,
        decision=decision,
        terms=terms,
    )


def books_of(rows: Rows, row: Mapping[str, Any], at: datetime, refund_id: str = "") -> Books:
    """Return the books of an existing payment's *row*."""
    return Books(
        rows=rows,
        tenant_id=row["tenant_id"],
        member_id=row["home_id"],
        payment_id=row["payment_id"],
        currency=row["currency"],
        at=at,
        refund_id=refund_id,
    )
