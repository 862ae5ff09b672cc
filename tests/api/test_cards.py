"""Cards, withdrawals, the bank's file and chargebacks over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from engine.programs.cards import CARDS_MAX
from engine.rails.settlement_file import COLUMNS
from tests.api.house import House

GOOD = {"bin": "622848", "last4": "4242", "token": "sandbox-ok"}


async def bound(house: House, name: str = "lin", *, default: bool = True, **more: str) -> str:
    answer = await house.post("/v1/me/cards", {**GOOD, **more}, name)
    assert answer.status_code == 201, answer.text
    card_id: str = answer.json()["card_id"]
    if default:
        changed = await house.http.patch("/v1/me", json={"tool": card_id}, headers=house.bearer(name))
        assert (changed.status_code, changed.json()["tool"]) == (200, card_id)
    return card_id


async def charged(house: House, **more: object) -> Any:
    return await house.post("/v1/payments", await house.order("lin", **more), "noodle-house")


@pytest.fixture
async def home(house: House) -> House:
    await house.member("lin", "13800000001")
    return house


async def test_member_binds_cards_chooses_one_and_pays_by_it(home: House) -> None:
    first = await bound(home)
    second = await bound(home, last4="0007")
    listed = (await home.get("/v1/me/cards", "lin")).json()
    assert [one["card_id"] for one in listed["items"]] == sorted([first, second], reverse=True)
    assert listed["tool"] == second
    assert "token" not in str(listed)
    paid = await charged(home)
    assert (paid.status_code, paid.json()["tool"], paid.json()["card"]["last4"]) == (201, "card", "0007")
    receipt = (await home.get(f"/v1/me/payments/{paid.json()['payment_id']}", "lin")).json()
    assert receipt["card"] == {
        "last4": "0007",
        "state": "captured",
        "refunding_minor": 0,
        "refunded_minor": 0,
        "refused_minor": 0,
    }


async def test_removed_card_is_gone_and_the_balance_pays_again(home: House) -> None:
    card_id = await bound(home)
    assert (await home.post(f"/v1/me/cards/{card_id}/remove", {}, "lin")).status_code == 200
    assert (await home.get("/v1/me/cards", "lin")).json() == {"items": [], "tool": "balance"}
    assert (await charged(home)).json()["code"] == "insufficient_balance"
    again = await home.post(f"/v1/me/cards/{card_id}/remove", {}, "lin")
    assert (again.status_code, again.json()["code"]) == (404, "card_not_found")


async def test_card_of_another_is_not_found(home: House) -> None:
    card_id = await bound(home)
    await home.member("wei", "13800000002")
    for answer in (
        await home.post(f"/v1/me/cards/{card_id}/remove", {}, "wei"),
        await home.http.patch("/v1/me", json={"tool": card_id}, headers=home.bearer("wei")),
        await home.post("/v1/me/withdrawals", {"amount_minor": 1, "card_id": card_id}, "wei"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "card_not_found")


@pytest.mark.parametrize("count", [CARDS_MAX - 1, CARDS_MAX])
async def test_cards_of_a_member_are_limited(home: House, count: int) -> None:
    for _ in range(count):
        await bound(home, default=False)
    answer = await home.post("/v1/me/cards", GOOD, "lin")
    assert answer.status_code == (201 if count < CARDS_MAX else 409)
    assert answer.json().get("code", "too_many_cards") == "too_many_cards"


@pytest.mark.parametrize(
    "wrong",
    [
        {"bin": "62284"},
        {"bin": "622848480"},
        {"bin": "62284a"},
        {"last4": "424"},
        {"last4": "42424"},
        {"token": "4111111111111111"},
        {"number": "4111111111111111"},
    ],
)
async def test_card_that_can_t_be_one_is_refused(home: House, wrong: dict[str, str]) -> None:
    answer = await home.post("/v1/me/cards", {**GOOD, **wrong}, "lin")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")


async def test_silent_bank_answers_202_and_the_repeat_tells_the_end(home: House) -> None:
    await bound(home, token="sandbox-times-out")
    order = await home.order("lin", "o")
    answers = [await home.post("/v1/payments", order, "noodle-house", key="k") for _ in range(4)]
    assert [one.status_code for one in answers] == [202, 202, 201, 201]
    assert [one.json()["state"] for one in answers] == ["capturing", "capturing", "committed", "committed"]
    assert answers[2].content == answers[3].content
    found = (await home.get("/v1/payments", "noodle-house", order_ref="o")).json()
    assert (found["payment_id"], found["state"]) == (answers[0].json()["payment_id"], "committed")


async def test_declined_card_is_told_and_the_query_shows_it_released(home: House) -> None:
    await bound(home, token="sandbox-declines")
    answer = await charged(home, order_ref="o")
    assert (answer.status_code, answer.json()["code"]) == (402, "card_declined")
    found = (await home.get("/v1/payments", "noodle-house", order_ref="o")).json()
    assert (found["state"], found["card"]["state"]) == ("released", "declined")


async def test_withdrawal_of_a_silent_bank_answers_202_first(home: House) -> None:
    await home.post("/v1/me/top-ups", {"amount_minor": 5000}, "lin")
    card_id = await bound(home, token="sandbox-times-out-before")
    asked = {"amount_minor": 2000, "card_id": card_id}
    answers = [await home.post("/v1/me/withdrawals", asked, "lin", key="w") for _ in range(4)]
    assert [one.status_code for one in answers] == [202, 202, 201, 201]
    assert {one.json()["balance_minor"] for one in answers} == {3000}
    assert (await home.get("/v1/me", "lin")).json()["balance_minor"] == 3000


async def test_bank_s_file_agrees_and_a_changed_one_names_the_difference(home: House) -> None:
    await bound(home)
    await charged(home)
    file = (await home.get("/v1/operator/rail-files", "operator", day="2027-03-06")).json()["file"]
    report = await home.post("/v1/operator/rail-reconciliations", {"file": file}, "operator")
    assert (report.status_code, report.json()["differences"]) == (200, [])
    wrong = await home.post("/v1/operator/rail-reconciliations", {"file": file.replace("3200", "3201")}, "operator")
    assert [one["kind"] for one in wrong.json()["differences"]] == ["amount"]
    kept = await home.get("/v1/operator/rail-reconciliations", "operator", day=wrong.json()["day"])
    assert kept.json() == wrong.json()


async def test_malformed_file_names_row_and_column(home: House) -> None:
    text = ",".join(COLUMNS) + "\ncharge,k,,five,CNY,captured,2027-03-06T04:00:00Z\n"
    answer = await home.post("/v1/operator/rail-reconciliations", {"file": text}, "operator")
    assert (answer.status_code, answer.json()["code"]) == (422, "file_malformed")
    assert (answer.json()["fields"]["row"], answer.json()["fields"]["column"]) == (2, "amount_minor")
    missing = await home.get("/v1/operator/rail-reconciliations", "operator", day="2027-03-06")
    assert missing.status_code == 404


@pytest.mark.parametrize("day", ["2027-02-30", "yesterday", "2027-3-6"])
async def test_day_that_is_none_is_refused(home: House, day: str) -> None:
    answer = await home.get("/v1/operator/rail-files", "operator", day=day)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")


async def test_chargeback_is_booked_shown_contested_and_won(home: House) -> None:
    await bound(home)
    payment_id = (await charged(home)).json()["payment_id"]
    asked = {"payment_id": payment_id, "amount_minor": 1000, "reason": "not received"}
    booked = await home.post("/v1/operator/chargebacks", asked, "operator")
    assert booked.status_code == 201, booked.text
    id_ = booked.json()["chargeback_id"]
    shown = (await home.get(f"/v1/payments/{payment_id}", "noodle-house")).json()["chargebacks"]
    assert [(one["chargeback_id"], one["amount_minor"], one["state"]) for one in shown] == [(id_, 1000, "open")]
    refused = await home.post(f"/v1/payments/{payment_id}/refunds", {}, "noodle-house")
    assert (refused.status_code, refused.json()["code"]) == (402, "refund_exceeds_payment")
    states = [(await home.post(f"/v1/operator/chargebacks/{id_}/{to}", {}, "operator")) for to in ("contest", "win")]
    assert [one.json()["state"] for one in states] == ["contested", "won"]
    late = await home.post(f"/v1/operator/chargebacks/{id_}/lose", {}, "operator")
    assert (late.status_code, late.json()["code"]) == (409, "chargeback_state")
    assert (await home.post(f"/v1/payments/{payment_id}/refunds", {}, "noodle-house")).status_code == 201
    assert (await home.get("/v1/operator/audit", "operator")).json()["findings"] == []
