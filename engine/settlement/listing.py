"""A merchant's statements, newest first; one of them with its lines; its payouts and balances."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam

from engine.desk import Desk
from engine.errors import NotFound
from engine.ledger.accounts import account, settled
from engine.programs.cursor import FIRST, LAST, Place, cursor_after, place_of
from engine.programs.funder import funder_kind, funder_name
from engine.programs.merchants import Merchant, merchants_script
from engine.settlement.day import read_day, require_over
from engine.settlement.payout import payout
from engine.settlement.statement import TOTALS, settlement_head, statement, statement_entry, statement_line
from engine.store.instants import from_micros
from engine.store.script import Row, Script, query, select, select_keys
from engine.wire.statements import (
    BalanceShown,
    FunderShown,
    Payouts,
    PayoutShown,
    Statement,
    StatementLine,
    Statements,
    StatementSummary,
)

PAGE_MAX: Final = 100
PAGE: Final = 31


class Found(Struct, frozen=True, kw_only=True):
    """A closed statement and whose it is."""

    merchant: Merchant
    row: Row

    @property
    def known(self) -> dict[str, str]:
        """What names it in every query of its entries and lines."""
        names = {"tenant_id": "tenant_id", "home_id": "merchant_id", "day": "day", "currency": "currency"}
        return {parameter: self.row[column] for column, parameter in names.items()}


async def statements(desk: Desk, merchant_id: str, cursor: str | None = None, limit: int = PAGE) -> Statements:
    """Return a page of the merchant's closed statements, newest first. Raises: Invalid ``cursor_invalid``."""
    before = place_of(cursor, LAST)
    return await desk.database.snapshot(_page_script(desk.settings.tenant_id, merchant_id, before, limit))


async def find_statement(desk: Desk, merchant_id: str, day: str, currency: str | None) -> Found:
    """Return the closed statement of *day*.

    Raises: Invalid ``invalid_field`` when *day* is none; Conflict ``day_not_over``; NotFound ``statement_not_found``.
    """
    return await desk.database.read(_found_script(desk, merchant_id, read_day(day), currency or desk.settings.currency))


async def statement_with_lines(desk: Desk, found: Found, cursor: str | None = None, limit: int = PAGE) -> Statement:
    """Return a statement with a page of its lines, oldest first. Raises: Invalid ``cursor_invalid``."""
    return await desk.database.snapshot(_lines_script(found, place_of(cursor, FIRST), limit))


def entries_script(found: Found, after: Place, count: int) -> Script[list[Row]]:
    """Return up to *count* entries of a statement after a place, oldest first."""
    return (yield query(ENTRIES, **found.known, after_at=after[0], after_id=after[1], count=count))


async def payouts(desk: Desk, merchant_id: str, cursor: str | None = None, limit: int = PAGE) -> Payouts:
    """Return a page of the merchant's payouts, newest first. Raises: Invalid ``cursor_invalid``."""
    before = place_of(cursor, LAST)
    rows = await desk.database.read(_payouts_script(desk.settings.tenant_id, merchant_id, before, limit + 1))
    shown = rows[:limit]
    more = cursor_after(shown[-1]["asked_at"], shown[-1]["payout_id"]) if len(rows) > limit else None
    return Payouts(items=tuple(map(payout_shown, shown)), next_cursor=more)


def payout_shown(row: Row) -> PayoutShown:
    """Return a row of ``payout`` as it is shown."""
    return PayoutShown(
        payout_id=row["payout_id"],
        merchant_id=row["home_id"],
        currency=row["currency"],
        amount_minor=row["amount_minor"],
        account=row["account"],
        state=row["state"],
        reason=row["reason"],
        asked_at=from_micros(row["asked_at"]),
        ended_at=from_micros(row["ended_at"]) if row["ended_at"] is not None else None,
    )


def _found_script(desk: Desk, merchant_id: str, day: date, currency: str) -> Script[Found]:
    tenant_id = desk.settings.tenant_id
    one = (yield from merchants_script(tenant_id, [merchant_id]))[merchant_id]
    require_over(day, desk.clock.now(), one.timezone)
    rows = yield select_keys(statement, [(tenant_id, merchant_id, day.isoformat(), currency)])
    if not rows or rows[0]["state"] != "closed":
        raise NotFound(
            "statement_not_found",
            f"No statement of {day} in {currency}: nothing happened on it, or it is not settled yet.",
            day=day.isoformat(),
            currency=currency,
        )
    return Found(merchant=one, row=rows[0])


def _page_script(tenant_id: str, merchant_id: str, before: Place, limit: int) -> Script[Statements]:
    known = {"tenant_id": tenant_id, "merchant_id": merchant_id}
    day = date.fromordinal(before[0]).isoformat() if 0 < before[0] < date.max.toordinal() else _AFTER_EVERY_DAY
    rows = yield query(_STATEMENTS, **known, before_day=day, before_currency=before[1], count=limit + 1)
    shown = rows[:limit]
    balances = yield from _balances_script(tenant_id, merchant_id)
    return Statements(
        items=tuple(map(_summary, shown)),
        balances=tuple(balances),
        next_cursor=_cursor(shown[-1]) if len(rows) > limit else None,
    )


def _cursor(row: Row) -> str:
    return cursor_after(date.fromisoformat(row["day"]).toordinal(), row["currency"])


def _balances_script(tenant_id: str, merchant_id: str) -> Script[list[BalanceShown]]:
    heads = yield select(settlement_head, tenant_id=tenant_id, home_id=merchant_id)
    rows = yield select(account, tenant_id=tenant_id, home_id=merchant_id, account_id=settled(merchant_id))
    stored = {row["currency"]: row for row in rows}
    return [
        BalanceShown(
            currency=head["currency"],
            settled_minor=stored[head["currency"]]["posted_minor"] - stored[head["currency"]]["pending_out_minor"],
            paying_out_minor=stored[head["currency"]]["pending_out_minor"],
            owed_minor=head["owed_minor"],
        )
        for head in heads
    ]


