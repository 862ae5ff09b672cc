"""Takes points away whose lot is over; what a member still has left of it at that instant."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam

from engine.desk import Desk
from engine.ledger import accounts, transfers
from engine.ledger.transfers import Transfer
from engine.ledger.work import Answer, Lock, Read, Rows, Work
from engine.money import POINTS
from engine.outbox.events import EMPTY_FEED, Recorder, feed, feed_key
from engine.programs.points import points_entry, points_lot
from engine.rules.decision import Words
from engine.store.instants import to_micros
from engine.store.script import Script, query

BATCH: Final = 500
REASON: Final = Words(en="Points expired", zh="积分到期")
_OVER: Final = (
    sa.select(points_lot.c.home_id)
    .where(
        points_lot.c.tenant_id == bindparam("tenant_id"),
        points_lot.c.left > 0,
        points_lot.c.expires_at <= bindparam("now"),
    )
    .distinct()
    .order_by(points_lot.c.home_id)
    .limit(BATCH)
)


async def expire_points(desk: Desk) -> int:
    """Expire the points whose time is over and return of how many members; call again while there are some."""
    now = desk.clock.now()
    members = await desk.database.read(_members_script(desk.settings.tenant_id, now))
    for member_id in members:
        await desk.sequencer.submit(_expire(desk.settings.tenant_id, member_id, now))
        desk.wake(member_id)
    return len(members)


def _members_script(tenant_id: str, now: datetime) -> Script[list[str]]:
    rows = yield query(_OVER, tenant_id=tenant_id, now=to_micros(now))
    return [row["home_id"] for row in rows]


def _expire(tenant_id: str, member_id: str, now: datetime) -> Work:
    home = {"tenant_id": tenant_id, "home_id": member_id}

    def decide(rows: Rows) -> Answer:
        over: list[dict[str, Any]] = [lot for lot in rows.read(points_lot, **home) if _is_over(lot, now)]
        for lot in over:
            _expire_lot(rows, (tenant_id, member_id, str(lot["lot_id"])), lot, now)
        if over:
            points = sum(lot["left"] for lot in over)
            Recorder(rows, tenant_id, member_id, now).tell("points.changed", {"points": -points})
        return Answer("done", "", b"")

    return Work(
        tenant_id=tenant_id,
        caller="job:points",
        key=None,
        fingerprint=b"",
        locks=[accounts.points_lock(tenant_id, member_id), Lock(feed, feed_key(tenant_id, member_id), EMPTY_FEED)],
        reads=[Read(points_lot, home)],
        decide=decide,
    )


def _is_over(lot: dict[str, Any], now: datetime) -> bool:
    return bool(lot["left"] and lot["expires_at"] <= to_micros(now))


def _expire_lot(rows: Rows, key: tuple[str, str, str], lot: dict[str, Any], now: datetime) -> None:
    tenant_id, member_id, lot_id = key
    transfers.post(
        rows,
        Transfer(
            tenant_id=tenant_id,
            home_id=member_id,
            transfer_id=f"{lot_id}:expired",
            debit=accounts.points(member_id),
            credit=accounts.POINTS_ISSUED,
            amount_minor=lot["left"],
            currency=POINTS,
            kind="points_expired",
            created_at=now,
        ),
    )
    rows.insert(
        points_entry,
        tenant_id=tenant_id,
        home_id=member_id,
        entry_id=f"{lot_id}:expired",
        at=to_micros(now),
        points=-lot["left"],
        kind="expired",
        reason=msgspec.json.encode(REASON).decode(),
        payment_id=lot["payment_id"],
        balance_after=accounts.balance(rows, accounts.points_lock(tenant_id, member_id)),
    )
    rows.update(points_lot, key, left=0)
