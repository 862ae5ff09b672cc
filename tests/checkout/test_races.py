"""Many at once: the last unit, the same key, the same coupon. The locks decide; exactly one wins."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from engine.checkout.payment import payment
from engine.ledger.counters import counter
from engine.ledger.sequencer import Sequencer
from engine.programs.coupon import coupon
from engine.rules.benefits.issue_coupon import IssueCoupon
from engine.settings import Settings
from engine.store.database import open_database
from tests import make
from tests.checkout.town import CUCUMBER, MANGO, NOODLES, TENANT, Town, body, discounts, problem, town_on

BUYERS = 200


async def test_200_charges_for_the_last_flash_unit_give_it_to_one(town: Town) -> None:
    flash = make.campaign(
        "flash",
        make.fixed_price(990),
        phase="item",
        kind="flash",
        scope=make.at("tea-corner"),
        limits={"units_total": 1},
    )
    town.run(flash)
    buyers = [f"buyer-{number}" for number in range(BUYERS)]
    await town.join(*buyers, balance=5000)
    answers = await asyncio.gather(
        *(town.charge(buyer, MANGO, merchant_id="tea-corner", max_payable_minor=990) for buyer in buyers)
    )
    assert Counter(map(problem, answers)) == {("done", ""): 1, ("conflict", "quote_changed"): BUYERS - 1}
    reasons = {one["code"] for answer in answers if answer.kind != "done" for one in body(answer)["fields"]["refused"]}
    assert reasons == {"sold_out"}
    [row] = await town.rows(counter, tenant_id=TENANT, campaign_id="flash")
    assert (row["used"], row["reserved"]) == (1, 0)
    balances = Counter([await town.balance(buyer) for buyer in buyers])
    assert balances == {5000: BUYERS - 1, 4010: 1}
    await town.assert_books()


async def test_same_key_50_times_at_once_is_one_payment_and_the_same_bytes(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    shown = corridor.code("wei")
    answers = await asyncio.gather(
        *(corridor.charge("wei", NOODLES, key="k", pay_code=shown, order_ref="o") for _ in range(50))
    )
    assert len(set(answers)) == 1
    assert answers[0].kind == "done"
    assert len(await corridor.rows(payment, tenant_id=TENANT)) == 1
    await corridor.assert_books()


async def test_same_order_with_20_codes_at_once_is_charged_once(corridor: Town) -> None:
    await corridor.join("wei", balance=300000)
    answers = await asyncio.gather(*(corridor.charge("wei", NOODLES, order_ref="o") for _ in range(20)))
    assert Counter(map(problem, answers)) == {("done", ""): 1, ("conflict", "order_ref_taken"): 19}


async def test_coupon_in_two_payments_at_once_is_spent_once(town: Town) -> None:
    gift = make.campaign("gift", IssueCoupon(campaign_id="voucher"), phase="reward", limits={"uses_per_member": 1})
    town.run(gift, make.voucher("voucher", make.amount_off(300)))
    await town.join("wei", balance=30000)
    await town.paid("wei", CUCUMBER)
    both = await asyncio.gather(*(town.paid("wei", CUCUMBER) for _ in range(2)))
    assert sorted(map(str, map(discounts, both))) == sorted(map(str, [{}, {"voucher": 300}]))
    [row] = await town.rows(coupon, tenant_id=TENANT)
    assert row["state"] == "used"
    await town.assert_books()


async def test_commit_and_release_at_once_end_it_once(town: Town) -> None:
    await town.join("wei", balance=3200)
    held = await town.paid("wei", NOODLES, capture=False)
    answers = await asyncio.gather(
        town.commit(held.payment_id), town.release(held.payment_id), town.commit(held.payment_id)
    )
    assert Counter(map(problem, answers)) == {("done", ""): 1, ("conflict", "payment_state"): 2}
    await town.assert_books()


async def test_balance_for_one_pays_one_of_many(town: Town) -> None:
    await town.join("wei", balance=3200)
    answers = await asyncio.gather(*(town.charge("wei", NOODLES) for _ in range(10)))
    assert Counter(map(problem, answers)) == {("done", ""): 1, ("refused", "insufficient_balance"): 9}
    assert await town.balance("wei") == 0


@pytest.mark.postgres
async def test_two_servers_on_one_database_sell_the_last_units_once(postgres_url: str) -> None:
    flash = make.campaign(
        "flash",
        make.fixed_price(990),
        phase="item",
        kind="flash",
        scope=make.at("tea-corner"),
        limits={"units_total": 7},
    )
    async with AsyncExitStack() as open_:
        databases = [await open_database(Settings(database_url=postgres_url)) for _ in range(2)]
        for database in databases:
            open_.push_async_callback(database.close)
        town = await town_on(databases[0])
        other = replace(
            town, desk=replace(town.desk, database=databases[1], sequencer=Sequencer(databases[1], town.clock))
        )
        for one in (town, other):
            open_.push_async_callback(one.desk.sequencer.close)
            one.run(flash)
        buyers = [f"buyer-{number}" for number in range(60)]
        await town.join(*buyers, balance=5000)
        answers = await asyncio.gather(
            *(
                (town, other)[place % 2].charge(buyer, MANGO, merchant_id="tea-corner", max_payable_minor=990)
                for place, buyer in enumerate(buyers)
            )
        )
        assert Counter(map(problem, answers)) == {("done", ""): 7, ("conflict", "quote_changed"): 53}
        await town.assert_books()
