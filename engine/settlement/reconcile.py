"""Compares a merchant's own record of a day with its statement and names each difference, by row and column.

Payments are matched by order, refunds by their id. What is not in the day's statement is looked for elsewhere, so that
a difference says what there is: another day's statement, an order that was released, one that is not settled yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import bindparam

from engine.checkout.payment import order_claim, payment, payment_part
from engine.desk import Desk
from engine.money import format_minor
from engine.programs.cursor import FIRST
from engine.settlement.listing import Found, entries_script
from engine.settlement.statement import statement_entry
from engine.settlement.their_file import TheirRow, read_file
from engine.store.script import Row, Script, query, select_any, select_keys
from engine.wire.statements import Difference, Reconciliation

PAGE: Final = 1_000
#: (order, refund): what a row and an entry are matched by; payments have no refund.
Key = tuple[str, str]


class Known(Struct, frozen=True, kw_only=True):
    """Everything we have about what the file names."""

    entries: dict[Key, Row]  # of the statement
    days: dict[Key, str]  # of what stands in other statements
    orders: dict[str, Row]  # payments of the orders that are not in the statement, by order_ref
    parts: dict[str, int]  # what was paid to the merchant of each of these, by payment id


async def reconcile(desk: Desk, found: Found, content: bytes) -> Reconciliation:
    """Compare the file *content* with a statement.

    Raises: Invalid ``file_malformed``, ``too_large``.
    """
    currency = str(found.row["currency"])
    theirs = read_file(content, currency)
    known = await desk.database.snapshot(_known_script(found, theirs))
    differences = [*_of_rows(theirs, known, currency), *_missing_there(theirs, known, currency)]
    rows_with = {one.row for one in differences if one.row is not None}
    return Reconciliation(
        day=found.row["day"],
        currency=currency,
        rows=len(theirs),
        matched=len(theirs) - len(rows_with),
        differences=tuple(differences),
    )


def _key(one: TheirRow) -> Key:
    return ("", one.refund_id) if one.refund_id else (one.order_ref, "")


def _key_of(entry: Row) -> Key:
    return (entry["order_ref"], "") if entry["kind"] == "payment" else ("", entry["entry_id"])


def _of_rows(theirs: Sequence[TheirRow], known: Known, currency: str) -> Iterator[Difference]:
    """Yield how each row of the file differs."""
    seen: Counter[Key] = Counter()
    for one in theirs:
        seen[_key(one)] += 1
        entry = known.entries.get(_key(one))
        if seen[_key(one)] > 1:
            column = "refund_id" if one.refund_id else "order_ref"
            yield _difference("duplicate", one, column, theirs=one.refund_id or one.order_ref)
        elif entry is not None:
            yield from _of_entry(one, entry, currency)
        elif one.state != "refunded":
            yield from _of_order(one, known, currency)
        else:
            day = known.days.get(_key(one))
            yield _difference("day" if day else "missing_here", one, "refund_id", theirs=one.refund_id, ours=day)


def _of_entry(one: TheirRow, entry: Row, currency: str) -> Iterator[Difference]:
    """Yield in what a row and its entry differ."""
    state, amount_minor = ("refunded" if entry["kind"] == "refund" else "paid"), abs(entry["paid_minor"])
    if one.state != state:
        yield _difference("state", one, "state", theirs=one.state, ours=state)
    elif one.amount_minor != amount_minor:
        ours, theirs = format_minor(amount_minor, currency), format_minor(one.amount_minor, currency)
        yield _difference("amount", one, "amount", theirs=theirs, ours=ours)
    if one.order_ref != entry["order_ref"]:
        yield _difference("order", one, "order_ref", theirs=one.order_ref, ours=entry["order_ref"])


def _of_order(one: TheirRow, known: Known, currency: str) -> Iterator[Difference]:
    """Yield how a payment's row differs that is not in the statement."""
    order = known.orders.get(one.order_ref)
    state = "cancelled" if order is None or order["state"] in _NOT_TAKEN else str(order["state"])
    if one.state == "cancelled":
        if state != "cancelled":
            yield _difference("state", one, "state", theirs=one.state, ours="paid" if state == "committed" else state)
    elif order is None:
        yield _difference("missing_here", one, "order_ref", theirs=one.order_ref)
    elif state != "committed":
        yield _difference("state", one, "state", theirs=one.state, ours=str(order["state"]))
    elif day := known.days.get(_key(one)):
        yield _difference("day", one, "order_ref", theirs=one.order_ref, ours=day)
    elif known.parts.get(order["payment_id"], 0) or one.amount_minor:
        paid = format_minor(known.parts.get(order["payment_id"], 0), currency)
        yield _difference("missing_here", one, "order_ref", theirs=one.order_ref, ours=f"{paid}, not settled yet")


