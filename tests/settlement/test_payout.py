"""A payout is paid once, whatever the bank does and however often it is asked for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.checkout.payment import payment
from engine.errors import NotFound
from engine.jobs.running.job import Run, find_jobs
from engine.ledger.sequencer import Sequencer
from engine.rails.sandbox_payouts import SandboxPayouts
from engine.settings import Settings
from engine.settlement.payout import ask_again, pay_out, payout, set_account_script
from engine.settlement.settle import settle
from engine.store.database import open_database
from tests.checkout.town import NOODLES, TENANT, Town

NET = 3200 - 19


async def _settled(town: Town, account: str) -> SandboxPayouts:
    """A noodle house with 31.81 settled that is paid at *account*."""
    await town.join("lin", balance=50000)
    await town.paid("lin", NOODLES)
    town.wait(days=1)
    await settle(town.desk)
    await town.desk.database.write(set_account_script(TENANT, "noodle-house", account, town.clock.now()))
    assert isinstance(town.desk.payout_rail, SandboxPayouts)
    return town.desk.payout_rail


async def _states(town: Town) -> list[str]:
    return [row["state"] for row in await town.rows(payout, tenant_id=TENANT)]


async def test_payout_leaves_the_settled_balance_and_nothing_is_left_to_pay(town: Town) -> None:
    bank = await _settled(town, "sandbox-ok")
    [row] = await pay_out(town.desk)
    assert (row["state"], row["amount_minor"], bank.paid_minor) == ("paid", NET, NET)
    assert await pay_out(town.desk, "noodle-house") == []
    assert await town.account("settled:noodle-house") == 0
    await town.assert_books()


async def test_lost_answers_are_asked_for_under_the_same_key_and_paid_once(town: Town) -> None:
    bank = await _settled(town, "sandbox-times-out")
    first = await pay_out(town.desk)
    again = await pay_out(town.desk)
    assert [row["payout_id"] for row in again] == [row["payout_id"] for row in first]
    assert await _states(town) == ["asked"]
    await town.assert_books()
    job = find_jobs()["ask_payouts_again"]
    now = town.clock.now()
    await job.run(town.desk, Run(tenant_id=TENANT, job="ask_payouts_again", slot=job.schedule.latest(now), now=now))
    assert await _states(town) == ["paid"]
    assert bank.paid_minor == NET
    await town.assert_books()


async def test_failed_payout_gives_the_money_back_and_the_next_has_a_new_key(town: Town) -> None:
    bank = await _settled(town, "sandbox-fails")
    [row] = await pay_out(town.desk)
    assert (row["state"], row["reason"], bank.paid_minor) == ("failed", "the account is closed", 0)
    assert await town.account("settled:noodle-house") == NET
    await town.assert_books()
    await town.desk.database.write(set_account_script(TENANT, "noodle-house", "sandbox-ok", town.clock.now()))
    [row] = await pay_out(town.desk)
    assert (row["payout_id"], row["state"]) == ("out_noodle-house_CNY_000002", "paid")
    await town.assert_books()


async def test_bank_that_is_down_is_asked_until_it_is_up(town: Town) -> None:
    bank = await _settled(town, "sandbox-is-down")
    for _ in range(3):
        assert await ask_again(town.desk) == 0
        assert [row["state"] for row in await pay_out(town.desk)] == ["asked"]
    bank.is_up = True
    assert await ask_again(town.desk) == 1
    assert (await _states(town), bank.paid_minor) == (["paid"], NET)
    await town.assert_books()


async def test_refund_while_a_payout_is_on_its_way_is_owed(town: Town) -> None:
    """What is on its way can't be taken back: the payout may still be paid."""
    bank = await _settled(town, "sandbox-is-down")
    await pay_out(town.desk)
    [row] = await town.rows(payout, tenant_id=TENANT)
    [paid] = await town.rows(payment, tenant_id=TENANT)
    await town.refunded(paid["payment_id"])
    town.clock.advance(timedelta(days=1))
    await settle(town.desk)
    assert await town.account("owed_by_merchant:noodle-house") == -NET
    bank.is_up = True
    await ask_again(town.desk)
    assert bank.paid_minor == row["amount_minor"]
    await town.assert_books()


async def test_payouts_asked_for_at_once_pay_once(town: Town, database_url: str) -> None:
    bank = await _settled(town, "sandbox-ok")
    other = town.desk.database
    if "sqlite" not in database_url:
        other = await open_database(Settings(database_url=database_url))
    elsewhere = replace(town.desk, database=other, sequencer=Sequencer(other, town.clock))
    await asyncio.gather(*(pay_out(desk) for desk in (town.desk, elsewhere, town.desk, elsewhere)))
    assert (await _states(town), bank.paid_minor) == (["paid"], NET)
    await elsewhere.sequencer.close()
    if other is not town.desk.database:
        await other.close()
    await town.assert_books()


async def test_process_that_dies_after_the_bank_paid_books_it_later_once(town: Town) -> None:
    bank = await _settled(town, "sandbox-ok")

    class Dies:
        async def query(self, rail_key):
            return await bank.query(rail_key)

        async def pay(self, rail_key, **asked):
            await bank.pay(rail_key, **asked)
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await pay_out(replace(town.desk, payout_rail=Dies()))
    assert (await _states(town), bank.paid_minor) == (["asked"], NET)
    await town.assert_books()
    [row] = await pay_out(town.desk)
    assert (row["state"], bank.paid_minor) == ("paid", NET)
    await town.assert_books()


async def test_unknown_merchant_is_told(town: Town) -> None:
    with pytest.raises(NotFound):
        await pay_out(town.desk, "nobody")
    with pytest.raises(NotFound):
        await town.desk.database.write(set_account_script(TENANT, "nobody", "sandbox-ok", town.clock.now()))
