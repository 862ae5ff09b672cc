"""A member's payments, newest first, and what the offers saved this month."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam

from engine.checkout.payment import payment
from engine.checkout.terms import Terms
from engine.desk import Desk
from engine.programs.cursor import LAST, Place, cursor_after, place_of
from engine.store.instants import from_micros, to_micros
from engine.store.script import Row, Script, query
from engine.wire.payments import Payments, PaymentSummary

PAGE_MAX: Final = 100
PAGE: Final = 20

_OURS = sa.and_(payment.c.tenant_id == bindparam("tenant_id"), payment.c.home_id == bindparam("member_id"))
#: Not the facts and the decision: a page needs none of them.
_SHOWN: Final = (
    *("payment_id", "merchant_id", "state", "currency", "decided_at", "terms"),
    *("list_minor", "discount_minor", "paid_minor", "refunded_minor"),
)
_PAGE: Final = (
    sa.select(*(payment.c[name] for name in _SHOWN))
    .where(
        _OURS,
        sa.or_(
            payment.c.decided_at < bindparam("before_at"),
            sa.and_(payment.c.decided_at == bindparam("before_at"), payment.c.payment_id < bindparam("before_id")),
        ),
    )
    .order_by(payment.c.decided_at.desc(), payment.c.payment_id.desc())
    .limit(bindparam("count"))
)
_SAVED: Final = sa.select(sa.func.coalesce(sa.func.sum(payment.c.discount_minor), 0).label("minor")).where(
    _OURS, payment.c.state == "committed", payment.c.decided_at >= bindparam("since")
)


async def payments(desk: Desk, member_id: str, cursor: str | None = None, limit: int = PAGE) -> Payments:
    """Return a page of the member's payments, newest first; *limit* is held between 1 and 100.

    Raises: Invalid ``cursor_invalid``.
    """
    count = min(max(limit, 1), PAGE_MAX)
    before = place_of(cursor, LAST)
    rows = await desk.database.read(_page_script(desk.settings.tenant_id, member_id, before, count + 1))
    shown = rows[:count]
    more = len(rows) > count
    return Payments(
        items=tuple(map(_summary, shown)),
        next_cursor=cursor_after(shown[-1]["decided_at"], shown[-1]["payment_id"]) if more else None,
    )


def saved_script(tenant_id: str, member_id: str, now: datetime, timezone: str) -> Script[int]:
    """Sum the discounts of the member's payments since the month began in *timezone*, minor units."""
    local = now.astimezone(ZoneInfo(timezone))
    since = datetime.combine(local.date().replace(day=1), time(0), local.tzinfo)
    rows = yield query(_SAVED, tenant_id=tenant_id, member_id=member_id, since=to_micros(since))
    return int(rows[0]["minor"])


def _page_script(tenant_id: str, member_id: str, before: Place, count: int) -> Script[list[Row]]:
    known = {"tenant_id": tenant_id, "member_id": member_id, "before_at": before[0], "before_id": before[1]}
    return (yield query(_PAGE, **known, count=count))


def _summary(row: Row) -> PaymentSummary:
    terms = msgspec.json.decode(row["terms"], type=Terms)
    return PaymentSummary(
        payment_id=row["payment_id"],
        merchant_name=terms.merchants[row["merchant_id"]],
        shop_name=terms.shop,
        category=terms.merchant_category,
        state=row["state"],
        currency=row["currency"],
        list_minor=row["list_minor"],
        discount_minor=row["discount_minor"],
        paid_minor=row["paid_minor"],
        refunded_minor=row["refunded_minor"],
        at=from_micros(row["decided_at"]),
    )
