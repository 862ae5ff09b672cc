"""Refunds over HTTP: what a till may ask, every problem it can get, what each party is shown."""

import asyncio
from typing import Any

import pytest

from tests.api.house import NOODLES, House

FOUR = {"currency": "CNY", "lines": [{**NOODLES, "quantity": 4}]}


async def paid(house: House, **more: object) -> str:
    await house.member("lin", "13800000001", balance=50_000)
    answer = await house.post("/v1/payments", await house.order("lin", basket=FOUR, **more), "noodle-house")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["payment_id"])


async def refund(house: House, payment_id: str, body: dict[str, Any], *, till: str = "noodle-house") -> Any:
    return await house.post(f"/v1/payments/{payment_id}/refunds", body, till)


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_till_looks_confirms_and_both_see_it(house: House) -> None:
    payment_id = await paid(house)
    asked = {"lines": [{"line_id": "noodles", "amount_minor": 500}], "currency": "CNY", "reason": "cold"}
    path = f"/v1/payments/{payment_id}/refunds"
    shown = (await house.post(f"{path}/preview", asked, "noodle-house")).json()
    assert (shown["net_minor"], shown["refund"]["lines"]) == (
        500,
        [{"line_id": "noodles", "quantity": 0, "amount_minor": 500}],
    )
    done = await refund(house, payment_id, {**asked, "digest": shown["digest"]})
    assert (done.status_code, done.json()["payment"]["refunded_minor"]) == (201, 500)
    [merchants] = (await house.get(f"/v1/payments/{payment_id}", "noodle-house")).json()["refunds"][:1]
    [shoppers] = (await house.get(f"/v1/me/payments/{payment_id}", "lin")).json()["refunds"][:1]
    assert (merchants["reason"], merchants["by"].split(":")[0]) == ("cold", "till")
    assert (shoppers["reason"], shoppers["by"], shoppers["amount_minor"]) == ("cold", "", 500)
    assert (await house.get("/v1/me", "lin")).json()["balance_minor"] == 50_000 - 12_800 + 500


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"amount_minor": 12_801}, 402, "refund_exceeds_payment"),
        ({"lines": [{"line_id": "noodles", "quantity": 5}]}, 402, "refund_exceeds_payment"),
        ({"lines": [{"line_id": "noodles", "amount_minor": 12_801}]}, 402, "refund_exceeds_payment"),
        ({"amount_minor": 1, "currency": "USD"}, 402, "currency_mismatch"),
        ({"amount_minor": 1, "currency": "yuan"}, 422, "invalid_field"),
        ({"amount_minor": 0}, 422, "invalid_field"),
        ({"amount_minor": -1}, 422, "invalid_field"),
        ({"amount_minor": 10**16}, 422, "invalid_field"),
        ({"amount_minor": 1.5}, 422, "invalid_field"),
        ({"lines": []}, 422, "invalid_field"),
        ({"lines": [{"line_id": "noodles"}]}, 422, "invalid_field"),
        ({"lines": [{"line_id": "noodles", "quantity": 1, "amount_minor": 1}]}, 422, "invalid_field"),
        ({"lines": [{"line_id": "noodles", "quantity": 1}], "amount_minor": 1}, 422, "invalid_field"),
        ({"lines": [{"line_id": "soup", "quantity": 1}]}, 422, "invalid_field"),
        ({"lines": [{"line_id": "noodles", "quantity": 0}]}, 422, "invalid_field"),
        ({"amount_minor": 1, "reason": "a\u0000b"}, 422, "invalid_field"),
        ({"amount_minor": 1, "reason": "x" * 81}, 422, "invalid_field"),
        ({"amount_minor": 1, "digest": "nothing"}, 422, "invalid_field"),
        ({"amount_minor": 1, "tomorrow": True}, 422, "invalid_field"),
    ],
)
async def test_bad_refund_is_a_documented_problem_and_gives_nothing(
    sqlite_house: House, body: dict[str, Any], status: int, code: str
) -> None:
    payment_id = await paid(sqlite_house)
    before = (await sqlite_house.get(f"/v1/payments/{payment_id}", "noodle-house")).json()
    assert problem(await refund(sqlite_house, payment_id, body)) == (status, code)
    previewed = await sqlite_house.post(f"/v1/payments/{payment_id}/refunds/preview", body, "noodle-house")
    assert problem(previewed) == (status, code)
    assert (await sqlite_house.get(f"/v1/payments/{payment_id}", "noodle-house")).json() == before


