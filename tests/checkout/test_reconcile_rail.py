"""The bank's file against our books: each difference is named, what can be healed is, and nothing is booked twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from msgspec.structs import replace

from engine.audit.audit import audit
from engine.checkout.chargeback_rows import chargeback
from engine.checkout.rail_orders import rail_order
from engine.checkout.reconcile_rail import reconcile, report_of
from engine.checkout.top_up import top_up
from engine.checkout.withdraw import withdraw
from engine.errors import Invalid, NotFound
from engine.jobs.reconcile_rail import JOB
from engine.jobs.running.job import Run
from engine.rails.settlement_file import SettlementRow, read, written
from engine.store.script import Script, update
from engine.wire.cards import RailDifference, RailReconciliation, WithdrawalRequest
from engine.wire.members import TopUpRequest
from tests.checkout.town import CUCUMBER, NOODLES, START, TENANT, Town, body

DAY = date(2027, 3, 6)
Rows = list[SettlementRow]


@pytest.fixture
async def day(town: Town) -> Town:
    """A day on which the bank did one of everything."""
    await town.join("wei")
    card_id = await town.bind("wei")
    asked = TopUpRequest(amount_minor=5000)
    await top_up(town.desk, "wei", asked, town.request(asked, caller="member:wei"))
    paid = await town.paid("wei", {**NOODLES, "quantity": 2})
    await town.refunded(paid.payment_id, {"noodles": 1})
    out = WithdrawalRequest(amount_minor=1000, card_id=card_id)
    await withdraw(town.desk, "wei", out, town.request(out, caller="member:wei"))
    held = await town.paid("wei", CUCUMBER, capture=False)
    await town.release(held.payment_id)
    return town


async def changed(town: Town, change: Callable[[Rows], Rows]) -> RailReconciliation:
    rows = read(await town.desk.rail.settlement(DAY))
    return await reconcile(town.desk, written(change(rows)), DAY)


def kinds(report: RailReconciliation) -> list[tuple[str, str]]:
    return [(one.kind, one.done) for one in report.differences]


async def test_file_of_the_bank_agrees(day: Town) -> None:
    report = await changed(day, lambda rows: rows)
    assert (report.rows, report.agreed, report.differences) == (4, 4, ())
    assert await report_of(day.desk, DAY) == report
    await day.assert_books()


async def test_line_that_we_do_not_know_is_missing_here(day: Town) -> None:
    strange = SettlementRow(
        kind="charge", rail_key="strange", of_key="", amount_minor=7, currency="CNY", state="captured", at=START
    )
    report = await changed(day, lambda rows: [*rows, strange])
    assert report.differences == (
        RailDifference(kind="missing_here", rail_key="strange", ours="", theirs="captured 7 CNY", done=""),
    )
    assert [one.check for one in (await audit(day.desk.database, TENANT)).findings] == [
        "the bank's files agree with the books"
    ]


@pytest.mark.parametrize("place", range(4))
async def test_line_that_is_not_in_the_file_is_missing_there(day: Town, place: int) -> None:
    report = await changed(day, lambda rows: rows[:place] + rows[place + 1 :])
    assert kinds(report) == [("missing_there", "")]
    assert (await changed(day, lambda rows: rows)).differences == ()
    await day.assert_books()


@pytest.mark.parametrize("place", range(4))
async def test_other_amount_and_other_currency_are_named(day: Town, place: int) -> None:
    for wrong in ({"amount_minor": 1}, {"currency": "JPY"}):

        def change(rows: Rows, wrong: dict[str, object] = wrong) -> Rows:
            return [*rows[:place], replace(rows[place], **wrong), *rows[place + 1 :]]

        assert kinds(await changed(day, change)) == [("amount", "")]


async def test_payment_left_capturing_is_healed_by_the_file(town: Town) -> None:
    await town.join("wei")
    await town.bind("wei", "sandbox-times-out")
    left = await town.charge("wei", NOODLES, capture=False)
    for _ in range(2):
        await town.again()
    await town.desk.rail.capture(body(left)["payment_id"])
    await town.desk.database.write(_state(body(left)["payment_id"], "capturing"))
    await town.desk.database.write(_payment(body(left)["payment_id"], "capturing"))
    report = await changed(town, lambda rows: rows)
    assert kinds(report) == [("state", "asked again: captured")]
    assert (await changed(town, lambda rows: rows)).differences == ()
    await town.assert_books()


async def test_capture_of_a_released_payment_is_taken_back(town: Town) -> None:
    await town.join("wei")
    await town.bind("wei", "sandbox-times-out-before")
    held = await town.charge("wei", NOODLES, capture=False)
    payment_id = body(held)["payment_id"]
    await town.release(payment_id)
    await town.again()
    # The bank forgets that it barred the key, and charges.
    book = town.desk.rail._book.entries  # type: ignore[attr-defined]
    book.pop(payment_id)
    for _ in range(2):
        with pytest.raises(Exception, match=payment_id):
            await town.desk.rail.authorise(
                payment_id, token="sandbox-times-out-before", amount_minor=3200, currency="CNY"
            )
    await town.desk.rail.authorise(payment_id, token="sandbox-ok", amount_minor=3200, currency="CNY")
    await town.desk.rail.capture(payment_id)
    assert await town.desk.rail.taken_minor() == 3200  # type: ignore[attr-defined]
    report = await changed(town, lambda rows: rows)
    assert [one.kind for one in report.differences] == ["state"]
    for _ in range(3):
        await town.again()
    assert await town.desk.rail.taken_minor() == 0  # type: ignore[attr-defined]
    assert (await changed(town, lambda rows: rows)).differences == ()
    await town.assert_books()


async def test_chargebacks_of_the_file_are_booked_once(town: Town) -> None:
    await town.join("wei")
    await town.bind("wei", "sandbox-charges-back")
    await town.paid("wei", NOODLES)
    reports = [await changed(town, lambda rows: rows) for _ in range(2)]
    assert [one.chargebacks_booked for one in reports] == [1, 0]
    [row] = await town.rows(chargeback, tenant_id=TENANT)
    assert (row["amount_minor"], row["state"]) == (3200, "open")
    assert await town.account("acquirer") == 0
    await town.assert_books()


async def test_chargeback_after_a_refund_is_borne_by_the_platform(town: Town) -> None:
    await town.join("wei")
    await town.bind("wei", "sandbox-charges-back")
    paid = await town.paid("wei", NOODLES)
    await town.refunded(paid.payment_id)
    owed = await town.account("payable:noodle-house")
    await changed(town, lambda rows: rows)
    assert await town.account("payable:noodle-house") == owed
    assert await town.account("funder:platform") == -3200
    await town.assert_books()


async def test_chargeback_of_a_stranger_is_missing_here(day: Town) -> None:
    strange = SettlementRow(
        kind="chargeback", rail_key="cb", of_key="nobody", amount_minor=7, currency="CNY", state="booked", at=START
    )
    assert kinds(await changed(day, lambda rows: [*rows, strange])) == [("missing_here", "")]


async def test_malformed_file_changes_nothing(day: Town) -> None:
    text = await day.desk.rail.settlement(DAY)
    with pytest.raises(Invalid, match="file_malformed"):
        await reconcile(day.desk, text + "charge,k,,x,CNY,captured,2027-03-06T04:00:00Z\n", DAY)
    with pytest.raises(Invalid, match="not on 2027-03-07"):
        await reconcile(day.desk, text, date(2027, 3, 7))
    with pytest.raises(Invalid, match="day"):
        await reconcile(day.desk, text.split("\n")[0] + "\n")
    with pytest.raises(NotFound):
        await report_of(day.desk, DAY)


async def test_job_reconciles_yesterday_once(day: Town) -> None:
    day.wait(days=1)
    for _ in range(2):
        slot = JOB.schedule.latest(day.clock.now())
        await JOB.run(day.desk, Run(tenant_id=TENANT, job="reconcile_rail", slot=slot, now=day.clock.now()))
    report = await report_of(day.desk, DAY)
    assert (report.rows, report.differences) == (4, ())


def _state(payment_id: str, state: str) -> Script[None]:
    key = {"tenant_id": TENANT, "home_id": "wei", "rail_key": payment_id}
    yield update(rail_order, [{**key, "state": state, "wants": "capture"}])


def _payment(payment_id: str, state: str) -> Script[None]:
    from engine.checkout.payment import payment

    yield update(payment, [{"tenant_id": TENANT, "home_id": "wei", "payment_id": payment_id, "state": state}])
