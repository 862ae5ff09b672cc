"""One event on its way to one endpoint: what is due, and what came of it.

Of the events of one payment only the first that is not done is sent (*heads*), so an endpoint meets them in order.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Index, Table, Text, bindparam

from engine.outbox.endpoint import webhook_endpoint
from engine.outbox.merchant_feed import merchant_event
from engine.outbox.post import GONE, Outcome
from engine.outbox.retry import LIFE, PROBE_FRESH, Health, accepted, failed, next_try
from engine.store.metadata import metadata
from engine.store.script import Row, Script, execute, lock, query, select_keys, update

log = logging.getLogger("youhui.webhooks")

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the merchant
    Column("endpoint_id", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # of the merchant's feed
    Column("event_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("payment_id", Text, nullable=False),
    Column("state", Text, nullable=False),  # pending | delivered | dead
    Column("queued_at", BigInteger, nullable=False),  # its schedule counts from here
    Column("next_at", BigInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("tried_at", BigInteger, nullable=False),  # 0: never
    Column("last_status", BigInteger, nullable=False),  # 0: none
    Column("last_error", Text, nullable=False),
    Index("webhook_delivery_by_state", "tenant_id", "home_id", "endpoint_id", "state", "seq"),
    Index("webhook_delivery_by_payment", "tenant_id", "home_id", "endpoint_id", "payment_id", "seq"),
    Index("webhook_delivery_by_age", "tenant_id", "state", "queued_at"),
)
EndpointKey = tuple[str, str, str]
#: Deliveries forgotten in one transaction.
PRUNED_MAX: Final = 1_000
HEALTH: Final = Health.__struct_fields__


class Batch(NamedTuple):
    """What may go to an endpoint now; each delivery's row has the ``body`` of its event."""

    endpoint: Row
    deliveries: Sequence[Row]


def health_of(endpoint: Mapping[str, Any]) -> Health:
    """Return the health in the row of an *endpoint*."""
    return Health(**{name: endpoint[name] for name in HEALTH})


def queued(endpoint: Mapping[str, Any], event: Mapping[str, Any], now: int) -> Row:
    """Return the row of *event* on its way to *endpoint*, due at once."""
    shared = ("tenant_id", "home_id", "seq", "event_id", "type", "payment_id")
    fresh = {"state": "pending", "queued_at": now, "next_at": now, "attempts": 0, "tried_at": 0}
    none = {"last_status": 0, "last_error": ""}
    return {**{name: event[name] for name in shared}, "endpoint_id": endpoint["endpoint_id"], **fresh, **none}


def ready_script(tenant_id: str, now: int, count: int) -> Script[list[EndpointKey]]:
    """Return endpoints to which something may go now, those that waited longest first."""
    rows = yield query(_READY, tenant_id=tenant_id, now=now, fresh_before=now - PROBE_FRESH, count=count)
    return [(row["tenant_id"], row["home_id"], row["endpoint_id"]) for row in rows]


def batch_script(key: EndpointKey, now: int, count: int) -> Script[Batch | None]:
    """Return up to *count* heads that are due at the endpoint, one when it is down; None when there are none."""
    endpoints = yield select_keys(webhook_endpoint, [key])
    if not endpoints or endpoints[0]["state"] != "enabled":
        return None
    endpoint = endpoints[0]
    place = _place(key)
    if not endpoint["down"]:
        heads = yield query(_DUE, **place, now=now, released_at=endpoint["released_at"], count=count)
    elif (yield query(_IS_READY, **place, now=now, fresh_before=now - PROBE_FRESH)):
        heads = yield query(_PROBE, **place)
    else:
        heads = []
    return Batch(endpoint, heads) if heads else None


def record_script(key: EndpointKey, outcomes: Sequence[tuple[Row, Outcome]], now: int) -> Script[None]:
    """Write down what came of deliveries: done, due again, or dead; and how the endpoint does.

    A delivery that is not pending any more, or whose endpoint is deleted, stays as it is.
    """
    endpoints = yield lock(webhook_endpoint, [key])
    if not endpoints or endpoints[0]["state"] == "deleted":
        return
    rows = yield lock(webhook_delivery, [(*key, row["seq"]) for row, _ in outcomes])
    row_by_seq = {row["seq"]: row for row in rows if row["state"] == "pending"}
    endpoint, health, changes = endpoints[0], health_of(endpoints[0]), []
    for sent, outcome in outcomes:
        health = accepted(health, now) if outcome.is_accepted else failed(health, sent["payment_id"], now)
        if sent["seq"] in row_by_seq:
            changes.append(_after(row_by_seq[sent["seq"]], outcome, health, endpoint, now))
    if changes:
        yield update(webhook_delivery, changes)
    yield update(webhook_endpoint, [_endpoint_after(endpoint, [outcome for _, outcome in outcomes], health)])
    if health.down:
        yield execute(_BURY, **_place(key), before=now - LIFE)


def prune_script(tenant_id: str, before: int) -> Script[int]:
    """Forget up to ``PRUNED_MAX`` deliveries that were queued before *before* and are done; return how many."""
    return len((yield execute(_PRUNE, tenant_id=tenant_id, before=before)))


def _place(key: EndpointKey) -> dict[str, str]:
    return dict(zip(("tenant_id", "home_id", "endpoint_id"), key, strict=True))


