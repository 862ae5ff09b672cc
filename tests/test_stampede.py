"""Many tills at once over real sockets: the last flash unit, one key fifty times, one order with two codes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live import Server, start_server

BUYERS = 200
MANGO = {"id": "mango", "sku": "mango-tea", "unit_price_minor": 2990, "quantity": 1}
LAST_ONE = """\
campaign: last-one
kind: flash
currency: CNY
name: {en: "The last one for 9.90", zh: "最后一份9.9元"}
funding: {platform: 50%, merchant: 50%}
schedule: {from: 2026-01-01, until: 2036-01-01, timezone: Asia/Shanghai}
scope: {merchants: {ids: [tea-corner]}}
give: [{fixed_price: {price: 9.90, units: 1, items: {skus: [mango-tea]}}}]
limits: {units: {total: 1, per_member: 1}}
stacking: {phase: item}
"""


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    with start_server(database_url, tmp_path) as running:
        folder = tmp_path / "campaigns"
        folder.mkdir()
        (folder / "last-one.yaml").write_text(LAST_ONE, "utf-8")
        running.publish(folder)
        yield running


async def join(http: httpx.AsyncClient, number: int) -> str:
    """Sign up, top up 50.00, and return the token."""
    phone = f"1360000{number:04}"
    sent = await http.post("/v1/sign-in/codes", json={"phone": phone})
    body = {"phone": phone, "code": sent.json()["sandbox_code"], "device_id": f"phone-{number}"}
    token: str = (await http.post("/v1/sign-in", json=body)).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "first"}
    topped_up = await http.post("/v1/me/top-ups", json={"amount_minor": 5000}, headers=headers)
    assert topped_up.status_code == 201, topped_up.text
    return token


async def pay_code(http: httpx.AsyncClient, token: str) -> str:
    answer = await http.get("/v1/me/pay-code", headers={"Authorization": f"Bearer {token}"})
    code: str = answer.json()["code"]
    return code


def open_client(server: Server, key: str | None = None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    limits = httpx.Limits(max_connections=64)
    return httpx.AsyncClient(base_url=server.url, headers=headers, limits=limits, timeout=60)


def order(code: str, order_ref: str, **more: object) -> dict[str, object]:
    return {"pay_code": code, "order_ref": order_ref, "basket": {"currency": "CNY", "lines": [MANGO]}, **more}


async def test_200_charges_for_the_last_unit_one_wins_199_are_told_why(server: Server) -> None:
    async with open_client(server) as http, open_client(server, server.keys["merchants"]["tea-corner"]) as till:
        tokens = await asyncio.gather(*(join(http, number) for number in range(BUYERS)))
        codes = await asyncio.gather(*(pay_code(http, token) for token in tokens))
        answers = await asyncio.gather(
            *(
                till.post(
                    "/v1/payments",
                    json=order(code, f"o-{number}", max_payable_minor=990),
                    headers={"Idempotency-Key": f"k-{number}"},
                )
                for number, code in enumerate(codes)
            )
        )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: BUYERS - 1}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {problem["code"] for problem in refused} == {"quote_changed"}
    reasons = {(one["campaign_id"], one["code"]) for problem in refused for one in problem["fields"]["refused"]}
    assert reasons == {("last-one", "sold_out")}
    assert server.audit()["findings"] == []


async def test_one_key_50_times_at_once_is_one_payment_and_the_same_bytes(server: Server) -> None:
    async with open_client(server) as http, open_client(server, server.keys["merchants"]["tea-corner"]) as till:
        token = await join(http, 1)
        body = order(await pay_code(http, token), "o-1")
        headers = {"Idempotency-Key": "the-same"}
        answers = await asyncio.gather(*(till.post("/v1/payments", json=body, headers=headers) for _ in range(50)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        again = await till.post(
            "/v1/payments", json=order(await pay_code(http, token), "o-1"), headers={"Idempotency-Key": "new"}
        )
        assert (again.status_code, again.json()["code"]) == (409, "order_ref_taken")
        changed = await till.post("/v1/payments", json=order(await pay_code(http, token), "o-2"), headers=headers)
        assert (changed.status_code, changed.json()["code"]) == (422, "idempotency_key_reused")
        me = await http.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert me.json()["balance_minor"] == 5000 - 990
    assert server.audit()["findings"] == []
