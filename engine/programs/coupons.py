"""A member's coupons: listed by state, counted, and those whose time is over marked so."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam

from engine.desk import Desk
from engine.ledger.work import Answer, Lock, Rows, Work
from engine.outbox.events import EMPTY_FEED, Recorder, feed, feed_key
from engine.programs.coupon import coupon
from engine.programs.coupon_card import coupon_shown
from engine.programs.cursor import FIRST, cursor_after, place_of
from engine.store.instants import from_micros, to_micros
from engine.store.script import Row, Script, query
from engine.wire.coupons import Coupons, CouponState

PAGE: Final = 50
BATCH: Final = 500

_OURS = sa.and_(coupon.c.tenant_id == bindparam("tenant_id"), coupon.c.home_id == bindparam("member_id"))
_LATER = sa.or_(
    coupon.c.valid_until > bindparam("after_at"),
    sa.and_(coupon.c.valid_until == bindparam("after_at"), coupon.c.coupon_id > bindparam("after_id")),
)
_IN_TIME = sa.and_(coupon.c.state == "usable", coupon.c.valid_until > bindparam("now"))
_BY_STATE: Final[dict[str, sa.ColumnElement[bool]]] = {
    "usable": sa.and_(_IN_TIME, coupon.c.valid_from <= bindparam("now")),
    "soon": sa.and_(_IN_TIME, coupon.c.valid_from > bindparam("now")),
    "locked": coupon.c.state == "locked",
    "used": coupon.c.state == "used",
    "revoked": coupon.c.state == "revoked",
    "expired": sa.or_(
        coupon.c.state == "expired",
        sa.and_(coupon.c.state == "usable", coupon.c.valid_until <= bindparam("now")),
    ),
}
_PAGES: Final = {
    state: sa.select(coupon)
    .where(_OURS, _LATER, here)
    .order_by(coupon.c.valid_until, coupon.c.coupon_id)
    .limit(PAGE + 1)
    for state, here in [*_BY_STATE.items(), ("", sa.true())]
}
_USABLE_COUNT: Final = sa.select(sa.func.count().label("coupons")).select_from(coupon).where(_OURS, _BY_STATE["usable"])
_OVER: Final = (
    sa.select(coupon.c.home_id, coupon.c.coupon_id)
    .where(
        coupon.c.tenant_id == bindparam("tenant_id"),
        coupon.c.state == "usable",
        coupon.c.valid_until <= bindparam("now"),
    )
    .order_by(coupon.c.valid_until)
    .limit(BATCH)
)


async def coupons(desk: Desk, member_id: str, state: CouponState | None = None, cursor: str | None = None) -> Coupons:
    """Return a page of the member's coupons, the soonest to expire first.

    Raises: Invalid ``cursor_invalid``.
    """
    now = desk.clock.now()
    after = place_of(cursor, FIRST)
    rows = await desk.database.read(_page_script(desk.settings.tenant_id, member_id, state or "", after, now))
    shown = rows[:PAGE]
    more = len(rows) > PAGE
    return Coupons(
        items=tuple(coupon_shown(row, now, runs=row["campaign_id"] in desk.catalogue.campaigns) for row in shown),
        next_cursor=cursor_after(shown[-1]["valid_until"], shown[-1]["coupon_id"]) if more else None,
    )


def _page_script(
    tenant_id: str, member_id: str, state: str, after: tuple[int, str], now: datetime
) -> Script[list[Row]]:
    known: dict[str, Any] = {"tenant_id": tenant_id, "member_id": member_id, "after_at": after[0], "after_id": after[1]}
    if state in {"usable", "soon", "expired"}:
        known["now"] = to_micros(now)
    return (yield query(_PAGES[state], **known))


def usable_count_script(tenant_id: str, member_id: str, now: datetime) -> Script[int]:
    """Count the coupons that the member can use at *now*."""
    rows = yield query(_USABLE_COUNT, tenant_id=tenant_id, member_id=member_id, now=to_micros(now))
    return int(rows[0]["coupons"])


async def expire_due(desk: Desk) -> int:
    """Mark the coupons whose time is over and tell their members; return how many. Call again while there are some."""
    now = desk.clock.now()
    tenant_id = desk.settings.tenant_id
    over = await desk.database.read(_over_script(tenant_id, now))
    by_member: defaultdict[str, list[str]] = defaultdict(list)
    for row in over:
        by_member[row["home_id"]].append(row["coupon_id"])
    expired = 0
    for member_id, ids in by_member.items():
        answer = await desk.sequencer.submit(_expire(tenant_id, member_id, ids, now))
        expired += int(answer.body)
        desk.wake(member_id)
    return expired


def _over_script(tenant_id: str, now: datetime) -> Script[list[Row]]:
    return (yield query(_OVER, tenant_id=tenant_id, now=to_micros(now)))


def _expire(tenant_id: str, member_id: str, ids: list[str], now: datetime) -> Work:
    keys = [(tenant_id, member_id, id_) for id_ in ids]

    def decide(rows: Rows) -> Answer:
        tell = Recorder(rows, tenant_id, member_id, now)
        count = 0
        for key in keys:
            row = rows.get(coupon, key)
            if row is None or row["state"] != "usable" or from_micros(int(str(row["valid_until"]))) > now:
                continue
            rows.update(coupon, key, state="expired")
            tell.tell("coupon.expired", {"campaign_id": row["campaign_id"]}, coupon_id=key[2])
            count += 1
        return Answer("done", "", str(count).encode())

    return Work(
        tenant_id=tenant_id,
        caller="job:coupons",
        key=None,
        fingerprint=b"",
        locks=[Lock(feed, feed_key(tenant_id, member_id), EMPTY_FEED), *(Lock(coupon, key) for key in keys)],
        decide=decide,
    )