def _missing_there(theirs: Sequence[TheirRow], known: Known, currency: str) -> Iterator[Difference]:
    """Yield what the statement has and the file does not."""
    keys = {_key(one) for one in theirs}
    for key, entry in known.entries.items():
        if key not in keys:
            amount = format_minor(entry["paid_minor"] or entry["other_minor"], currency)
            yield Difference(
                kind="missing_there",
                row=None,
                column=None,
                order_ref=entry["order_ref"],
                refund_id=entry["refund_id"] or None,
                theirs=None,
                ours=f"{entry['kind']} of {amount}",
                detail=f"Your file has no row of the {_named(entry)}: {amount} {currency}.",
            )


def _named(entry: Row) -> str:
    return {
        "payment": f"payment of order {entry['order_ref']}",
        "refund": f"refund {entry['refund_id']} of order {entry['order_ref']}",
        "chargeback": f"chargeback {entry['refund_id']} of order {entry['order_ref']}",
    }.get(entry["kind"], f"entry {entry['entry_id']}")


def _difference(kind: str, one: TheirRow, column: str, *, theirs: str, ours: str | None = None) -> Difference:
    return Difference(
        kind=kind,  # type: ignore[arg-type]  # one of the words below
        row=one.row,
        column=column,
        order_ref=one.order_ref,
        refund_id=one.refund_id or None,
        theirs=theirs,
        ours=ours,
        detail=f"Row {one.row}, column {column}: {_SENTENCES[kind].format(theirs=theirs, ours=ours or 'nothing')}",
    )


_SENTENCES: Final[Mapping[str, str]] = {
    "missing_here": "you have {theirs}, the statement has not; we have {ours}.",
    "amount": "you have {theirs}, we have {ours}.",
    "state": "you have it as {theirs}, we as {ours}.",
    "day": "you have {theirs} on this day, it is in the statement of {ours}.",
    "order": "you have it for order {theirs}, we for {ours}.",
    "duplicate": "{theirs} stands in your file before.",
}
_NOT_TAKEN: Final = frozenset({"released", "expired"})


def _known_script(found: Found, theirs: Sequence[TheirRow]) -> Script[Known]:
    entries = yield from _entries_script(found)
    missing = [one for one in theirs if _key(one) not in entries]
    orders = yield from _orders_script(found, [one.order_ref for one in missing if not one.refund_id])
    parts = yield from _parts_script(found, list(orders.values()))
    days = yield from _days_script(found, missing, orders)
    return Known(entries=entries, days=days, orders=orders, parts=parts)


def _entries_script(found: Found) -> Script[dict[Key, Row]]:
    entries: dict[Key, Row] = {}
    after = FIRST
    while rows := (yield from entries_script(found, after, PAGE)):
        entries.update({_key_of(row): row for row in rows})
        after = (rows[-1]["at"], rows[-1]["entry_id"])
    return entries


def _orders_script(found: Found, order_refs: Sequence[str]) -> Script[dict[str, Row]]:
    """Return the payments of orders of the merchant's own till, by order_ref, as they stand."""
    tenant_id, merchant_id = found.row["tenant_id"], found.merchant.id
    claims = (
        (yield select_keys(order_claim, [(tenant_id, merchant_id, ref) for ref in order_refs])) if order_refs else []
    )
    held = {row["payment_id"]: row for row in claims if row["payment_id"]}
    rows = yield query(_STATES, tenant_id=tenant_id, payment_ids=list(held))
    return {held[row["payment_id"]]["order_ref"]: row for row in rows}


def _parts_script(found: Found, orders: Sequence[Row]) -> Script[dict[str, int]]:
    keys = [(row["tenant_id"], row["home_id"], row["payment_id"], found.merchant.id) for row in orders]
    rows = (yield select_keys(payment_part, keys)) if keys else []
    return {row["payment_id"]: row["paid_minor"] for row in rows}


def _days_script(found: Found, missing: Sequence[TheirRow], orders: Mapping[str, Row]) -> Script[dict[Key, str]]:
    """Return in which other day's statement each of *missing* stands."""
    ids = [one.refund_id for one in missing if one.refund_id] + [row["payment_id"] for row in orders.values()]
    keys = [(found.row["tenant_id"], found.merchant.id, id_) for id_ in ids]
    rows = (yield select_any(statement_entry, ("tenant_id", "home_id", "entry_id"), keys)) if keys else []
    return {_key_of(row): row["day"] for row in rows if row["currency"] == found.row["currency"]}


_STATES: Final = sa.select(payment.c.tenant_id, payment.c.home_id, payment.c.payment_id, payment.c.state).where(
    payment.c.tenant_id == bindparam("tenant_id"),
    payment.c.payment_id.in_(bindparam("payment_ids", expanding=True)),
)
