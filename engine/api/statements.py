"""What a merchant is settled: statements, bills, reconciliation, payouts; and what operators start."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct

from engine.api.me import Cursor
from engine.api.operation import Call, Download, Operation
from engine.settlement import listing
from engine.settlement.bill import bill, file_name
from engine.settlement.day import read_day
from engine.settlement.listing import PAGE, PAGE_MAX, find_statement, payout_shown, statement_with_lines
from engine.settlement.payout import pay_out, set_account_script
from engine.settlement.reconcile import reconcile
from engine.settlement.settle import settle
from engine.settlement.their_file import FILE_MAX_BYTES
from engine.wire.base import Currency
from engine.wire.statements import (
    PayoutAccount,
    PayoutAccountRequest,
    PayOutRequest,
    Payouts,
    Reconciliation,
    SettledNow,
    SettledStatement,
    SettleRequest,
    Statement,
    Statements,
)

CSV: Final = "text/csv"
Limit = Annotated[int, Meta(ge=1, le=PAGE_MAX)]


class PageQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    cursor: Cursor | None = None
    limit: Limit = PAGE


class StatementQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which currency (default: the deployment's own), which page of the lines."""

    currency: Currency | None = None
    cursor: Cursor | None = None
    limit: Limit = PAGE


class CurrencyQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which currency; the deployment's own by default."""

    currency: Currency | None = None


async def list_statements(call: Call[None, PageQuery]) -> Statements:
    """List your settled days, newest first, and your balances.

    A day ends at midnight in your zone and is settled soon after.
    """
    return await listing.statements(call.desk, call.caller.merchant_id, call.query.cursor, call.query.limit)


async def get_statement(call: Call[None, StatementQuery]) -> Statement:
    """Show the statement of a day, 2027-03-28, with its lines, oldest first."""
    found = await find_statement(call.desk, call.caller.merchant_id, call.path["day"], call.query.currency)
    return await statement_with_lines(call.desk, found, call.query.cursor, call.query.limit)


async def download_bill(call: Call[None, CurrencyQuery]) -> Download:
    """Download the statement of a day as CSV: a header, a row per payment and refund, the totals, a checksum.

    The last line is ``sha256,`` and the hash of every byte before it. The same day always gives the same bytes.
    """
    found = await find_statement(call.desk, call.caller.merchant_id, call.path["day"], call.query.currency)
    return Download(bill(call.desk, found), file_name(found))


async def reconcile_day(call: Call[None, CurrencyQuery]) -> Reconciliation:
    """Compare your own record of a day with its statement; every difference is named by row and column.

    The body is CSV in UTF-8 with the header ``order_ref,refund_id,state,amount``. A payment has no refund_id and is
    ``paid`` or ``cancelled``, a refund is ``refunded``; the amount is what the shopper paid, or got back, for your
    lines. Nothing is kept.
    """
    found = await find_statement(call.desk, call.caller.merchant_id, call.path["day"], call.query.currency)
    return await reconcile(call.desk, found, call.content)


async def list_payouts(call: Call[None, PageQuery]) -> Payouts:
    """List what was paid to your bank, newest first."""
    return await listing.payouts(call.desk, call.caller.merchant_id, call.query.cursor, call.query.limit)


async def settle_days(call: Call[SettleRequest, None]) -> SettledNow:
    """Settle all days up to one that is over, of all merchants or of one; doing it again changes nothing."""
    day = read_day(call.body.day) if call.body.day else None
    closed = await settle(call.desk, day, [call.body.merchant_id] if call.body.merchant_id else [])
    return SettledNow(
        items=tuple(
            SettledStatement(merchant_id=one.merchant_id, day=one.day.isoformat(), currency=one.currency)
            for one in closed
        )
    )


async def pay_merchants_out(call: Call[PayOutRequest, None]) -> Payouts:
    """Pay out what is settled, to all merchants or to one.

    A payout that the bank has not answered is asked about again and no other is made beside it: sending this twice pays
    once.
    """
    rows = await pay_out(call.desk, call.body.merchant_id)
    return Payouts(items=tuple(map(payout_shown, rows)))


async def set_payout_account(call: Call[PayoutAccountRequest, None]) -> PayoutAccount:
    """Pay a merchant to this account from now on.

    The bank is a sandbox: ``sandbox-ok`` pays, ``sandbox-fails`` says no, ``sandbox-times-out`` loses its first two
    answers, ``sandbox-is-down`` hears nothing.
    """
    body, tenant_id = call.body, call.desk.settings.tenant_id
    await call.desk.database.write(set_account_script(tenant_id, body.merchant_id, body.account, call.desk.clock.now()))
    return PayoutAccount(merchant_id=body.merchant_id, account=body.account)


_OF_A_DAY: Final = ("statement_not_found", "day_not_over")
OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/statements",
        who=("merchant",),
        handle=list_statements,
        query=PageQuery,
        answer=Statements,
        codes=("cursor_invalid",),
    ),
    Operation(
        method="GET",
        path="/v1/statements/{day}",
        who=("merchant",),
        handle=get_statement,
        query=StatementQuery,
        answer=Statement,
        codes=(*_OF_A_DAY, "cursor_invalid"),
    ),
    Operation(
        method="GET",
        path="/v1/statements/{day}/bill",
        who=("merchant",),
        handle=download_bill,
        query=CurrencyQuery,
        gives=CSV,
        codes=_OF_A_DAY,
    ),
    Operation(
        method="POST",
        path="/v1/statements/{day}/reconciliation",
        who=("merchant",),
        handle=reconcile_day,
        query=CurrencyQuery,
        takes=CSV,
        answer=Reconciliation,
        codes=(*_OF_A_DAY, "file_malformed"),
        body_max_bytes=FILE_MAX_BYTES,
    ),
    Operation(
        method="GET",
        path="/v1/payouts",
        who=("merchant",),
        handle=list_payouts,
        query=PageQuery,
        answer=Payouts,
        codes=("cursor_invalid",),
    ),
    Operation(
        method="POST",
        path="/v1/operator/settlements",
        who=("operator",),
        handle=settle_days,
        body=SettleRequest,
        answer=SettledNow,
        codes=("day_not_over", "merchant_not_found", "busy"),
    ),
    Operation(
        method="POST",
        path="/v1/operator/payouts",
        who=("operator",),
        handle=pay_merchants_out,
        body=PayOutRequest,
        answer=Payouts,
        codes=("merchant_not_found", "busy"),
    ),
    Operation(
        method="POST",
        path="/v1/operator/payout-accounts",
        who=("operator",),
        handle=set_payout_account,
        body=PayoutAccountRequest,
        answer=PayoutAccount,
        codes=("merchant_not_found",),
    ),
)
