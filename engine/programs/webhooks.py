"""A merchant's webhook endpoints: register, list, change, rotate the secret, remove."""

from __future__ import annotations

import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple, NoReturn

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam

from engine.desk import Desk
from engine.errors import Conflict, NotFound
from engine.ledger.work import Answer, Lock, Read, Rows, Work
from engine.outbox.address import check_url
from engine.outbox.delivery import webhook_delivery
from engine.outbox.endpoint import webhook_endpoint
from engine.outbox.merchant_feed import EMPTY_MERCHANT_FEED, merchant_feed
from engine.outbox.retry import Health
from engine.outbox.signature import new_secret
from engine.store.instants import from_micros, to_micros
from engine.store.script import Script, lock, query, select, update
from engine.wire.webhooks import (
    WebhookEndpoint,
    WebhookEndpointChange,
    WebhookEndpointRequest,
    WebhookEndpoints,
    WebhookEndpointWithSecret,
)

ENDPOINTS_MAX: Final = 10
#: After a rotation the secret of before signs too, so that receivers can change over in peace.
BOTH_SECRETS_FOR: Final = timedelta(hours=24)
_REST: Final = {"previous_secret": "", "previous_until": 0, "last_status": 0, "last_error": "", "reason": ""}


class Once(NamedTuple):
    """Who asks for a write that must not happen twice: scope, Idempotency-Key, fingerprint."""

    caller: str
    key: str
    fingerprint: bytes


async def add_endpoint(desk: Desk, merchant_id: str, asked: WebhookEndpointRequest, once: Once) -> Answer:
    """Register an endpoint; the answer's body is a ``WebhookEndpointWithSecret``.

    Shape:  kind done, or conflict ``endpoints_full``.
    Raises: Invalid ``webhook_url_refused``.
    """
    check_url(asked.url, loopback=desk.settings.webhook_loopback)
    now, secret = to_micros(desk.clock.now()), new_secret()
    key = (desk.settings.tenant_id, merchant_id, f"ep_{secrets.token_hex(8)}")

    def decide(rows: Rows) -> Answer:
        _refuse_too_many(rows.read(webhook_endpoint, tenant_id=key[0], home_id=merchant_id))
        row = _place(key) | {
            **_REST,
            **msgspec.structs.asdict(Health()),
            "url": asked.url,
            "description": asked.description,
            "types": json.dumps(asked.types or ()),
            "state": "enabled",
            "secret": secret,
            "created_at": now,
            "enabled_at": now,
        }
        rows.insert(webhook_endpoint, **row)
        return Answer("done", "", msgspec.json.encode(_with_secret(row, Counter())))

    reads = [Read(webhook_endpoint, {"tenant_id": key[0], "home_id": merchant_id})]
    return await desk.sequencer.submit(_work(key, once, decide, [], reads))


async def rotate_secret(desk: Desk, merchant_id: str, endpoint_id: str, once: Once) -> Answer:
    """Give the endpoint a new secret; the answer's body is a ``WebhookEndpointWithSecret``.

    Raises: NotFound ``endpoint_not_found``.
    """
    now, secret = desk.clock.now(), new_secret()
    key = (desk.settings.tenant_id, merchant_id, endpoint_id)

    def decide(rows: Rows) -> Answer:
        row = rows.get(webhook_endpoint, key)
        if row is None or row["state"] == "deleted":
            _unknown(endpoint_id)
        until = to_micros(now + BOTH_SECRETS_FOR)
        rows.update(webhook_endpoint, key, previous_secret=row["secret"], secret=secret, previous_until=until)
        after = rows.get(webhook_endpoint, key) or {}
        return Answer("done", "", msgspec.json.encode(_with_secret(after, Counter())))

    return await desk.sequencer.submit(_work(key, once, decide, [Lock(webhook_endpoint, key)], []))


async def endpoints(desk: Desk, merchant_id: str) -> WebhookEndpoints:
    """Return the merchant's endpoints, oldest first, with how many events wait and how many are given up."""
    return await desk.database.snapshot(_endpoints_script(desk.settings.tenant_id, merchant_id))


async def endpoint(desk: Desk, merchant_id: str, endpoint_id: str) -> WebhookEndpoint:
    """Return one endpoint. Raises: NotFound ``endpoint_not_found``, also for another merchant's."""
    listed = await endpoints(desk, merchant_id)
    found = next((one for one in listed.items if one.endpoint_id == endpoint_id), None)
    return found or _unknown(endpoint_id)


async def change_endpoint(
    desk: Desk, merchant_id: str, endpoint_id: str, asked: WebhookEndpointChange
) -> WebhookEndpoint:
    """Change what *asked* names. A changed URL or a new start forgets how the endpoint did and sends what waits.

    Raises: NotFound ``endpoint_not_found``; Invalid ``webhook_url_refused``.
    """
    if asked.url is not None:
        check_url(asked.url, loopback=desk.settings.webhook_loopback)
    key, now = (desk.settings.tenant_id, merchant_id, endpoint_id), to_micros(desk.clock.now())
    await desk.database.write(_change_script(key, asked, now))
    return await endpoint(desk, merchant_id, endpoint_id)


