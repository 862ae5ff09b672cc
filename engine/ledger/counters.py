"""Counters: what limits have taken, and the journal that says which payment took what.

    reserve → use → give_back (in parts)
            → release

The ceiling is an argument of the campaign version that decided, so publishing another limit touches no row. A missing
counter is zero. The journal has one entry per counter and payment; the audit rebuilds every counter from it.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, Text

from engine.errors import Conflict, Refused
from engine.ledger.work import Lock, Read, Rows
from engine.store.metadata import metadata
from engine.store.script import Row, Script, select, select_keys

#: scope kind, scope id, campaign id, limit, window start: rules' CounterKey is one.
CounterKey: TypeAlias = tuple[str, str, str, str, str]
State = Literal["reserved", "used", "released", "returned"]


def _key_columns() -> list[Column[str]]:
    names = ("tenant_id", "home_id", "scope_kind", "scope_id", "campaign_id", "limit_name", "window_start")
    return [Column(name, Text, primary_key=True) for name in names]


counter = Table(
    "counter",
    metadata,
    *_key_columns(),
    Column("used", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    CheckConstraint("used >= 0", name="used_not_negative"),
    CheckConstraint("reserved >= 0", name="reserved_not_negative"),
)
counter_entry = Table(
    "counter_entry",
    metadata,
    *_key_columns(),
    Column("payment_id", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("returned", BigInteger, nullable=False),  # of a used amount, given back by refunds
    Column("state", Text, nullable=False),
    Column("ceiling", BigInteger),  # of the version that decided; null: counted, not limited
    Column("taken_after", BigInteger, nullable=False),  # used + reserved of the counter with this entry
    CheckConstraint("amount >= 0", name="amount_not_negative"),
    CheckConstraint("returned >= 0 AND returned <= amount", name="returned_within"),
    CheckConstraint("taken_after <= ceiling", name="not_over"),
    CheckConstraint("state IN ('reserved', 'used', 'released', 'returned')", name="state_known"),
    Index("counter_entry_by_payment", "tenant_id", "payment_id"),
)


def counter_home(key: CounterKey) -> str:
    """Return where a counter lives: with its member, else with the pool that it counts for."""
    scope_kind, scope_id = key[0], key[1]
    return scope_id if scope_kind == "member" else f"{scope_kind}:{scope_id}"


def counter_lock(tenant_id: str, key: CounterKey) -> Lock:
    """Lock a counter, started at zero when missing."""
    return Lock(counter, _row_key(tenant_id, key), {"used": 0, "reserved": 0})


def entries_read(tenant_id: str, payment_id: str) -> Read:
    """Read what a locked payment took of all counters."""
    return Read(counter_entry, {"tenant_id": tenant_id, "payment_id": payment_id})


def entries_script(tenant_id: str, payment_id: str) -> Script[list[Row]]:
    """Return what a payment took of all counters, to know which to lock (``key_of``)."""
    return (yield select(counter_entry, tenant_id=tenant_id, payment_id=payment_id))


def taken_script(tenant_id: str, keys: tuple[CounterKey, ...]) -> Script[dict[CounterKey, int]]:
    """Return what each of *keys* has taken, used and reserved, without locking; zero when there is no row."""
    rows = yield select_keys(counter, [_row_key(tenant_id, key) for key in keys])
    found = {key_of(row): int(row["used"]) + int(row["reserved"]) for row in rows}
    return {key: found.get(key, 0) for key in keys}


def key_of(row: Row) -> CounterKey:
    """Return the counter's key of a row of ``counter`` or ``counter_entry``."""
    return (row["scope_kind"], row["scope_id"], row["campaign_id"], row["limit_name"], row["window_start"])


def taken(rows: Rows, tenant_id: str, key: CounterKey) -> int:
    """Return what a locked counter has taken: used and reserved."""
    row = _counter(rows, tenant_id, key)
    amount: int = row["used"] + row["reserved"]
    return amount


