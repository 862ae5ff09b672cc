"""A pay code is spent once: its row is claimed in the payment's transaction, so a refused payment spends nothing."""

from __future__ import annotations

from typing import Final, Protocol

from sqlalchemy import BigInteger, Column, Table, Text

from engine.errors import Conflict
from engine.store.metadata import metadata

pay_code_use = Table(
    "pay_code_use",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the member
    Column("code", Text, primary_key=True),
    Column("payment_id", Text, nullable=False),  # "" while only asked about
    Column("made_at", BigInteger, nullable=False),  # rows older than the code's life can be pruned
)


class Rows(Protocol):
    """The part of the sequencer's rows that spending needs."""

    def get(self, table: Table, key: tuple[str, ...]) -> dict[str, object] | None:
        """Return a locked row."""
        ...

    def update(self, table: Table, key: tuple[str, ...], **changes: object) -> None:
        """Change columns of a locked row."""
        ...


def unspent(made_at_micros: int) -> dict[str, object]:
    """Return the default of the row: locked, but not spent."""
    return {"payment_id": UNSPENT, "made_at": made_at_micros}


UNSPENT: Final = ""


def spend(rows: Rows, key: tuple[str, ...], payment_id: str) -> None:
    """Spend the code whose row *key* (tenant, member, code) is locked.

    Raises: Conflict ``pay_code_used`` when a payment spent it before.
    """
    row = rows.get(pay_code_use, key)
    if row is None or row["payment_id"] != UNSPENT:
        raise Conflict("pay_code_used", "The pay code was used before. Ask the shopper to show the new one.")
    rows.update(pay_code_use, key, payment_id=payment_id)
