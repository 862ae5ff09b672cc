"""What merchants are told: one feed per merchant, numbered when the relay takes an event over, never when it happened.

A number is given under the lock of the merchant's ``merchant_feed`` row, in the transaction that makes it visible. So a
reader who saw number 7 has seen everything up to 7, however late the transaction of an older event committed.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Index, Table, Text, bindparam

from engine.store.metadata import metadata
from engine.store.script import Row, Script, query, select

#: The last number of a merchant's feed; its row lock orders everything told to the merchant.
merchant_feed = Table(
    "merchant_feed",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the merchant
    Column("last_seq", BigInteger, nullable=False),
)
merchant_event = Table(
    "merchant_event",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the merchant
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", Text, nullable=False),  # the same in the feed, in a webhook and in each of its retries
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("payment_id", Text, nullable=False),
    Column("body", Text, nullable=False),  # engine.wire.webhooks.MerchantEvent as JSON: the bytes that are signed
    Index("merchant_event_by_payment", "tenant_id", "payment_id"),
)
EMPTY_MERCHANT_FEED: Final = {"last_seq": 0}
#: Events per answer of the feed.
PAGE: Final = 200

_AFTER: Final = (
    sa.select(merchant_event.c.seq, merchant_event.c.body)
    .where(
        merchant_event.c.tenant_id == bindparam("tenant_id"),
        merchant_event.c.home_id == bindparam("merchant_id"),
        merchant_event.c.seq > bindparam("after"),
    )
    .order_by(merchant_event.c.seq)
    .limit(bindparam("count"))
)


def told_script(tenant_id: str, merchant_id: str, after: int, count: int = PAGE) -> Script[list[Row]]:
    """Read ``seq`` and ``body`` of the merchant's events after number *after*, oldest first."""
    return (yield query(_AFTER, tenant_id=tenant_id, merchant_id=merchant_id, after=after, count=count))


def last_told_script(tenant_id: str, merchant_id: str) -> Script[int]:
    """Read the number of the merchant's latest event, 0 before the first."""
    rows = yield select(merchant_feed, tenant_id=tenant_id, home_id=merchant_id)
    return int(rows[0]["last_seq"]) if rows else 0
