"""What we asked the bank to do, written down before it is asked; the bank's word ends it.

    charge      authorising → authorised → capturing → captured | declined | given_up
    refund      refunding → refunded | refused (then the money goes to the wallet)
    reversal    reversing → reversed: a charge that must not stand, taken back in full
    withdrawal  paying_out → paid_out | declined

An order in an open state is asked about again, under the same rail key, until the bank says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Index, Table, Text, bindparam

from engine.ledger.work import Read
from engine.store.metadata import metadata
from engine.store.script import Row, Script, query, select

#: The tool of a payment that a card pays.
CARD: Final = "card"
#: Orders of one page of those that are open.
PAGE: Final = 50
OPEN: Final = ("authorising", "capturing", "paying_out", "refunding", "reversing")

rail_order = Table(
    "rail_order",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the member
    Column("rail_key", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # charge | refund | reversal | withdrawal
    Column("of_key", Text, nullable=False),  # the charge of a refund or reversal, "" otherwise
    Column("payment_id", Text, nullable=False),  # "" of a withdrawal
    Column("refund_id", Text, nullable=False),  # "" unless a refund
    Column("token", Text, nullable=False),  # the bank's, for the card
    Column("last4", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column(
        "wants", Text, nullable=False
    ),  # of a charge: capture | hold; of a reversal how it came: cancelled | refunded
    Column("state", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),  # when the bank did it, by its own clock
    Index("rail_order_by_state", "tenant_id", "state", "asked_at"),
    Index("rail_order_by_payment", "tenant_id", "home_id", "payment_id"),
    Index("rail_order_by_time", "tenant_id", "done_at"),
    Index("rail_order_by_key", "tenant_id", "rail_key"),
)
_OPEN: Final = (
    sa.select(rail_order)
    .where(
        rail_order.c.tenant_id == bindparam("tenant_id"),
        rail_order.c.state.in_(OPEN),
        sa.or_(
            rail_order.c.asked_at > bindparam("asked_at"),
            sa.and_(rail_order.c.asked_at == bindparam("asked_at"), rail_order.c.rail_key > bindparam("rail_key")),
        ),
    )
    .order_by(rail_order.c.asked_at, rail_order.c.rail_key)
    .limit(PAGE)
)


def key_of(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the primary key of an order's *row*."""
    return (row["tenant_id"], row["home_id"], row["rail_key"])


def orders_read(key: tuple[str, str, str]) -> Read:
    """Read the orders of the locked payment *key*."""
    return Read(rail_order, dict(zip(("tenant_id", "home_id", "payment_id"), key, strict=True)))


def open_script(tenant_id: str, after: Row | None) -> Script[list[Row]]:
    """Read the next page of open orders after the order *after*, the oldest first."""
    asked_at, rail_key = (after["asked_at"], after["rail_key"]) if after else (-1, "")
    return (yield query(_OPEN, tenant_id=tenant_id, asked_at=asked_at, rail_key=rail_key))


def of_payment_script(key: tuple[str, str, str]) -> Script[list[Row]]:
    """Read the orders of the payment *key*."""
    tenant_id, member_id, payment_id = key
    return (yield select(rail_order, tenant_id=tenant_id, home_id=member_id, payment_id=payment_id))
