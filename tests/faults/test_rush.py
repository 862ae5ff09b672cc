"""Many tills at once over real sockets: the last unit (C-01), a member's limit (C-02), units in handfuls (C-03)."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from engine.ledger.counters import counter
from engine.rules.campaign import Campaign
from engine.store.database import Database
from tests import make
from tests.checkout.town import TENANT, problem, town_on
from tests.faults.crowd import MANGO, Crowd, client_of, counted, pay_code, publish_flash, till_of
from tests.live import Server, serving, set_up

BUYERS = 200
FLASH_MINOR = 990


async def codes_of(server: Server, tokens: list[str]) -> list[str]:
    async with client_of(server) as http:
        return await asyncio.gather(*(pay_code(http, token) for token in tokens))


ROUNDS = 5


async def test_last_unit_by_200_goes_to_one_each_round(database_url: str, tmp_path: Path) -> None:
    set_up(database_url, tmp_path)
    with serving(database_url, tmp_path) as server:
        crowd = Crowd()
        publish_flash(server, tmp_path, limits="units: {total: 1}")
        await crowd.join(server, BUYERS)
        for number in range(1, ROUNDS + 1):
            if number > 1:  # a unit more than was sold
                publish_flash(server, tmp_path, limits=f"units: {{total: {number}}}")
            answers = await _rush(server, crowd, crowd.tokens, max_payable_minor=FLASH_MINOR)
            assert Counter(one.status_code for one in answers) == {201: 1, 409: BUYERS - 1}
            refused = [one.json() for one in answers if one.status_code == 409]
            assert {one["code"] for one in refused} == {"quote_changed"}
            reasons = {(why["campaign_id"], why["code"]) for one in refused for why in one["fields"]["refused"]}
            assert reasons == {("mango-flash", "sold_out")}
            assert await counted(database_url) == [(number, 0)]
        assert server.audit()["findings"] == []


@pytest.mark.faults
async def test_last_unit_by_200_goes_to_one_in_100_rounds(database: Database) -> None:
    """The same without sockets, so that it can be tried a hundred times."""
    town = await town_on(database)
    buyers = [f"buyer-{number}" for number in range(BUYERS)]
    await town.join(*buyers, balance=500_000)
    for number in range(1, 101):
        town.run(flash_of(number))
        answers = await asyncio.gather(
            *(town.charge(who, MANGO, merchant_id="tea-corner", max_payable_minor=FLASH_MINOR) for who in buyers)
        )
        assert Counter(map(problem, answers)) == {("done", ""): 1, ("conflict", "quote_changed"): BUYERS - 1}
        town.clock.advance(timedelta(seconds=60))
    [row] = await town.rows(counter, tenant_id=TENANT, campaign_id="flash")
    assert (row["used"], row["reserved"]) == (100, 0)
    await town.assert_books()
    await town.desk.sequencer.close()


def flash_of(units: int) -> Campaign:
    """Return a flash campaign of *units*."""
    price, place = make.fixed_price(FLASH_MINOR), make.at("tea-corner")
    return make.campaign("flash", price, phase="item", kind="flash", scope=place, limits={"units_total": units})


async def test_limit_of_one_per_member_holds_against_50_at_once(database_url: str, tmp_path: Path) -> None:
    set_up(database_url, tmp_path)
    with serving(database_url, tmp_path) as server:
        crowd = Crowd()
        publish_flash(server, tmp_path, limits="units: {total: 100, per_member: 1}")
        await crowd.join(server, 1)
        answers = await _rush(server, crowd, crowd.tokens * 50, max_payable_minor=FLASH_MINOR)
        told = Counter((one.status_code, one.json().get("code", "")) for one in answers)
        assert told[(201, "")] == 1
        assert told.keys() <= {(201, ""), (409, "quote_changed"), (409, "pay_code_used")}
        assert await counted(database_url) == [(1, 0)]
        assert server.audit()["findings"] == []


@pytest.mark.parametrize(("units", "clients"), [(150, 300), pytest.param(1000, 2000, marks=pytest.mark.faults)])
async def test_units_in_handfuls_sell_out_and_strand_nothing(
    database_url: str, tmp_path: Path, units: int, clients: int
) -> None:
    """Each asks for 1 to 7 at the flash price or nothing; who is refused asked for more than was left."""
    set_up(database_url, tmp_path)
    with serving(database_url, tmp_path) as server:
        crowd = Crowd()
        publish_flash(server, tmp_path, limits=f"units: {{total: {units}}}", per_use=7)
        await crowd.join(server, BUYERS)
        sold, refused = 0, []
        for first in range(0, clients, BUYERS):
            wanted = [number % 7 + 1 for number in range(first, min(first + BUYERS, clients))]
            answers = await _rush(server, crowd, crowd.tokens[: len(wanted)], quantities=wanted)
            for one, quantity in zip(answers, wanted, strict=True):
                if one.status_code == 201:
                    sold += quantity
                else:
                    assert (one.status_code, one.json()["code"]) == (409, "quote_changed"), one.text
                    refused.append(quantity)
        assert sold <= units
        assert sold == units or units - sold < min(refused)
        assert await counted(database_url) == [(sold, 0)]
        assert server.audit()["findings"] == []
    print(f"{clients} clients: {sold} of {units} sold, {len(refused)} refused")


async def _rush(
    server: Server, crowd: Crowd, tokens: list[str], *, quantities: list[int] | None = None, **more: object
) -> list[httpx.Response]:
    """Charge every one of *tokens* at once, at the flash price or not at all."""
    codes = await codes_of(server, tokens)
    async with till_of(server, connections=200) as till:
        charges = [crowd.order(code, **more) for code in codes]
        for charge, quantity in zip(charges, quantities or [], strict=bool(quantities)):
            charge.body["basket"] = {"currency": "CNY", "lines": [{**MANGO, "quantity": quantity}]}
            charge.body["max_payable_minor"] = quantity * FLASH_MINOR
        return await asyncio.gather(
            *(till.post("/v1/payments", json=one.body, headers={"Idempotency-Key": one.key}) for one in charges)
        )
