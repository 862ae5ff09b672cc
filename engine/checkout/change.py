"""Changes a payment that exists: finds its home and what to lock, then does the change under the locks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from engine.checkout import give
from engine.checkout.booking import takes_of
from engine.checkout.chargeback_rows import chargebacks_read
from engine.checkout.opened import Opened, books_of, locks, opened, reads
from engine.checkout.payment import order_claim, payment
from engine.checkout.rail_orders import CARD, orders_read
from engine.checkout.receipt import unknown
from engine.checkout.request import Request
from engine.desk import Desk
from engine.ledger import counters, transfers
from engine.ledger.counters import counter_lock
from engine.ledger.work import Answer, Lock, Read, Rows, Work
from engine.programs.coupon import coupon
from engine.rules.decision import Decision
from engine.store.script import Row, Script, select

Change = Callable[[Opened], Answer]


class Found(NamedTuple):
    """A payment's row as it was before the locks: where it lives and what never changes of it."""

    row: Row

    @property
    def key(self) -> tuple[str, str, str]:
        """Its primary key."""
        return (self.row["tenant_id"], self.row["home_id"], self.row["payment_id"])


async def find(desk: Desk, merchant_id: str, payment_id: str) -> Found:
    """Find the payment that *merchant_id* charged. Raises: NotFound ``payment_not_found``, also for another's."""
    row = await desk.database.read(payment_row_script(desk.settings.tenant_id, payment_id))
    if row is None or row["merchant_id"] != merchant_id:
        raise unknown(payment_id)
    return Found(row)


async def submit(
    desk: Desk,
    found: Found,
    request: Request | None,
    change: Change,
    *,
    more: Sequence[Read] = (),
    more_locks: Sequence[Lock] = (),
) -> Answer:
    """Do *change* under the locks, under *request*'s key (none: the payment's state makes it safe to repeat)."""
    now = desk.clock.now()
    decision = msgspec.json.decode(found.row["decision"], type=Decision)
    caller, key, fingerprint = request or Request("job:payments", "", b"")
    answer = await desk.sequencer.submit(
        Work(
            tenant_id=desk.settings.tenant_id,
            caller=caller,
            key=key or None,
            fingerprint=fingerprint,
            locks=[*_locks(found, decision), *more_locks],
            reads=[*reads(found.key), *_reads(found, decision), *more],
            decide=_deciding(found, now, change),
        )
    )
    desk.wake(found.row["home_id"])
    return answer


def _deciding(found: Found, now: datetime, change: Change) -> Callable[[Rows], Answer]:
    def decide(rows: Rows) -> Answer:
        return change(opened(books_of(rows, found.row, now), found.row))

    return decide


def claim_key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the key of the claim that a payment's *row* holds on its order."""
    return (row["tenant_id"], row["merchant_id"], row["order_ref"])


def payment_row_script(tenant_id: str, payment_id: str) -> Script[Row | None]:
    """Read a payment's row by its id."""
    rows = yield select(payment, tenant_id=tenant_id, payment_id=payment_id)
    return rows[0] if rows else None


def _locks(found: Found, decision: Decision) -> list[Lock]:
    tenant_id, member_id, _ = found.key
    limits = [counter_lock(tenant_id, take.key) for take in takes_of(decision)]
    spent = [Lock(coupon, (tenant_id, member_id, one.coupon_id)) for one in decision.applied if one.coupon_id]
    return [*locks(found.key, found.row["currency"]), Lock(order_claim, claim_key(found.row)), *limits, *spent]


def _reads(found: Found, decision: Decision) -> list[Read]:
    tenant_id, member_id, payment_id = found.key
    issued = [one.coupon_campaign_id for one in decision.rewards if one.coupon_campaign_id]
    return [
        *give.reads(tenant_id, member_id, issued),
        Read(coupon, {"tenant_id": tenant_id, "home_id": member_id, "issued_by": payment_id}),
        counters.entries_read(tenant_id, payment_id),
        transfers.transfers_read(tenant_id, member_id, payment_id),
        *([orders_read(found.key), chargebacks_read(found.key)] if found.row["tool"] == CARD else []),
    ]
