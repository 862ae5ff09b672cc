"""Takes what happened to payments over into the feeds of the merchants who charged them, and on its way to webhooks.

The payment's transaction wrote its event for the member's own feed; nothing more is written there. This relay looks for
such events by state, never by ``id > last``, and marks them in the transaction that tells the merchant: each is taken
over once, in the order of its member, so in the order of its payment.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam

from engine.checkout.payment import payment
from engine.desk import Desk
from engine.outbox.delivery import queued, webhook_delivery
from engine.outbox.endpoint import webhook_endpoint
from engine.outbox.events import event
from engine.outbox.merchant_feed import EMPTY_MERCHANT_FEED, merchant_event, merchant_feed
from engine.store.instants import from_micros, to_micros
from engine.store.script import Row, Script, insert, insert_missing, lock, query, select_any, update
from engine.wire.webhooks import EVENT_TYPES, ChargebackTold, MerchantEvent, PaymentTold, RefundTold

#: Members, and events of theirs, taken over in one transaction.
MEMBERS_MAX: Final = 100
EVENTS_MAX: Final = 500
log = logging.getLogger("youhui.outbox")
_AMOUNTS: Final = ("list_minor", "discount_minor", "paid_minor", "refunded_minor")


async def tell_merchants(desk: Desk) -> int:
    """Take over what happened and return how many events that were; call again while there are some."""
    tenant_id = desk.settings.tenant_id
    members = await desk.database.read(_members_script(tenant_id))
    if not members:
        return 0
    return await desk.database.write(_take_over(tenant_id, members, to_micros(desk.clock.now())))


def _members_script(tenant_id: str) -> Script[list[str]]:
    """Return the members who have events to take over, those that wait longest first."""
    rows = yield query(_OLDEST, tenant_id=tenant_id)
    return list(dict.fromkeys(row["home_id"] for row in rows))[:MEMBERS_MAX]


def _take_over(tenant_id: str, members: Sequence[str], now: int) -> Script[int]:
    seen = yield query(_PENDING, tenant_id=tenant_id, members=list(members))
    # Another process may have been quicker: what counts is the state under the lock.
    held = yield lock(event, [(tenant_id, row["home_id"], "member", row["seq"]) for row in seen])
    fresh = sorted((row for row in held if row["state"] == "pending"), key=itemgetter("home_id", "seq"))
    if not fresh:
        return 0
    of_merchants = [row for row in fresh if row["type"] in EVENT_TYPES]
    payments = yield query(_PAYMENTS, tenant_id=tenant_id, ids=sorted({row["payment_id"] for row in of_merchants}))
    payment_by_id = {row["payment_id"]: row for row in payments}
    lost = [row for row in of_merchants if row["payment_id"] not in payment_by_id]
    yield from _tell(tenant_id, [row for row in of_merchants if row not in lost], payment_by_id, now)
    yield update(event, [_marked(row, "poison" if row in lost else "done") for row in fresh])
    return len(fresh)


def _marked(row: Row, state: str) -> Row:
    if state == "poison":
        log.error("event_set_aside: %s of %s tells of a payment that is not there", row["seq"], row["home_id"])
    return {**{name: row[name] for name in ("tenant_id", "home_id", "stream", "seq")}, "state": state}


def _tell(tenant_id: str, told: Iterable[Row], payment_by_id: Mapping[str, Row], now: int) -> Script[None]:
    """Give the events of each merchant their numbers and put them on their way to its endpoints."""
    by_merchant: defaultdict[str, list[Row]] = defaultdict(list)
    for row in told:
        by_merchant[payment_by_id[row["payment_id"]]["merchant_id"]].append(row)
    homes = [(tenant_id, id_) for id_ in sorted(by_merchant)]
    if not homes:
        return
    yield insert_missing(merchant_feed, [_feed_row(home, **EMPTY_MERCHANT_FEED) for home in homes])
    feeds = yield lock(merchant_feed, homes)
    last_by_merchant = {row["home_id"]: int(row["last_seq"]) for row in feeds}
    endpoints = yield select_any(
        webhook_endpoint, ("tenant_id", "home_id", "state"), [(*home, "enabled") for home in homes]
    )
    events = [
        _merchant_event(row, payment_by_id[row["payment_id"]], seq)
        for id_, rows in by_merchant.items()
        for seq, row in enumerate(rows, last_by_merchant[id_] + 1)
    ]
    yield insert(merchant_event, events)
    deliveries = _deliveries(events, endpoints, now)
    if deliveries:
        yield insert(webhook_delivery, deliveries)
    yield update(
        merchant_feed,
        [_feed_row(home, last_seq=last_by_merchant[home[1]] + len(by_merchant[home[1]])) for home in homes],
    )


def _deliveries(events: Iterable[Row], endpoints: Iterable[Row], now: int) -> list[Row]:
    by_merchant = {id_: list(rows) for id_, rows in groupby(endpoints, key=itemgetter("home_id"))}
    return [
        queued(endpoint, one, now)
        for one in events
        for endpoint in by_merchant.get(one["home_id"], ())
        if one["type"] in (json.loads(endpoint["types"]) or EVENT_TYPES)
    ]


def _feed_row(home: tuple[str, str], **values: int) -> dict[str, Any]:
    return {"tenant_id": home[0], "home_id": home[1], **values}


def _merchant_event(row: Row, paid: Row, seq: int) -> Row:
    event_id = _event_id(row)
    told = MerchantEvent(
        id=event_id, seq=seq, type=row["type"], timestamp=from_micros(row["at"]), data=_told(row, paid)
    )
    return {
        "tenant_id": row["tenant_id"],
        "home_id": paid["merchant_id"],
        "seq": seq,
        "event_id": event_id,
        "type": row["type"],
        "at": row["at"],
        "payment_id": row["payment_id"],
        "body": msgspec.json.encode(told).decode(),
    }


def _told(row: Row, paid: Row) -> PaymentTold:
    """Return what a merchant learns: of the payment, nothing of the shopper."""
    body = msgspec.json.decode(row["body"])
    is_refund, is_chargeback = row["type"] == "payment.refunded", row["type"] == "payment.charged_back"
    return PaymentTold(
        payment_id=row["payment_id"],
        order_ref=paid["order_ref"],
        shop_id=paid["shop_id"] or None,
        state=body["state"],
        currency=body["currency"],
        **{name: body[name] for name in _AMOUNTS},
        discounts=body.get("discounts", {}),
        refund=RefundTold(refund_id=body["refund_id"], amount_minor=body["amount_minor"]) if is_refund else None,
        chargeback=msgspec.convert(body, ChargebackTold) if is_chargeback else None,
    )


def _event_id(row: Row) -> str:
    """Return the event's id: made of its place, so the same however often it is taken over; it tells no member."""
    place = f"{row['tenant_id']}|{row['home_id']}|{row['stream']}|{row['seq']}"
    return f"evt_{hashlib.blake2b(place.encode(), digest_size=16).hexdigest()}"


_pending = sa.and_(event.c.tenant_id == bindparam("tenant_id"), event.c.state == "pending", event.c.stream == "member")
_OLDEST: Final = sa.select(event.c.home_id).where(_pending).order_by(event.c.at).limit(EVENTS_MAX)
#: A member's numbers are taken from the lowest on: a limit cuts the highest off.
_PENDING: Final = (
    sa.select(event.c.home_id, event.c.seq)
    .where(_pending, event.c.home_id.in_(bindparam("members", expanding=True)))
    .order_by(event.c.home_id, event.c.seq)
    .limit(EVENTS_MAX)
)
_PAYMENTS: Final = sa.select(
    *(payment.c[name] for name in ("payment_id", "merchant_id", "order_ref", "shop_id"))
).where(payment.c.tenant_id == bindparam("tenant_id"), payment.c.payment_id.in_(bindparam("ids", expanding=True)))