async def test_refund_twice_with_another_key_is_refused(sqlite_house: House) -> None:
    payment_id = await paid(sqlite_house)
    answers = await asyncio.gather(*(refund(sqlite_house, payment_id, {}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 402, 402]
    assert {answer.json().get("code") for answer in answers} == {None, "refund_exceeds_payment"}
    assert (await sqlite_house.get("/v1/me", "lin")).json()["balance_minor"] == 50_000


@pytest.mark.parametrize("end", ["", "release"])
async def test_refund_before_commit_and_after_release_is_refused(sqlite_house: House, end: str) -> None:
    payment_id = await paid(sqlite_house, capture=False)
    if end:
        assert (await sqlite_house.post(f"/v1/payments/{payment_id}/{end}", {}, "noodle-house")).status_code == 200
    answer = await refund(sqlite_house, payment_id, {})
    assert problem(answer) == (409, "payment_state")
    assert answer.json()["fields"]["state"] == ("released" if end else "reserved")


async def test_refund_of_another_merchant_s_payment_is_not_found(sqlite_house: House) -> None:
    payment_id = await paid(sqlite_house)
    assert problem(await refund(sqlite_house, payment_id, {}, till="cinema")) == (404, "payment_not_found")
    preview = await sqlite_house.post(f"/v1/payments/{payment_id}/refunds/preview", {}, "tea-corner")
    assert problem(preview) == (404, "payment_not_found")
    assert problem(await refund(sqlite_house, "pay_nothing", {})) == (404, "payment_not_found")


async def test_changed_refund_is_told_with_the_new_one(sqlite_house: House) -> None:
    payment_id = await paid(sqlite_house)
    path = f"/v1/payments/{payment_id}/refunds"
    shown = (await sqlite_house.post(f"{path}/preview", {}, "noodle-house")).json()
    await refund(sqlite_house, payment_id, {"amount_minor": 100})
    answer = await refund(sqlite_house, payment_id, {"digest": shown["digest"]})
    assert problem(answer) == (409, "refund_changed")
    new = answer.json()["fields"]["preview"]
    assert new["net_minor"] == 12_700
    assert (await refund(sqlite_house, payment_id, {"digest": new["digest"]})).status_code == 201


async def test_same_key_gives_the_same_bytes_and_another_body_is_refused(sqlite_house: House) -> None:
    payment_id = await paid(sqlite_house)
    path = f"/v1/payments/{payment_id}/refunds"
    first = await sqlite_house.post(path, {"amount_minor": 100}, "noodle-house", key="k")
    again = await sqlite_house.post(path, {"amount_minor": 100}, "noodle-house", key="k")
    other = await sqlite_house.post(path, {"amount_minor": 101}, "noodle-house", key="k")
    assert (first.content, first.status_code) == (again.content, again.status_code)
    assert problem(other) == (422, "idempotency_key_reused")


INVITE = """campaign: invite
kind: referral
currency: CNY
name: {en: "Red packet", zh: "红包"}
funding: {platform: 100%}
schedule: {from: 2026-01-01, until: 2028-01-01, timezone: Asia/Shanghai}
audience: {all: [{invited: {}}, {first_order: {per: [member]}}]}
give: [{red_packet: {friend: 40.00, inviter: 1.00}}]
limits: {budget: 1800.00}
stacking: {phase: reward}
"""


async def test_what_is_owed_is_shown_to_the_member_and_the_operator(sqlite_house: House) -> None:
    # A packet of 40.00 for a lunch of 32.00, spent on a second lunch: the refund keeps 32.00 and 8.00 are owed.
    house = sqlite_house
    assert (await house.publish(invite=INVITE)).status_code == 200
    inviter = await house.member("wei", "13800000002")
    await house.member("lin", "13800000001", balance=3200, invite_code=inviter["invite_code"])
    first = (await house.post("/v1/payments", await house.order("lin"), "noodle-house")).json()
    lunch = {"currency": "CNY", "lines": [{**NOODLES, "unit_price_minor": 4000}]}
    assert (await house.post("/v1/payments", await house.order("lin", basket=lunch), "noodle-house")).status_code == 201
    done = (await refund(house, first["payment_id"], {})).json()["refund"]
    assert (done["amount_minor"], done["deducted_minor"], done["due_minor"]) == (3200, 3200, 800)
    assert (await house.get("/v1/me", "lin")).json()["balance_minor"] == 0
    [mine] = (await house.get("/v1/me/dues", "lin")).json()["items"]
    assert (mine["kind"], mine["amount"], mine["repaid"], mine["state"]) == ("red_packet", 800, 0, "open")
    assert mine["payment_id"] == first["payment_id"]
    assert (await house.get("/v1/operator/dues", "operator")).json()["items"] == [mine]
    assert (await house.get("/v1/me/dues", "wei")).json() == {"items": []}
