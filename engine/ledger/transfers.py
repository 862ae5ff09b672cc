"""Transfers: an amount leaves the debited account and arrives at the credited one.

    pending → posted | voided | expired

A transfer is never changed otherwise; a mistake is corrected by a new transfer. The lines of both accounts come from
the same row, so the books balance by construction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, Text

from engine.errors import Conflict
from engine.ledger import accounts
from engine.ledger.work import Lock, Read, Rows
from engine.store.instants import to_micros
from engine.store.metadata import metadata

Settled = Literal["posted", "voided", "expired"]

transfer = Table(
    "transfer",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the member whose payment, refund or top-up it is part of
    Column("transfer_id", Text, primary_key=True),
    Column("debit_account", Text, nullable=False),
    Column("credit_account", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("payment_id", Text, nullable=False),  # "" when of none
    Column("refund_id", Text, nullable=False),  # "" when of none
    Column("created_at", BigInteger, nullable=False),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint("debit_account <> credit_account", name="two_accounts"),
    CheckConstraint("state IN ('pending', 'posted', 'voided', 'expired')", name="state_known"),
    Index("transfer_by_payment", "tenant_id", "home_id", "payment_id"),
    # The keys stand in them too, so that settling walks over an account's transfers without reading them.
    Index("transfer_by_debit", "tenant_id", "debit_account", "transfer_id", "home_id", "currency"),
    Index("transfer_by_credit", "tenant_id", "credit_account", "transfer_id", "home_id", "currency"),
)


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """What moves. ``amount_minor`` > 0, in minor units of ``currency`` (or points)."""

    tenant_id: str
    home_id: str
    transfer_id: str
    debit: str
    credit: str
    amount_minor: int
    currency: str
    kind: str
    created_at: datetime
    payment_id: str = ""
    refund_id: str = ""


def post(rows: Rows, moved: Transfer) -> None:
    """Move the amount now. Wallets and points on either side must be locked.

    Raises: Refused ``insufficient_balance`` when the debited account would fall below zero.
    """
    accounts.move(rows, moved.tenant_id, moved.debit, moved.currency, posted_minor=-moved.amount_minor)
    accounts.move(rows, moved.tenant_id, moved.credit, moved.currency, posted_minor=moved.amount_minor)
    _insert(rows, moved, "posted")


def pend(rows: Rows, moved: Transfer) -> None:
    """Hold the amount on the debited account until ``settle``; nothing arrives yet.

    Raises: Refused ``insufficient_balance`` when less is free than the amount.
    """
    accounts.move(rows, moved.tenant_id, moved.debit, moved.currency, pending_out_minor=moved.amount_minor)
    _insert(rows, moved, "pending")


def settle(rows: Rows, key: tuple[str, str, str], state: Settled) -> None:
    """End the pending transfer *key* (tenant, home, transfer): post it, or give the hold back.

    The transfer must be locked or read, and wallets and points on either side locked.
    Raises: Conflict ``payment_state`` when it is not pending any more.
    """
    row = rows.get(transfer, key)
    if row is None or row["state"] != "pending":
        raise Conflict("payment_state", "The transfer is not pending any more.", transfer_id=key[2])
    tenant_id, currency, amount_minor = key[0], str(row["currency"]), int(str(row["amount_minor"]))
    taken_minor = amount_minor if state == "posted" else 0
    debit, credit = str(row["debit_account"]), str(row["credit_account"])
    accounts.move(rows, tenant_id, debit, currency, pending_out_minor=-amount_minor, posted_minor=-taken_minor)
    accounts.move(rows, tenant_id, credit, currency, posted_minor=taken_minor)
    rows.update(transfer, key, state=state)


def transfer_lock(tenant_id: str, home_id: str, transfer_id: str) -> Lock:
    """Lock a transfer that is to be settled."""
    return Lock(transfer, (tenant_id, home_id, transfer_id))


def transfers_read(tenant_id: str, home_id: str, payment_id: str) -> Read:
    """Read the transfers of a locked payment."""
    return Read(transfer, {"tenant_id": tenant_id, "home_id": home_id, "payment_id": payment_id})


def _insert(rows: Rows, moved: Transfer, state: str) -> None:
    rows.insert(
        transfer,
        tenant_id=moved.tenant_id,
        home_id=moved.home_id,
        transfer_id=moved.transfer_id,
        debit_account=moved.debit,
        credit_account=moved.credit,
        amount_minor=moved.amount_minor,
        currency=moved.currency,
        kind=moved.kind,
        state=state,
        payment_id=moved.payment_id,
        refund_id=moved.refund_id,
        created_at=to_micros(moved.created_at),
    )
