"""What waits to be settled: every posted transfer of a merchant's payable account that no statement has claimed.

Neither time nor id say what was seen before, only the missing line does: a transfer that commits late is found late and
never skipped. The cut-off bounds the other end: what happened in a day that is not over waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam

from engine.checkout.payment import payment, payment_cell, refund
from engine.ledger import accounts
from engine.ledger.transfers import transfer
from engine.programs.merchants import Merchant
from engine.settlement.day import end_of
from engine.settlement.entry import CAPTURED, Claimed, Entry, entry_of
from engine.settlement.statement import settlement_head, statement_line
from engine.store.instants import from_micros
from engine.store.script import Row, Script, query, select, select_any, select_keys

#: Transfers that one round takes, the oldest; a merchant with more waiting takes several rounds, not more memory.
ROUND_MAX: Final = 60_000
#: Transfers that one statement walks over.
WALK_MAX: Final = 100_000
#: Keys that one statement looks up.
KEYS_MAX: Final = 3_000
#: The transfers that settling itself makes on the payable account.
SETTLEMENT: Final = "settlement"


class Waiting(Struct, frozen=True, kw_only=True):
    """The oldest entries that wait. ``complete``: there are no others before the cut-off."""

    heads: dict[str, Row]  # currency → settlement_head, of those that are not settled so far
    entries: tuple[Entry, ...]
    complete: bool


def waiting_script(tenant_id: str, merchant: Merchant, through: date) -> Script[Waiting]:
    """Return what waits of *merchant* that happened up to the end of *through*, oldest first.

    A currency whose statement of *through* is closed is left out: what came late in it waits for the next.
    """
    heads = yield select(settlement_head, tenant_id=tenant_id, home_id=merchant.id)
    head_by_currency = {row["currency"]: row for row in heads if row["next_day"] <= through.isoformat()}
    settled = [row["currency"] for row in heads if row["currency"] not in head_by_currency]
    keys = yield from _unclaimed_script(tenant_id, merchant.id, settled)
    claimed, complete = yield from _oldest_script(tenant_id, merchant, keys, end_of(through, merchant.timezone))
    groups = _grouped(claimed if complete else _whole(claimed))
    entries = yield from _entries_script(tenant_id, merchant, groups)
    return Waiting(heads=head_by_currency, entries=tuple(entries), complete=complete)


def _unclaimed_script(tenant_id: str, merchant_id: str, settled: Sequence[str]) -> Script[list[Row]]:
    """Return the keys of every transfer of the payable account, but in *settled* currencies, that has no line.

    All of them are walked each time, in short statements: no range is ever taken for done.
    """
    known = {"tenant_id": tenant_id, "payable": accounts.payable(merchant_id)}
    keys: list[Row] = []
    for last, unclaimed in _WALKS:
        after = ""
        while end := (yield query(last, **known, after=after, count=WALK_MAX))[0]["transfer_id"]:
            more = {"merchant_id": merchant_id, "settled": list(settled), "after": after, "last": end}
            keys += yield query(unclaimed, **known, **more)
            after = end
    return keys


def _oldest_script(
    tenant_id: str, merchant: Merchant, keys: Sequence[Row], until: datetime
) -> Script[tuple[list[Claimed], bool]]:
    """Return the oldest of the transfers with *keys* that happened before *until*, and whether these are all."""
    oldest: list[Claimed] = []
    complete = True
    for place in range(0, len(keys), KEYS_MAX):
        page = keys[place : place + KEYS_MAX]
        oldest += yield from _claimed_script(tenant_id, merchant, page, until)
        if len(oldest) > ROUND_MAX:
            oldest.sort(key=_age)
            del oldest[ROUND_MAX:]
            complete = False
    return sorted(oldest, key=_age), complete


def _age(one: Claimed) -> tuple[datetime, str, str, str]:
    return (one.at, one.payment_id, one.refund_id, one.transfer_id)


def _claimed_script(tenant_id: str, merchant: Merchant, keys: Sequence[Row], until: datetime) -> Script[list[Claimed]]:
    """Return the transfers with *keys* that are posted and happened before *until*."""
    rows = yield select_keys(transfer, [(tenant_id, key["home_id"], key["transfer_id"]) for key in keys])
    posted = [row for row in rows if row["state"] == "posted" and row["kind"] != SETTLEMENT]
    ids = list({row["payment_id"] for row in posted if row["payment_id"]})
    orders = (yield query(_ORDERS, tenant_id=tenant_id, payment_ids=ids)) if ids else []
    order_by_id = {row["payment_id"]: row for row in orders}
    found = [_claimed(row, order_by_id.get(row["payment_id"]), merchant.id) for row in posted]
    return [one for one in found if one.at < until]


def _whole(claimed: Sequence[Claimed]) -> list[Claimed]:
    """Drop the last event of a round that was cut: the rest of it may be in the next."""
    kept = [one for one in claimed if one.entry_key != claimed[-1].entry_key]
    return kept or list(claimed)


def _grouped(claimed: Iterable[Claimed]) -> list[list[Claimed]]:
    groups: defaultdict[tuple[str, str], list[Claimed]] = defaultdict(list)
    for one in claimed:
        groups[one.entry_key].append(one)
    return list(groups.values())


def _claimed(row: Row, order: Row | None, merchant_id: str) -> Claimed:
    """Return a transfer; a captured payment's happened at the capture, everything else when it was made."""
    is_credit = row["credit_account"] == accounts.payable(merchant_id)
    is_own_order = order is not None and order["merchant_id"] == merchant_id
    captured_at = order["committed_at"] if order and row["kind"] in CAPTURED else None
    return Claimed(
        transfer_id=row["transfer_id"],
        member_id=row["home_id"],
        kind=row["kind"],
        other_side=row["debit_account"] if is_credit else row["credit_account"],
        amount_minor=row["amount_minor"] if is_credit else -row["amount_minor"],
        currency=row["currency"],
        payment_id=row["payment_id"],
        refund_id=row["refund_id"],
        order_ref=(order["order_ref"] if is_own_order else _elsewhere(order)) if order else "",
        shop_id=order["shop_id"] if order and is_own_order else "",
        at=from_micros(row["created_at"] if captured_at is None else captured_at),
    )


