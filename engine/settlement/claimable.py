"""What waits to be settled: every posted transfer of a merchant's payable account that no statement has claimed.

Neither time nor id say what was seen before, only the missing line does: a transfer that commits late is found late and
never skipped. The cut-off bounds the other end: what happened in a day that is not over waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, bindparam

from engine.checkout.payment import payment, payment_cell, refund
from engine.ledger import accounts
from engine.ledger.transfers import transfer
from engine.programs.merchants import Merchant
from engine.settlement.day import end_of
from engine.settlement.entry import CAPTURED, Claimed, Entry, entry_of
from engine.settlement.statement import settlement_head, statement_line
from engine.store.instants import from_micros, to_micros
from engine.store.script import Row, Script, query, select, select_any, select_keys

#: Transfers that one round looks at, and one transaction claims at most: well under a second on both databases.
ROUND_MAX: Final = 3_000
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
    rows = yield query(
        _WAITING,
        tenant_id=tenant_id,
        merchant_id=merchant.id,
        payable=accounts.payable(merchant.id),
        settled=[row["currency"] for row in heads if row["currency"] not in head_by_currency],
        until=to_micros(end_of(through, merchant.timezone)),
        count=ROUND_MAX,
    )
    complete = len(rows) < ROUND_MAX
    groups = _grouped(rows if complete else _whole(rows), merchant.id)
    entries = yield from _entries_script(tenant_id, merchant, groups)
    return Waiting(heads=head_by_currency, entries=tuple(entries), complete=complete)


def _whole(rows: Sequence[Row]) -> list[Row]:
    """Drop the last event of a page that was cut: the rest of it may be on the next."""
    last = (rows[-1]["at"], rows[-1]["payment_id"], rows[-1]["refund_id"])
    kept = [row for row in rows if (row["at"], row["payment_id"], row["refund_id"]) != last]
    return kept or list(rows)


def _grouped(rows: Iterable[Row], merchant_id: str) -> list[list[Claimed]]:
    groups: defaultdict[tuple[str, str], list[Claimed]] = defaultdict(list)
    for row in rows:
        one = _claimed(row, merchant_id)
        groups[one.entry_key].append(one)
    return list(groups.values())


def _claimed(row: Row, merchant_id: str) -> Claimed:
    is_credit = row["credit_account"] == accounts.payable(merchant_id)
    is_own_order = row["till_id"] == merchant_id
    return Claimed(
        transfer_id=row["transfer_id"],
        member_id=row["member_id"],
        kind=row["kind"],
        other_side=row["debit_account"] if is_credit else row["credit_account"],
        amount_minor=row["amount_minor"] if is_credit else -row["amount_minor"],
        currency=row["currency"],
        payment_id=row["payment_id"],
        refund_id=row["refund_id"],
        order_ref=(row["order_ref"] or "") if is_own_order else _elsewhere(row),
        shop_id=row["shop_id"] if is_own_order else "",
        at=from_micros(row["at"]),
    )


def _elsewhere(row: Row) -> str:
    """Name an order of another merchant's till, whose numbers are not this merchant's."""
    return f"{row['till_id']}/{row['order_ref']}" if row["till_id"] else ""


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
        if row["refund_id"] and row["kind"] == "funding_back" and row["credit_account"] == accounts.funder(me):
            moved[row["refund_id"]] += row["amount_minor"]
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


def _at() -> ColumnElement[int]:
    """When it happened: a captured payment's transfers at the capture, everything else when it was made."""
    captured = sa.func.coalesce(payment.c.committed_at, transfer.c.created_at)
    return sa.case((transfer.c.kind.in_(CAPTURED), captured), else_=transfer.c.created_at)


def _unclaimed(side: str) -> sa.Subquery:
    """Return the keys of the transfers with the payable account at one side that have no line, from the index alone."""
    moved = transfer.alias()
    has_line = sa.exists().where(
        statement_line.c.tenant_id == bindparam("tenant_id"),
        statement_line.c.home_id == bindparam("merchant_id"),
        statement_line.c.transfer_id == moved.c.transfer_id,
    )
    return (
        sa.select(moved.c.home_id, moved.c.transfer_id)
        .where(
            moved.c.tenant_id == bindparam("tenant_id"),
            moved.c[side] == bindparam("payable"),
            moved.c.currency.not_in(bindparam("settled", expanding=True)),
            ~has_line,
        )
        .subquery()
    )


def _side(side: str) -> sa.Select[Any]:
    """Return the transfers with the payable account at one side that wait."""
    unclaimed = _unclaimed(side)
    of_key = sa.and_(
        transfer.c.tenant_id == bindparam("tenant_id"),
        transfer.c.home_id == unclaimed.c.home_id,
        transfer.c.transfer_id == unclaimed.c.transfer_id,
    )
    of_payment = sa.and_(
        payment.c.tenant_id == transfer.c.tenant_id,
        payment.c.home_id == transfer.c.home_id,
        payment.c.payment_id == transfer.c.payment_id,
    )
    names = ("transfer_id", "kind", "debit_account", "credit_account", "amount_minor", "currency", "payment_id")
    return (
        sa.select(
            transfer.c.home_id.label("member_id"),
            *(transfer.c[name] for name in names),
            transfer.c.refund_id,
            _at().label("at"),
            payment.c.merchant_id.label("till_id"),
            payment.c.order_ref,
            payment.c.shop_id,
        )
        .select_from(unclaimed.join(transfer, of_key).outerjoin(payment, of_payment))
        .where(
            transfer.c.state == "posted",
            transfer.c.kind != SETTLEMENT,
            _at() < bindparam("until", type_=BigInteger),
        )
    )


_SIDES: Final = sa.union_all(_side("credit_account"), _side("debit_account")).subquery("side")
_WAITING: Final = (
    sa.select(_SIDES)
    .order_by(_SIDES.c.at, _SIDES.c.payment_id, _SIDES.c.refund_id, _SIDES.c.transfer_id)
    .limit(bindparam("count"))
)