async def remove_endpoint(desk: Desk, merchant_id: str, endpoint_id: str) -> WebhookEndpoint:
    """Remove the endpoint with its secrets and return what it was; what waits for it is not sent.

    Raises: NotFound ``endpoint_not_found``.
    """
    before = await endpoint(desk, merchant_id, endpoint_id)
    key = (desk.settings.tenant_id, merchant_id, endpoint_id)
    await desk.database.write(_update_script(key, {"state": "deleted", "secret": "", "previous_secret": ""}))
    return before


def _work(key: tuple[str, str, str], once: Once, decide: Any, locks: Sequence[Lock], reads: Sequence[Read]) -> Work:
    """Return the work on one endpoint of a merchant; the lock of its feed puts such works in a line."""
    return Work(
        tenant_id=key[0],
        caller=once.caller,
        key=once.key,
        fingerprint=once.fingerprint,
        locks=[Lock(merchant_feed, key[:2], EMPTY_MERCHANT_FEED), *locks],
        reads=reads,
        decide=decide,
    )


def _refuse_too_many(rows: Sequence[Mapping[str, object]]) -> None:
    if sum(row["state"] != "deleted" for row in rows) >= ENDPOINTS_MAX:
        raise Conflict("endpoints_full", f"There are {ENDPOINTS_MAX} endpoints already. Remove one first.")


def _change_script(key: tuple[str, str, str], asked: WebhookEndpointChange, now: int) -> Script[None]:
    changes: dict[str, Any] = {}
    if asked.types is not None:
        changes["types"] = json.dumps(asked.types)
    if asked.description is not None:
        changes["description"] = asked.description
    if asked.state == "disabled":
        changes |= {"state": "disabled", "reason": "merchant"}
    if asked.url is not None or asked.state == "enabled":
        changes |= {**msgspec.structs.asdict(Health(released_at=now)), "enabled_at": now}
    if asked.url is not None:
        changes["url"] = asked.url
    if asked.state == "enabled":
        changes |= {"state": "enabled", "reason": ""}
    yield from _update_script(key, changes)


def _update_script(key: tuple[str, str, str], changes: Mapping[str, Any]) -> Script[None]:
    rows = yield lock(webhook_endpoint, [key])
    if not rows or rows[0]["state"] == "deleted":
        _unknown(key[2])
    if changes:
        yield update(webhook_endpoint, [{**_place(key), **changes}])


def _place(key: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(("tenant_id", "home_id", "endpoint_id"), key, strict=True))


def _endpoints_script(tenant_id: str, merchant_id: str) -> Script[WebhookEndpoints]:
    rows = yield select(webhook_endpoint, tenant_id=tenant_id, home_id=merchant_id)
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in (yield query(_COUNTS, tenant_id=tenant_id, merchant_id=merchant_id)):
        counted[row["endpoint_id"]][row["state"]] = row["n"]
    listed = sorted((row for row in rows if row["state"] != "deleted"), key=lambda row: row["created_at"])
    return WebhookEndpoints(items=tuple(_shown(row, counted[row["endpoint_id"]]) for row in listed))


def _shown(row: Mapping[str, Any], counted: Counter[str]) -> WebhookEndpoint:
    return WebhookEndpoint(**_fields(row, counted))


def _with_secret(row: Mapping[str, Any], counted: Counter[str]) -> WebhookEndpointWithSecret:
    return WebhookEndpointWithSecret(**_fields(row, counted), secret=row["secret"])


def _fields(row: Mapping[str, Any], counted: Counter[str]) -> dict[str, Any]:
    instants = {
        "previous_secret_until": "previous_until",
        "accepted_at": "accepted_at",
        "failing_since": "failing_since",
    }
    return {
        **{name: row[name] for name in ("endpoint_id", "url", "description", "state")},
        "types": tuple(json.loads(row["types"])) or None,
        "disabled_because": row["reason"] or None,
        "created_at": from_micros(row["created_at"]),
        "down": bool(row["down"]),
        **{shown: from_micros(row[name]) if row[name] else None for shown, name in instants.items()},
        "last_status": row["last_status"] or None,
        "last_error": row["last_error"] or None,
        "pending": counted["pending"],
        "dead": counted["dead"],
    }


def _unknown(endpoint_id: str) -> NoReturn:
    raise NotFound("endpoint_not_found", f"No webhook endpoint {endpoint_id!r} of yours.", endpoint_id=endpoint_id)


_COUNTS: Final = (
    sa.select(webhook_delivery.c.endpoint_id, webhook_delivery.c.state, sa.func.count().label("n"))
    .where(
        webhook_delivery.c.tenant_id == bindparam("tenant_id"),
        webhook_delivery.c.home_id == bindparam("merchant_id"),
        webhook_delivery.c.state != "delivered",
    )
    .group_by(webhook_delivery.c.endpoint_id, webhook_delivery.c.state)
)
