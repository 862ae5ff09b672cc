"""What our books say that the bank did, in the words of its settlement file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam

from engine.checkout.rail_orders import rail_order
from engine.checkout.top_up import top_up_table
from engine.rails.settlement_file import STATE_BY_KIND
from engine.store.script import Row, Script, query, select_any


class Ours(NamedTuple):
    """One rail key of ours. ``state`` is the file's word when the bank moved money, else our own."""

    kind: str
    amount_minor: int
    currency: str
    state: str
    order: Row | None  # None of a top-up

    @property
    def moved(self) -> bool:
        """Whether the bank's file should have it."""
        return self.state == STATE_BY_KIND[self.kind]


def by_key_script(tenant_id: str, rail_keys: Iterable[str]) -> Script[dict[str, Ours]]:
    """Read what we know of these keys."""
    keys = [(tenant_id, key) for key in rail_keys]
    if not keys:
        return {}
    orders = yield select_any(rail_order, ("tenant_id", "rail_key"), keys)
    backs = yield select_any(rail_order, ("tenant_id", "rail_key"), [(tenant_id, f"{key}-back") for _, key in keys])
    top_ups = yield select_any(top_up_table, ("tenant_id", "top_up_id"), keys)
    return _by_key([*orders, *backs], top_ups, only={key for _, key in keys})


def of_day_script(tenant_id: str, since: int, until: int) -> Script[dict[str, Ours]]:
    """Read what we booked that the bank did in between, by its own clock."""
    orders = yield query(_ORDERS, tenant_id=tenant_id, since=since, until=until)
    top_ups = yield query(_TOP_UPS, tenant_id=tenant_id, since=since, until=until)
    return {key: one for key, one in _by_key(orders, top_ups).items() if one.moved}


def _by_key(orders: Iterable[Row], top_ups: Iterable[Row], only: set[str] | None = None) -> dict[str, Ours]:
    listed = list(orders)
    taken_back = {row["of_key"] for row in listed if row["kind"] == "reversal" and row["wants"] == "refunded"}
    found = {row["rail_key"]: _ours(row, taken_back) for row in listed if only is None or row["rail_key"] in only}
    for row in top_ups:
        state = "captured" if row["state"] == "booked" else row["state"]
        found[row["top_up_id"]] = Ours("charge", row["amount_minor"], row["currency"], state, None)
    return found


def _ours(row: Mapping[str, Any], taken_back: set[str]) -> Ours:
    state = row["state"]
    if row["kind"] == "charge" and row["rail_key"] in taken_back:
        state = "captured"  # by the bank, and given back under the reversal's key
    elif state == "reversed":
        state = row["wants"]
    return Ours(_KIND[row["kind"]], row["amount_minor"], row["currency"], state, dict(row))


_KIND: Final = {"charge": "charge", "refund": "refund", "reversal": "refund", "withdrawal": "pay_out"}
_ORDERS: Final = sa.select(rail_order).where(
    rail_order.c.tenant_id == bindparam("tenant_id"),
    rail_order.c.done_at >= bindparam("since"),
    rail_order.c.done_at < bindparam("until"),
)
_TOP_UPS: Final = sa.select(top_up_table).where(
    top_up_table.c.tenant_id == bindparam("tenant_id"),
    top_up_table.c.done_at >= bindparam("since"),
    top_up_table.c.done_at < bindparam("until"),
)
