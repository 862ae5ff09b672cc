"""What operators do about the bank: its settlement file, chargebacks."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from msgspec import Meta, Struct

from engine.api.operation import Call, Operation
from engine.checkout.chargeback import charge_back, end_chargeback
from engine.checkout.reconcile_rail import reconcile, report_of
from engine.errors import Invalid, Unavailable
from engine.ledger.work import Answer
from engine.rails.rail import RailTimeoutError
from engine.wire.cards import ChargebackRequest, ChargebackShown, RailFile, RailReconciliation, ReconcileRequest

#: A day of 200,000 movements.
FILE_MAX_BYTES: Final = 32 * 1024 * 1024


class DayQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which day, UTC."""

    day: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]


async def get_rail_file(call: Call[None, DayQuery]) -> RailFile:
    """Get the bank's own settlement file of a day (UTC): CSV, one line for each movement of money."""
    try:
        text = await call.desk.rail.settlement(_day(call.query.day))
    except RailTimeoutError:
        raise Unavailable("rail_unavailable", "The bank does not answer. Ask for the file again later.") from None
    return RailFile(day=call.query.day, file=text)


async def reconcile_rail_file(call: Call[ReconcileRequest, None]) -> RailReconciliation:
    """Hold the bank's settlement file of a day against the books.

    Each difference is named: `missing_here`, `missing_there`, `amount`, `state`. Where the states differ the bank is
    asked again and its word is booked; chargebacks are booked. The same file again books nothing twice. A file that
    can't be read is refused whole, with the row and the column of the mistake.
    """
    return await reconcile(call.desk, call.body.file, _day(call.body.day) if call.body.day else None)


async def get_rail_reconciliation(call: Call[None, DayQuery]) -> RailReconciliation:
    """Show the report of a day's file; the job makes yesterday's at 02:00 UTC."""
    return await report_of(call.desk, _day(call.query.day))


async def book_chargeback(call: Call[ChargebackRequest, None]) -> Answer:
    """Book money that the bank took back for a card's holder, against what the merchants are owed."""
    asked = call.body
    return await charge_back(call.desk, asked.payment_id, asked.amount_minor, asked.reason, call.once)


async def contest_chargeback(call: Call[None, None]) -> Answer:
    """Write down that a chargeback is contested."""
    return await end_chargeback(call.desk, call.path["chargeback_id"], "contested", call.once)


async def win_chargeback(call: Call[None, None]) -> Answer:
    """Write down that a chargeback was won: the money comes back to whom it was taken from."""
    return await end_chargeback(call.desk, call.path["chargeback_id"], "won", call.once)


async def lose_chargeback(call: Call[None, None]) -> Answer:
    """Write down that a chargeback was lost for good."""
    return await end_chargeback(call.desk, call.path["chargeback_id"], "lost", call.once)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("invalid_field", f"{text} is not a day.", path="day") from None


def _ending(word: str, handle: object) -> Operation:
    return Operation(
        method="POST",
        path=f"/v1/operator/chargebacks/{{chargeback_id}}/{word}",
        who=("operator",),
        handle=handle,  # type: ignore[arg-type]  # one of the three above
        answer=ChargebackShown,
        needs_key=True,
        codes=("chargeback_not_found", "chargeback_state"),
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/operator/rail-files",
        who=("operator",),
        handle=get_rail_file,
        query=DayQuery,
        answer=RailFile,
        codes=("rail_unavailable",),
    ),
    Operation(
        method="POST",
        path="/v1/operator/rail-reconciliations",
        who=("operator",),
        handle=reconcile_rail_file,
        body=ReconcileRequest,
        answer=RailReconciliation,
        codes=("file_malformed",),
        body_max_bytes=FILE_MAX_BYTES,
    ),
    Operation(
        method="GET",
        path="/v1/operator/rail-reconciliations",
        who=("operator",),
        handle=get_rail_reconciliation,
        query=DayQuery,
        answer=RailReconciliation,
        codes=("route_not_found",),
    ),
    Operation(
        method="POST",
        path="/v1/operator/chargebacks",
        who=("operator",),
        handle=book_chargeback,
        body=ChargebackRequest,
        answer=ChargebackShown,
        status=201,
        needs_key=True,
        codes=("payment_not_found", "payment_state", "chargeback_exceeds_payment"),
    ),
    _ending("contest", contest_chargeback),
    _ending("win", win_chargeback),
    _ending("lose", lose_chargeback),
)
