"""What became of webhooks: deliveries shown to their merchant, dead letters shown to operators, both sent again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, bindparam

from engine.desk import Desk
from engine.errors import NotFound
from engine.outbox.delivery import webhook_delivery
from engine.outbox.endpoint import webhook_endpoint
from engine.outbox.events import event
from engine.outbox.relay import relay_try
from engine.programs.cursor import LAST, cursor_after, place_of
from engine.store.instants import from_micros, to_micros
from engine.store.script import Row, Script, execute, query, select_keys
from engine.wire.webhooks import DeadLetter, DeadLetters, Resent, WebhookDeliveries, WebhookDelivery

PAGE: Final = 50
#: Deliveries that one transaction sends again.
RESENT_MAX: Final = 1_000
_at, _ev = webhook_delivery.c, event.c


async def deliveries(
    desk: Desk, merchant_id: str, endpoint_id: str, *, state: str | None, cursor: str | None
) -> WebhookDeliveries:
    """Return a page of what was, is and will be sent to the endpoint, newest first.

    Raises: NotFound ``endpoint_not_found``; Invalid ``cursor_invalid``.
    """
    key, before = (desk.settings.tenant_id, merchant_id, endpoint_id), place_of(cursor, LAST)[0]
    rows = await desk.database.snapshot(_page_script(key, state, before))
    more = len(rows) > PAGE
    shown = rows[:PAGE]
    return WebhookDeliveries(
        items=tuple(map(_shown, shown)), next_cursor=cursor_after(shown[-1]["seq"], endpoint_id) if more else None
    )


async def resend(desk: Desk, merchant_id: str, endpoint_id: str, event_ids: Sequence[str] | None) -> Resent:
    """Send events to the endpoint again, in any state; without *event_ids* its dead letters. The ids stay the same.

    Raises: NotFound ``endpoint_not_found``.
    """
    key = (desk.settings.tenant_id, merchant_id, endpoint_id)
    return Resent(count=await desk.database.write(_resend_script(key, event_ids, to_micros(desk.clock.now()))))


async def dead_letters(desk: Desk) -> DeadLetters:
    """Return what was given up: webhooks, and events that one of our handlers could not take."""
    return await desk.database.snapshot(_dead_script(desk.settings.tenant_id))


async def dead_letters_again(desk: Desk, home_id: str | None) -> Resent:
    """Try dead letters of *home_id* again, or all: at most ``RESENT_MAX`` of each kind; ask again for the rest."""
    now = to_micros(desk.clock.now())
    return Resent(count=await desk.database.write(_revive_script(desk.settings.tenant_id, home_id, now)))


def _page_script(key: tuple[str, str, str], state: str | None, before: int) -> Script[list[Row]]:
    yield from _require(key)
    asked = _PAGE if state is None else _PAGE_OF_STATE
    given = {} if state is None else {"state": state}
    return (yield query(asked, **_place(key), before=before, count=PAGE + 1, **given))


def _require(key: tuple[str, str, str]) -> Script[None]:
    found = yield select_keys(webhook_endpoint, [key])
    if not found or found[0]["state"] == "deleted":
        raise NotFound("endpoint_not_found", f"No webhook endpoint {key[2]!r} of yours.", endpoint_id=key[2])


def _resend_script(key: tuple[str, str, str], event_ids: Sequence[str] | None, now: int) -> Script[int]:
    yield from _require(key)
    if event_ids is None:
        return len((yield execute(_RESEND_DEAD, **_place(key), now=now)))
    return len((yield execute(_RESEND_NAMED, **_place(key), now=now, event_ids=list(event_ids))))


def _dead_script(tenant_id: str) -> Script[DeadLetters]:
    webhooks = yield query(_DEAD_WEBHOOKS, tenant_id=tenant_id)
    handlers = yield query(_DEAD_EVENTS, tenant_id=tenant_id)
    counts = [
        *(yield query(_COUNT_WEBHOOKS, tenant_id=tenant_id)),
        *(yield query(_COUNT_EVENTS, tenant_id=tenant_id)),
    ]
    letters = [*map(_webhook, webhooks), *map(_handler, handlers)]
    return DeadLetters(
        count=sum(row["n"] for row in counts), items=tuple(sorted(letters, key=lambda one: one.since)[:PAGE])
    )


def _revive_script(tenant_id: str, home_id: str | None, now: int) -> Script[int]:
    given = {"tenant_id": tenant_id, "home_id": home_id or "", "every": int(home_id is None)}
    webhooks = yield execute(_REVIVE_WEBHOOKS, **given, now=now)
    yield execute(_FORGET_TRIES, **given)
    handlers = yield execute(_REVIVE_EVENTS, **given)
    return len(webhooks) + len(handlers)


def _place(key: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(("tenant_id", "home_id", "endpoint_id"), key, strict=True))


def _shown(row: Row) -> WebhookDelivery:
    return WebhookDelivery(
        **{name: row[name] for name in ("endpoint_id", "seq", "event_id", "type", "payment_id", "state", "attempts")},
        queued_at=from_micros(row["queued_at"]),
        last_attempt_at=from_micros(row["tried_at"]) if row["tried_at"] else None,
        next_attempt_at=from_micros(row["next_at"]) if row["state"] == "pending" else None,
        last_status=row["last_status"] or None,
        last_error=row["last_error"] or None,
    )


def _webhook(row: Mapping[str, Any]) -> DeadLetter:
    return DeadLetter(
        kind="webhook",
        **{name: row[name] for name in ("home_id", "endpoint_id", "seq", "type", "payment_id", "attempts")},
        error=row["last_error"] or f"status {row['last_status']}",
        since=from_micros(row["queued_at"]),
    )


def _handler(row: Mapping[str, Any]) -> DeadLetter:
    return DeadLetter(
        kind="handler",
        endpoint_id=None,
        **{name: row[name] for name in ("home_id", "seq", "type")},
        payment_id=row["payment_id"] or None,
        attempts=row["tries"] or 0,
        error=row["error"] or "",
        since=from_micros(row["at"]),
    )


_endpoints = sa.and_(
    _at.tenant_id == bindparam("tenant_id"),
    _at.home_id == bindparam("home_id"),
    _at.endpoint_id == bindparam("endpoint_id"),
)
_PAGE: Final = (
    sa.select(webhook_delivery)
    .where(_endpoints, _at.seq < bindparam("before"))
    .order_by(_at.seq.desc())
    .limit(bindparam("count"))
)
_PAGE_OF_STATE: Final = _PAGE.where(_at.state == bindparam("state"))


def _again(*claims: ColumnElement[bool]) -> sa.Update:
    """Return the UPDATE that puts deliveries on their way with a schedule of their own; RETURNING tells how many."""
    of = ("tenant_id", "home_id", "endpoint_id", "seq")
    chosen = sa.select(*(_at[name] for name in of)).where(*claims).order_by(_at.seq).limit(RESENT_MAX).subquery()
    return (
        sa.update(webhook_delivery)
        .where(*(_at[name] == chosen.c[name] for name in of))
        .values(state="pending", queued_at=bindparam("now"), next_at=bindparam("now"), tried_at=0)
    )


_RESEND_DEAD: Final = _again(_endpoints, _at.state == "dead").returning(_at.seq)
_RESEND_NAMED: Final = _again(_endpoints, _at.event_id.in_(bindparam("event_ids", expanding=True))).returning(_at.seq)

_DEAD: Final = (_at.tenant_id == bindparam("tenant_id"), _at.state == "dead")
_DEAD_WEBHOOKS: Final = sa.select(webhook_delivery).where(*_DEAD).order_by(_at.queued_at).limit(PAGE)
_COUNT_WEBHOOKS: Final = sa.select(sa.func.count().label("n")).select_from(webhook_delivery).where(*_DEAD)
_POISON: Final = (_ev.tenant_id == bindparam("tenant_id"), _ev.state == "poison", _ev.stream == "work")
_same_event = sa.and_(
    relay_try.c.tenant_id == _ev.tenant_id, relay_try.c.home_id == _ev.home_id, relay_try.c.seq == _ev.seq
)
_DEAD_EVENTS: Final = (
    sa.select(event, relay_try.c.tries, relay_try.c.error)
    .outerjoin(relay_try, _same_event)
    .where(*_POISON)
    .order_by(_ev.at)
    .limit(PAGE)
)
_COUNT_EVENTS: Final = sa.select(sa.func.count().label("n")).select_from(event).where(*_POISON)


def _of_home(column: ColumnElement[str]) -> ColumnElement[bool]:
    return sa.or_(column == bindparam("home_id"), bindparam("every", type_=sa.BigInteger) == 1)


_REVIVE_WEBHOOKS: Final = _again(*_DEAD, _of_home(_at.home_id)).returning(_at.seq)
_REVIVE_EVENTS: Final = (
    sa.update(event).where(*_POISON, _of_home(_ev.home_id)).values(state="pending").returning(_ev.seq)
)
_FORGET_TRIES: Final = sa.delete(relay_try).where(
    relay_try.c.tenant_id == bindparam("tenant_id"),
    sa.exists().where(_same_event, *_POISON, _of_home(_ev.home_id)),
)