def _elsewhere(order: Row) -> str:
    """Name an order of another merchant's till, whose numbers are not this merchant's."""
    return f"{order['merchant_id']}/{order['order_ref']}"


def _entries_script(tenant_id: str, merchant: Merchant, groups: Sequence[Sequence[Claimed]]) -> Script[list[Entry]]:
    """Make the entries, with what the transfers do not say: the discounts that the merchant bears itself."""
    own = yield from _own_script(tenant_id, merchant.id, [group[0] for group in groups])
    return [
        entry_of(group, own_minor=own.get(group[0].entry_key[1], 0), timezone=merchant.timezone) for group in groups
    ]


def _own_script(tenant_id: str, merchant_id: str, firsts: Sequence[Claimed]) -> Script[dict[str, int]]:
    """Return entry id → what the merchant bears of the discounts on its own lines, negative where it comes back."""
    me, own = f"merchant:{merchant_id}", defaultdict[str, int](int)
    paid = [(tenant_id, one.member_id, one.payment_id) for one in firsts if one.entry_key[0] == "payment"]
    if paid:
        for cell in (yield select_any(payment_cell, ("tenant_id", "home_id", "payment_id"), paid)):
            if cell["funder"] == me == f"merchant:{cell['merchant_id']}":
                own[cell["payment_id"]] += cell["amount_minor"]
    back = [(tenant_id, one.member_id, one.refund_id) for one in firsts if one.entry_key[0] == "refund"]
    rows = (yield select_keys(refund, back)) if back else []
    mine = {row["refund_id"]: amount for row in rows if (amount := _funded_back(row, me))}
    given = [row for row in rows if row["refund_id"] in mine]
    elsewhere = yield from _elsewhere_script(me, given)
    own.update({id_: elsewhere.get(id_, 0) - amount for id_, amount in mine.items()})
    return own


def _elsewhere_script(me: str, refunds: Sequence[Row]) -> Script[dict[str, int]]:
    """Return refund id → what came back to *me* of discounts on other merchants' lines: that moved money."""
    keys = [(row["tenant_id"], row["home_id"], row["payment_id"]) for row in refunds]
    rows = (yield select_any(transfer, ("tenant_id", "home_id", "payment_id"), keys)) if keys else []
    moved = defaultdict[str, int](int)
    for row in rows:
        if row["refund_id"] and row["kind"] == "funding_back":
            if row["credit_account"] == accounts.funder(me):
                moved[row["refund_id"]] += row["amount_minor"]
            elif row["debit_account"] == accounts.funder(me):  # an earlier refund gave back too much of it
                moved[row["refund_id"]] -= row["amount_minor"]
    return moved


class _Funder(Struct, frozen=True):
    funder: str
    amount_minor: int


class _Refund(Struct, frozen=True):
    """The part of a refund's body that is read here."""

    funders: tuple[_Funder, ...]


def _funded_back(row: Mapping[str, Any], funder: str) -> int:
    shown = msgspec.json.decode(row["body"], type=_Refund)
    return sum(one.amount_minor for one in shown.funders if one.funder == funder)


def _last(side: ColumnElement[str]) -> sa.Select[Any]:
    """Return the last transfer of a stretch of the account's, null when there is none."""
    stretch = (
        sa.select(transfer.c.transfer_id)
        .where(
            transfer.c.tenant_id == bindparam("tenant_id"),
            side == bindparam("payable"),
            transfer.c.transfer_id > bindparam("after"),
        )
        .order_by(transfer.c.transfer_id)
        .limit(bindparam("count"))
        .subquery()
    )
    return sa.select(sa.func.max(stretch.c.transfer_id).label("transfer_id"))


def _unclaimed(side: ColumnElement[str]) -> sa.CompoundSelect[Any]:
    """Return the keys of a stretch of transfers less those of their lines.

    A set operation takes one pass over each, whatever the database believes about their sizes; a join was quadratic on
    PostgreSQL before it had statistics.
    """
    moved = sa.select(transfer.c.home_id, transfer.c.transfer_id).where(
        transfer.c.tenant_id == bindparam("tenant_id"),
        side == bindparam("payable"),
        transfer.c.transfer_id > bindparam("after"),
        transfer.c.transfer_id <= bindparam("last"),
        transfer.c.currency.not_in(bindparam("settled", expanding=True)),
    )
    lines = sa.select(statement_line.c.member_id, statement_line.c.transfer_id).where(
        statement_line.c.tenant_id == bindparam("tenant_id"),
        statement_line.c.home_id == bindparam("merchant_id"),
        statement_line.c.transfer_id > bindparam("after"),
        statement_line.c.transfer_id <= bindparam("last"),
    )
    return sa.except_(moved, lines)


_WALKS: Final = tuple((_last(side), _unclaimed(side)) for side in (transfer.c.credit_account, transfer.c.debit_account))
_ORDERS: Final = sa.select(
    payment.c.payment_id, payment.c.merchant_id, payment.c.order_ref, payment.c.shop_id, payment.c.committed_at
).where(
    payment.c.tenant_id == bindparam("tenant_id"),
    payment.c.payment_id.in_(bindparam("payment_ids", expanding=True)),
)
