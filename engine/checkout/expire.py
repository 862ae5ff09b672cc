"""Expires reservations that nobody committed or released in time; each in its own work. Only ``reserved`` expires.

What a card holds for one is asked back by the job that asks the bank, so a silent bank holds up no expiry.
"""

from __future__ import annotations

import logging
from typing import Final

import sqlalchemy as sa
from sqlalchemy import bindparam

from engine.checkout.change import Found, submit
from engine.checkout.let_go import let_go
from engine.checkout.opened import Opened
from engine.checkout.payment import payment
from engine.desk import Desk
from engine.ledger.work import Answer
from engine.store.instants import from_micros, to_micros
from engine.store.script import Row, Script, query

BATCH: Final = 100
log = logging.getLogger("youhui.checkout")
_STALE: Final = (
    sa.select(payment)
    .where(
        payment.c.tenant_id == bindparam("tenant_id"),
        payment.c.state == "reserved",
        payment.c.expires_at <= bindparam("now"),
    )
    .order_by(payment.c.expires_at)
    .limit(BATCH)
)


async def expire_due(desk: Desk) -> int:
    """Expire stale reservations and return how many; call again while there are some."""
    stale = await desk.database.read(_stale_script(desk.settings.tenant_id, to_micros(desk.clock.now())))
    expired = 0
    for row in stale:
        try:
            answer = await submit(desk, Found(row), None, _expire)
        except Exception:  # one reservation that can't be expired must not hold up the others
            log.exception("reservation %s was not expired", row["payment_id"])
            continue
        expired += answer.body == b"expired"
    return expired


def _stale_script(tenant_id: str, now: int) -> Script[list[Row]]:
    return (yield query(_STALE, tenant_id=tenant_id, now=now))


def _expire(opened: Opened) -> Answer:
    """Expire it unless somebody was quicker."""
    row = opened.row
    if row["state"] != "reserved" or from_micros(row["expires_at"]) > opened.books.at:
        return Answer("done", "", b"")
    let_go(opened, "expired")
    return Answer("done", "", b"expired")