def reserve(rows: Rows, tenant_id: str, key: CounterKey, *, payment_id: str, amount: int, ceiling: int | None) -> None:
    """Take *amount* for a payment; a second time for the same payment adds to its entry.

    Raises: Refused ``limit_reached`` when used and reserved would pass *ceiling* (None: counted, not limited).
    """
    row = _counter(rows, tenant_id, key)
    after = row["used"] + row["reserved"] + amount
    if ceiling is not None and after > ceiling:
        raise Refused(
            "limit_reached",
            "A limit of the campaign is used up.",
            campaign_id=key[2],
            limit=key[3],
            left=max(0, ceiling - row["used"] - row["reserved"]),
        )
    rows.update(counter, _row_key(tenant_id, key), reserved=row["reserved"] + amount)
    before = _entry(rows, tenant_id, key, payment_id)
    if before is not None:
        changes = {"amount": before["amount"] + amount, "ceiling": ceiling, "taken_after": after}
        rows.update(counter_entry, (*_row_key(tenant_id, key), payment_id), **changes)
        return
    names = [column.name for column in counter.primary_key.columns]
    rows.insert(
        counter_entry,
        **dict(zip(names, _row_key(tenant_id, key), strict=True)),
        payment_id=payment_id,
        amount=amount,
        returned=0,
        state="reserved",
        ceiling=ceiling,
        taken_after=after,
    )


def use(rows: Rows, tenant_id: str, key: CounterKey, payment_id: str) -> None:
    """Turn what a payment reserved into used; its entry must be read (``entries_read``) or new.

    Raises: Conflict ``payment_state`` when it is not reserved.
    """
    amount = _leave(rows, tenant_id, key, payment_id, "used")
    row = _counter(rows, tenant_id, key)
    rows.update(counter, _row_key(tenant_id, key), used=row["used"] + amount, reserved=row["reserved"] - amount)


def release(rows: Rows, tenant_id: str, key: CounterKey, payment_id: str) -> None:
    """Give back what a payment reserved and did not use.

    Raises: Conflict ``payment_state`` when it is not reserved.
    """
    amount = _leave(rows, tenant_id, key, payment_id, "released")
    row = _counter(rows, tenant_id, key)
    rows.update(counter, _row_key(tenant_id, key), reserved=row["reserved"] - amount)


def give_back(rows: Rows, tenant_id: str, key: CounterKey, *, payment_id: str, amount: int) -> None:
    """Give back *amount* of what a payment used; all of it given back ends the entry as returned.

    Raises: Conflict ``payment_state`` when it is not used. ValueError when less is left of it than *amount*.
    """
    entry = _entry(rows, tenant_id, key, payment_id)
    if entry is None or entry["state"] != "used":
        raise _not_in_state(key, payment_id)
    returned = entry["returned"] + amount
    if amount < 0 or returned > entry["amount"]:
        raise ValueError(f"{amount} of {key} can't be given back to {payment_id}: {entry['amount']} was used")
    state = "returned" if returned == entry["amount"] else "used"
    rows.update(counter_entry, (*_row_key(tenant_id, key), payment_id), returned=returned, state=state)
    row = _counter(rows, tenant_id, key)
    rows.update(counter, _row_key(tenant_id, key), used=row["used"] - amount)


def _leave(rows: Rows, tenant_id: str, key: CounterKey, payment_id: str, state: State) -> int:
    """End the reserved state of an entry; return its amount."""
    entry = _entry(rows, tenant_id, key, payment_id)
    if entry is None or entry["state"] != "reserved":
        raise _not_in_state(key, payment_id)
    rows.update(counter_entry, (*_row_key(tenant_id, key), payment_id), state=state)
    amount: int = entry["amount"]
    return amount


def _not_in_state(key: CounterKey, payment_id: str) -> Conflict:
    return Conflict(
        "payment_state", "The limit of this payment is in another state.", payment_id=payment_id, limit=key[3]
    )


def _counter(rows: Rows, tenant_id: str, key: CounterKey) -> Row:
    row: Row | None = rows.get(counter, _row_key(tenant_id, key))
    if row is None:
        raise KeyError(f"the counter {key} is not locked with a default")
    return row


def _entry(rows: Rows, tenant_id: str, key: CounterKey, payment_id: str) -> Row | None:
    """Return the entry of a payment when it was read or is new; None when this work does not know of one."""
    try:
        row: Row | None = rows.get(counter_entry, (*_row_key(tenant_id, key), payment_id))
    except KeyError:
        return None
    return row


def _row_key(tenant_id: str, key: CounterKey) -> tuple[str, ...]:
    return (tenant_id, counter_home(key), *key)