def _lines_script(found: Found, after: Place, limit: int) -> Script[Statement]:
    rows = yield from entries_script(found, after, limit + 1)
    shown = rows[:limit]
    funded = yield query(_FUNDED, **found.known)
    return Statement(
        summary=_summary(found.row),
        funders=tuple(_funders(found, funded)),
        lines=tuple(map(_line, shown)),
        next_cursor=cursor_after(shown[-1]["at"], shown[-1]["entry_id"]) if len(rows) > limit else None,
    )


def _payouts_script(tenant_id: str, merchant_id: str, before: Place, count: int) -> Script[list[Row]]:
    known = {"tenant_id": tenant_id, "merchant_id": merchant_id}
    return (yield query(_PAYOUTS, **known, before_at=before[0], before_id=before[1], count=count))


def _summary(row: Row) -> StatementSummary:
    plain: dict[str, Any] = {name: row[name] for name in (*TOTALS, "settled_minor", "owed_minor", "fee_bps")}
    return StatementSummary(
        day=row["day"],
        currency=row["currency"],
        timezone=row["timezone"],
        closed_at=from_micros(row["closed_at"]),
        **plain,
    )


def _funders(found: Found, funded: list[Row]) -> list[FunderShown]:
    """Return what each funder bore, the merchant itself last."""
    me, row = found.merchant, found.row
    sums = [(one["funder"], int(one["amount"]), int(one["back"])) for one in funded]
    if row["own_minor"] or row["own_back_minor"]:
        sums.append((f"merchant:{me.id}", row["own_minor"], row["own_back_minor"]))
    return [
        FunderShown(
            funder=funder,
            kind=funder_kind(funder),
            name=funder_name(funder, {me.id: me.name}),
            amount_minor=amount,
            back_minor=back,
        )
        for funder, amount, back in sums
    ]


def _line(row: Row) -> StatementLine:
    return StatementLine(
        kind=row["kind"],
        entry_id=row["entry_id"],
        payment_id=row["payment_id"] or None,
        refund_id=row["refund_id"] or None,
        order_ref=row["order_ref"] or None,
        shop_id=row["shop_id"] or None,
        at=from_micros(row["at"]),
        own_day=row["own_day"],
        gross_minor=row["gross_minor"],
        own_minor=row["own_minor"],
        funded_minor=funded_minor(row),
        paid_minor=row["paid_minor"],
        fee_minor=row["fee_minor"],
        other_minor=row["other_minor"],
        net_minor=row["net_minor"],
    )


def funded_minor(row: Row) -> int:
    """Return what others than the merchant bear of an entry's discounts."""
    return int(row["platform_minor"] + row["merchants_minor"] + row["brands_minor"] + row["banks_minor"])


def _sum_where(holds: ColumnElement[bool], amount: ColumnElement[int]) -> ColumnElement[int]:
    return sa.func.sum(sa.case((holds, amount), else_=0))


_AFTER_EVERY_DAY: Final = "9999-12-31"
_STATEMENTS: Final = (
    sa.select(statement)
    .where(
        statement.c.tenant_id == bindparam("tenant_id"),
        statement.c.home_id == bindparam("merchant_id"),
        statement.c.state == "closed",
        statement.c.day <= bindparam("before_day"),
        sa.or_(
            statement.c.day < bindparam("before_day"),
            statement.c.currency < bindparam("before_currency"),
        ),
    )
    .order_by(statement.c.day.desc(), statement.c.currency.desc())
    .limit(bindparam("count"))
)
ENTRIES: Final = (
    sa.select(statement_entry)
    .where(
        statement_entry.c.tenant_id == bindparam("tenant_id"),
        statement_entry.c.home_id == bindparam("merchant_id"),
        statement_entry.c.day == bindparam("day"),
        statement_entry.c.currency == bindparam("currency"),
        statement_entry.c.at >= bindparam("after_at"),
        sa.or_(statement_entry.c.at > bindparam("after_at"), statement_entry.c.entry_id > bindparam("after_id")),
    )
    .order_by(statement_entry.c.at, statement_entry.c.entry_id)
    .limit(bindparam("count"))
)
_FUNDED: Final = (
    sa.select(
        statement_line.c.funder,
        sa.func.sum(sa.case((statement_line.c.kind == "funding", statement_line.c.amount_minor), else_=0)).label(
            "amount"
        ),
        sa.func.sum(sa.case((statement_line.c.kind != "funding", -statement_line.c.amount_minor), else_=0)).label(
            "back"
        ),
    )
    .where(
        statement_line.c.tenant_id == bindparam("tenant_id"),
        statement_line.c.home_id == bindparam("merchant_id"),
        statement_line.c.day == bindparam("day"),
        statement_line.c.currency == bindparam("currency"),
        statement_line.c.funder != "",
    )
    .group_by(statement_line.c.funder)
    .order_by(statement_line.c.funder)
)
_PAYOUTS: Final = (
    sa.select(payout)
    .where(
        payout.c.tenant_id == bindparam("tenant_id"),
        payout.c.home_id == bindparam("merchant_id"),
        payout.c.asked_at <= bindparam("before_at"),
        sa.or_(payout.c.asked_at < bindparam("before_at"), payout.c.payout_id < bindparam("before_id")),
    )
    .order_by(payout.c.asked_at.desc(), payout.c.payout_id.desc())
    .limit(bindparam("count"))
)