def _after(row: Row, outcome: Outcome, health: Health, endpoint: Row, now: int) -> Row:
    key = {name: row[name] for name in ("tenant_id", "home_id", "endpoint_id", "seq")}
    told = {"attempts": row["attempts"] + 1, "tried_at": now, "last_status": outcome.status}
    told["last_error"] = outcome.error
    if outcome.is_accepted:
        return {**key, **told, "state": "delivered", "next_at": row["next_at"]}
    next_at = next_try(health, max(row["queued_at"], endpoint["enabled_at"]), now)
    if next_at is None:
        log.error("webhook_dead: %s to %s after %s tries", row["event_id"], row["endpoint_id"], row["attempts"] + 1)
        return {**key, **told, "state": "dead", "next_at": row["next_at"]}
    return {**key, **told, "state": "pending", "next_at": next_at}


def _endpoint_after(endpoint: Row, outcomes: Sequence[Outcome], health: Health) -> Row:
    last = outcomes[-1]
    is_gone = any(outcome.status == GONE for outcome in outcomes)
    if is_gone:
        log.warning("webhook_gone: endpoint %s answered 410 and is disabled", endpoint["endpoint_id"])
    return {
        **{name: endpoint[name] for name in ("tenant_id", "home_id", "endpoint_id")},
        **{name: getattr(health, name) for name in HEALTH},
        "state": "disabled" if is_gone else endpoint["state"],
        "reason": "gone" if is_gone else endpoint["reason"],
        "last_status": last.status,
        "last_error": last.error,
    }


_one, _earlier, _end = webhook_delivery.c, webhook_delivery.alias("earlier"), webhook_endpoint.c
_here = sa.and_(
    _one.tenant_id == bindparam("tenant_id"),
    _one.home_id == bindparam("home_id"),
    _one.endpoint_id == bindparam("endpoint_id"),
    _one.state == "pending",
)
_is_head = ~sa.exists().where(
    _earlier.c.tenant_id == _one.tenant_id,
    _earlier.c.home_id == _one.home_id,
    _earlier.c.endpoint_id == _one.endpoint_id,
    _earlier.c.payment_id == _one.payment_id,
    _earlier.c.seq < _one.seq,
    _earlier.c.state == "pending",
)
_same = sa.and_(
    merchant_event.c.tenant_id == _one.tenant_id,
    merchant_event.c.home_id == _one.home_id,
    merchant_event.c.seq == _one.seq,
)
_HEADS: Final = sa.select(webhook_delivery, merchant_event.c.body).join(merchant_event, _same).where(_here, _is_head)
_now = bindparam("now", type_=BigInteger)
#: Tried later than now: the clock went back; such are due, or they would wait for it.
_DUE: Final = (
    _HEADS.where((_one.next_at <= _now) | (_one.tried_at < bindparam("released_at")) | (_one.tried_at > _now))
    .order_by(_one.seq)
    .limit(bindparam("count"))
)
_PROBE: Final = _HEADS.order_by(_one.tried_at, _one.seq).limit(1)


def _waiting(*claims: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether a head with *claims* waits for the endpoint."""
    at_endpoint = (
        _one.tenant_id == _end.tenant_id,
        _one.home_id == _end.home_id,
        _one.endpoint_id == _end.endpoint_id,
        _one.state == "pending",
    )
    return sa.exists().where(*at_endpoint, *claims, _is_head).correlate(webhook_endpoint)


_due = (_end.down == 0) & _waiting((_one.next_at <= _now) | (_one.tried_at < _end.released_at) | (_one.tried_at > _now))
_probed = (_end.down == 1) & sa.or_(
    sa.and_((_end.probe_at <= _now) | (_end.tried_at > _now), _waiting()),
    sa.and_(_end.tried_at <= bindparam("fresh_before"), _waiting(_one.attempts == 0)),
)
_READY: Final = (
    sa.select(_end.tenant_id, _end.home_id, _end.endpoint_id)
    .where(_end.tenant_id == bindparam("tenant_id"), _end.state == "enabled", _due | _probed)
    .order_by(_end.tried_at)
    .limit(bindparam("count"))
)
_IS_READY: Final = sa.select(_end.endpoint_id).where(
    _end.tenant_id == bindparam("tenant_id"),
    _end.home_id == bindparam("home_id"),
    _end.endpoint_id == bindparam("endpoint_id"),
    _probed,
)
#: A down endpoint is probed with one event at a time; the others grow too old all the same.
_BURY: Final = (
    sa.update(webhook_delivery)
    .where(
        _here,
        _one.queued_at <= bindparam("before"),
        sa.exists().where(
            _end.tenant_id == _one.tenant_id,
            _end.home_id == _one.home_id,
            _end.endpoint_id == _one.endpoint_id,
            _end.enabled_at <= bindparam("before"),
        ),
    )
    .values(state="dead")
)
_KEY: Final = ("tenant_id", "home_id", "endpoint_id", "seq")
_old = (
    sa.select(*(_one[name] for name in _KEY))
    .where(_one.tenant_id == bindparam("tenant_id"), _one.state == "delivered", _one.queued_at < bindparam("before"))
    .order_by(_one.queued_at)
    .limit(PRUNED_MAX)
)
_PRUNE: Final = (
    sa.delete(webhook_delivery).where(sa.tuple_(*(_one[name] for name in _KEY)).in_(_old)).returning(_one.seq)
)
