"""The Idempotency-Key at the edge."""

import asyncio
import re

import pytest

from engine.api.operations import OPERATIONS
from tests.api.house import House


@pytest.mark.parametrize("one", [one for one in OPERATIONS if one.needs_key], ids=lambda one: one.name)
async def test_write_needs_a_key(sqlite_house: House, one: object) -> None:
    await sqlite_house.member("lin", "13800000001")
    name = {"member": "lin", "merchant": "cinema", "operator": "operator"}[one.who[0]]  # type: ignore[attr-defined]
    path = re.sub(r"\{\w+\}", "id_1", one.path)  # type: ignore[attr-defined]
    answer = await sqlite_house.http.post(path, json={}, headers=sqlite_house.bearer(name))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "clé".encode(), b"\x00"])
async def test_key_of_strange_characters_is_refused(sqlite_house: House, key: str | bytes) -> None:
    headers = [(b"Authorization", f"Bearer {sqlite_house.keys['cinema']}".encode())]
    headers.append((b"Idempotency-Key", key.encode() if isinstance(key, str) else key))
    answer = await sqlite_house.http.post("/v1/payments", json={}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")


async def test_repeat_gets_the_same_bytes_and_other_body_is_refused(house: House) -> None:
    await house.member("lin", "13800000001", balance=10000)
    order = await house.order("lin")
    answers = await asyncio.gather(*(house.post("/v1/payments", order, "noodle-house", key="k") for _ in range(20)))
    assert {(one.status_code, one.content) for one in answers} == {(201, answers[0].content)}
    later = await house.post("/v1/payments", order, "noodle-house", key="k")
    assert later.content == answers[0].content
    assert (await house.get("/v1/me", "lin")).json()["balance_minor"] == 10000 - 3200
    other = await house.post("/v1/payments", {**order, "capture": False}, "noodle-house", key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = await house.post(f"/v1/payments/{later.json()['payment_id']}/commit", order, "noodle-house", key="k")
    assert elsewhere.json()["code"] == "idempotency_key_reused"


async def test_refusal_is_repeated_byte_for_byte(house: House) -> None:
    await house.member("lin", "13800000001", balance=100)
    order = await house.order("lin")
    first = await house.post("/v1/payments", order, "noodle-house", key="k")
    assert (first.status_code, first.json()["code"]) == (402, "insufficient_balance")
    paid = await house.post("/v1/me/top-ups", {"amount_minor": 10000}, "lin")
    assert paid.status_code == 201
    again = await house.post("/v1/payments", order, "noodle-house", key="k")
    assert (again.status_code, again.content) == (402, first.content)


async def test_keys_of_two_callers_do_not_meet(house: House) -> None:
    await house.member("lin", "13800000001", balance=10000)
    one = await house.post("/v1/payments", await house.order("lin", "a"), "noodle-house", key="k")
    two = await house.post("/v1/payments", await house.order("lin", "a"), "cinema", key="k")
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json()["payment_id"] != two.json()["payment_id"]
