"""Chargebacks: money of a payment by card that the bank took back for the card's holder.

open → contested → won (it came back) | lost
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Table, Text

from engine.ledger.work import Read
from engine.store.instants import from_micros
from engine.store.metadata import metadata
from engine.wire.cards import ChargebackShown

chargeback = Table(
    "chargeback",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the payer
    Column("chargeback_id", Text, primary_key=True),
    Column("payment_id", Text, nullable=False),
    Column("rail_key", Text, nullable=False),  # the bank's own name of it, "" when an operator booked it
    Column("amount_minor", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # open | contested | won | lost
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("chargeback_by_payment", "tenant_id", "home_id", "payment_id"),
    Index("chargeback_by_id", "tenant_id", "chargeback_id"),
)


def chargebacks_read(key: tuple[str, str, str]) -> Read:
    """Read the chargebacks of the locked payment *key*."""
    return Read(chargeback, dict(zip(("tenant_id", "home_id", "payment_id"), key, strict=True)))


def chargebacks_shown(rows: Iterable[Mapping[str, Any]]) -> tuple[ChargebackShown, ...]:
    """Return chargebacks, the oldest first."""
    return tuple(map(chargeback_shown, sorted(rows, key=lambda row: (row["at"], row["chargeback_id"]))))


def chargeback_shown(row: Mapping[str, Any]) -> ChargebackShown:
    """Return a chargeback's *row* as the payment shows it."""
    return ChargebackShown(
        chargeback_id=row["chargeback_id"],
        payment_id=row["payment_id"],
        amount_minor=row["amount_minor"],
        state=row["state"],
        reason=row["reason"],
        at=from_micros(row["at"]),
    )
