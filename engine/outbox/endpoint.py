"""Where a merchant wants to be told: an address, its secrets, and how it has answered lately.

All instants are microseconds, 0 for never. What the columns of health mean is said in ``engine.outbox.retry``.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from engine.store.metadata import metadata


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the merchant
    Column("endpoint_id", Text, primary_key=True),
    _text("url"),
    _text("description"),
    _text("types"),  # JSON array; "[]": every type
    _text("state"),  # enabled | disabled | deleted
    _text("reason"),  # "" | merchant | gone: why it is disabled
    _text("secret"),
    _text("previous_secret"),  # "" when none
    _count("previous_until"),  # until then both secrets sign
    _count("created_at"),
    _count("enabled_at"),
    _count("accepted_at"),
    _count("failing_since"),
    _text("failing_payment"),
    _count("down"),  # 0 | 1
    _count("probe_at"),
    _count("tried_at"),
    _count("released_at"),
    _count("last_status"),
    _text("last_error"),
    Index("webhook_endpoint_by_state", "tenant_id", "state"),
)
