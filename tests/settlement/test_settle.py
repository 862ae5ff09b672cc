"""Days become statements: the cut-off, what comes late, what is owed, and that nothing is settled twice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import update

from engine.errors import Conflict, NotFound
from engine.jobs.running.job import Run, find_jobs
from engine.programs.merchants import merchant
from engine.settlement.settle import settle
from engine.settlement.statement import settlement_head, statement, statement_entry, statement_line
from engine.store.script import execute, read
from tests import make
from tests.checkout.town import CUCUMBER, NOODLES, TEA, TENANT, Town

SATURDAY, SUNDAY, MONDAY = date(2027, 3, 6), date(2027, 3, 7), date(2027, 3, 8)
NOODLE_HOUSE = "noodle-house"  # takes a fee of 0.6 %; tea-corner takes none


async def statement_of(town: Town, day: date, merchant_id: str = NOODLE_HOUSE) -> dict[str, Any]:
    [row] = await town.rows(statement, tenant_id=TENANT, home_id=merchant_id, day=day.isoformat())
    assert row["state"] == "closed"
    return row


async def settled_days(town: Town, merchant_id: str = NOODLE_HOUSE) -> list[str]:
    return [row["day"] for row in await town.rows(statement, tenant_id=TENANT, home_id=merchant_id)]


def at(town: Town, text: str) -> None:
    """Set the clock to an instant of Shanghai."""
    town.clock.set(datetime.fromisoformat(f"{text}+08:00").astimezone(UTC))


async def test_day_is_settled_to_the_cent(town: Town) -> None:
    half = make.campaign("ten-off", make.amount_off(1000), funding=make.funding(platform=60, merchant=40))
    town.run(half)
    await town.join("lin", balance=50000)
    await town.paid("lin", NOODLES, CUCUMBER, TEA)  # 62.00 - 10.00: noodle house 44.00, tea 18.00
    at(town, "2027-03-07T01:00")
    closed = await settle(town.desk)
    assert [(one.merchant_id, one.day) for one in closed] == [(NOODLE_HOUSE, SATURDAY), ("tea-corner", SATURDAY)]
    row = await statement_of(town, SATURDAY)
    # 44.00 less its share of 10.00, 7.10: paid 36.90; the platform bears 4.26, the noodle house 2.84
    # fee 0.6 % of 36.90 + 4.26 = 41.16: 0.24696, rounded half up 0.25; net 36.90 + 4.26 - 0.25
    assert {name: row[name] for name in ("gross_minor", "own_minor", "funded_minor", "paid_minor", "fee_minor")} == {
        "gross_minor": 4400,
        "own_minor": 284,
        "funded_minor": 426,
        "paid_minor": 3690,
        "fee_minor": 25,
    }
    assert (row["net_minor"], row["settled_minor"], row["owed_minor"], row["payments"]) == (4091, 4091, 0, 1)
    assert await town.account("payable:noodle-house") == 0
    assert await town.account("settled:noodle-house") == 4091
    [entry] = await town.rows(statement_entry, tenant_id=TENANT, home_id="tea-corner")
    assert entry["order_ref"].startswith("noodle-house/")
    await town.assert_books()


async def test_cut_off_is_the_merchants_midnight(town: Town) -> None:
    await town.join("lin", balance=50000)
    for instant in ("2027-03-06T23:59:59.999999", "2027-03-07T00:00:00"):
        at(town, instant)
        await town.paid("lin", NOODLES)
    at(town, "2027-03-08T00:00")
    await settle(town.desk)
    assert await settled_days(town) == ["2027-03-06", "2027-03-07"]
    assert [(await statement_of(town, day))["paid_minor"] for day in (SATURDAY, SUNDAY)] == [3200, 3200]


async def test_payment_counts_on_the_day_it_is_captured(town: Town) -> None:
    await town.join("lin", balance=50000)
    at(town, "2027-03-06T23:59")
    held = await town.paid("lin", NOODLES, capture=False)
    at(town, "2027-03-07T00:00")
    assert (await town.commit(held.payment_id)).kind == "done"
    at(town, "2027-03-08T01:00")
    await settle(town.desk)
    assert await settled_days(town) == ["2027-03-07"]


async def test_day_that_is_not_over_is_refused_and_nothing_is_settled(town: Town) -> None:
    await town.join("lin", balance=50000)
    await town.paid("lin", NOODLES)
    at(town, "2027-03-06T23:59:59")
    with pytest.raises(Conflict) as refused:
        await settle(town.desk, SATURDAY)
    assert refused.value.code == "day_not_over"
    assert refused.value.fields["ends_at"] == datetime(2027, 3, 6, 16, tzinfo=UTC)
    assert await settle(town.desk) == []
    at(town, "2027-03-07T00:00")
    assert len(await settle(town.desk, SATURDAY)) == 1
    with pytest.raises(NotFound):
        await settle(town.desk, SATURDAY, ["nobody"])


async def test_settling_again_changes_nothing(town: Town) -> None:
    await town.join("lin", balance=50000)
    await town.paid("lin", NOODLES)
    at(town, "2027-03-07T01:00")
    assert len(await settle(town.desk)) == 1
    before = await town.rows(settlement_head, tenant_id=TENANT)
    assert await settle(town.desk) == []
    assert await town.rows(settlement_head, tenant_id=TENANT) == before


async def test_every_missed_day_gets_its_own_statement(town: Town) -> None:
    await town.join("lin", balance=50000)
    for day in ("06", "07", "09", "12"):
        at(town, f"2027-03-{day}T12:00")
        await town.paid("lin", NOODLES)
    at(town, "2027-03-13T00:30")
    await settle(town.desk)
    assert await settled_days(town) == [f"2027-03-{day}" for day in ("06", "07", "09", "12")]
    await town.assert_books()


async def test_what_commits_after_its_day_was_settled_goes_into_the_next_and_says_its_own_day(town: Town) -> None:
    await town.join("lin", balance=50000)
    at(town, "2027-03-06T23:59:59")
    await town.paid("lin", NOODLES)
    at(town, "2027-03-07T00:00")
    await settle(town.desk)
    at(town, "2027-03-06T23:59:59")  # decided and captured before midnight, committed after the settling
    late = await town.paid("lin", CUCUMBER)
    at(town, "2027-03-07T10:00")
    assert await settle(town.desk) == []
    assert await settled_days(town) == ["2027-03-06"]
    at(town, "2027-03-08T00:00")
    await settle(town.desk)
    assert await settled_days(town) == ["2027-03-06", "2027-03-07"]
    [entry] = await town.rows(statement_entry, tenant_id=TENANT, payment_id=late.payment_id)
    assert (entry["day"], entry["own_day"]) == ("2027-03-07", "2027-03-06")
    await town.assert_books()


async def test_late_payment_of_a_day_without_statement_goes_into_the_next(town: Town) -> None:
    await town.join("lin", balance=50000)
    await town.paid("lin", NOODLES)
    at(town, "2027-03-08T00:00")
    await settle(town.desk)
    at(town, "2027-03-07T12:00")
    await town.paid("lin", CUCUMBER)
    at(town, "2027-03-09T00:00")
    await settle(town.desk)
    assert await settled_days(town) == ["2027-03-06", "2027-03-08"]


async def test_refund_after_settlement_takes_from_what_is_settled_then_is_owed_and_netted_first(town: Town) -> None:
    await town.join("lin", balance=50000)
    sold = await town.paid("lin", NOODLES)  # 32.00, fee 0.192: 0.19; net 31.81
    at(town, "2027-03-07T00:00")
    await settle(town.desk)
    cheap = await town.paid("lin", CUCUMBER)  # 12.00, fee 0.07; net 11.93
    await town.refunded(sold.payment_id)  # -31.81
    at(town, "2027-03-08T00:00")
    await settle(town.desk)
    row = await statement_of(town, SUNDAY)
    assert (row["refunded_minor"], row["fee_back_minor"], row["net_minor"]) == (3200, 19, 1193 - 3181)
    assert (row["settled_minor"], row["owed_minor"]) == (-1988, 0)
    assert await town.account("settled:noodle-house") == 3181 - 1988
    await town.refunded(cheap.payment_id)  # -11.93: settled is 0 then
    at(town, "2027-03-09T00:00")
    await settle(town.desk)
    assert await town.account("settled:noodle-house") == 0
    await town.assert_books()


async def test_negative_day_is_owed_and_the_next_day_pays_it_first(town: Town) -> None:
    await town.join("lin", balance=50000)
    sold = await town.paid("lin", NOODLES)
    at(town, "2027-03-07T00:00")
    await settle(town.desk)
    await _pay_all_out(town)
    await town.refunded(sold.payment_id)
    at(town, "2027-03-08T00:00")
    await settle(town.desk)
    row = await statement_of(town, SUNDAY)
    assert (row["net_minor"], row["settled_minor"], row["owed_minor"]) == (-3181, 0, 3181)
    assert await town.account("owed_by_merchant:noodle-house") == -3181
    await town.paid("lin", CUCUMBER)  # net 11.93: all of it repays
    at(town, "2027-03-09T00:00")
    await settle(town.desk)
    assert (await statement_of(town, MONDAY))["owed_minor"] == -1193
    [head] = await town.rows(settlement_head, tenant_id=TENANT, home_id=NOODLE_HOUSE)
    assert head["owed_minor"] == 3181 - 1193
    await town.paid("lin", NOODLES)  # net 31.81: 19.88 repays, 11.93 is settled
    at(town, "2027-03-10T00:00")
    await settle(town.desk)
    assert await town.account("settled:noodle-house") == 1193
    assert await town.account("owed_by_merchant:noodle-house") == 0
    await town.assert_books()


async def test_job_settles_an_hour_after_midnight_and_every_missed_day_of_every_zone(town: Town) -> None:
    job = find_jobs()["settle"]
    await town.desk.database.write(read(execute(_MOVE_BOOK_SHOP)))

    async def look() -> None:
        now = town.clock.now()
        await job.run(town.desk, Run(tenant_id=TENANT, job="settle", slot=job.schedule.latest(now), now=now))

    await town.join("lin", balance=50000)
    await town.paid("lin", NOODLES)  # Saturday noon
    await town.paid("lin", NOODLES, merchant_id="book-shop")  # Friday evening in New York
    at(town, "2027-03-07T00:59:59")
    await look()
    assert await settled_days(town) == []
    at(town, "2027-03-07T01:00:00")
    await look()
    assert await settled_days(town) == ["2027-03-06"]
    assert await settled_days(town, "book-shop") == ["2027-03-05"]
    at(town, "2027-03-08T12:00:00")  # nobody looked for days
    await town.paid("lin", NOODLES)
    at(town, "2027-03-10T12:00:00")
    await town.paid("lin", NOODLES)
    at(town, "2027-03-14T12:00:00")
    await look()
    await look()
    assert await settled_days(town) == ["2027-03-06", "2027-03-08", "2027-03-10"]
    heads = await town.rows(settlement_head, tenant_id=TENANT)
    assert {row["home_id"]: row["next_day"] for row in heads} == {
        "noodle-house": "2027-03-14",
        "book-shop": "2027-03-13",  # Saturday is not over in New York
    }
    await town.assert_books()


_MOVE_BOOK_SHOP = update(merchant).where(merchant.c.home_id == "book-shop").values(timezone="America/New_York")


async def _pay_all_out(town: Town) -> None:
    from engine.settlement.payout import pay_out

    assert {row["state"] for row in await pay_out(town.desk)} == {"paid"}


@pytest.mark.parametrize(("round_max", "keys_max", "claim_max"), [(5, 2, 100), (100, 3, 3), (7, 7, 4), (9, 100, 1)])
async def test_rounds_and_pages_of_any_size_make_the_same_statements(
    town: Town, monkeypatch: pytest.MonkeyPatch, round_max: int, keys_max: int, claim_max: int
) -> None:
    monkeypatch.setattr("engine.settlement.claimable.ROUND_MAX", round_max)
    monkeypatch.setattr("engine.settlement.claimable.KEYS_MAX", keys_max)
    monkeypatch.setattr("engine.settlement.claimable.WALK_MAX", keys_max)
    monkeypatch.setattr("engine.settlement.settle.CLAIM_MAX", claim_max)
    await town.join("lin", balance=500000)
    for day in ("06", "07", "09"):
        for minute in range(7):
            at(town, f"2027-03-{day}T12:{minute:02}")
            await town.paid("lin", CUCUMBER)
    at(town, "2027-03-10T00:00")
    closed = await settle(town.desk)
    assert [one.day.day for one in closed] == [6, 7, 9]
    rows = await town.rows(statement, tenant_id=TENANT)
    assert [(row["payments"], row["net_minor"]) for row in rows] == [(7, 7 * 1193)] * 3
    lines = await town.rows(statement_line, tenant_id=TENANT)
    assert len({line["transfer_id"] for line in lines}) == len(lines) == 3 * 7 * 2
    await town.assert_books()
