"""The bounds of a basket over HTTP, each from both sides, for a quote, a charge and a hold; and what is no fact at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.api.operation import BODY_MAX_BYTES
from engine.audit.audit import audit
from engine.money import BASKET_MAX_MINOR, LINES_MAX, QUANTITY_MAX, UNIT_PRICE_MAX_MINOR
from tests.api.house import NOODLES, House

WAYS = ("quote", "charge", "hold")


async def ask(house: House, way: str, basket: object, **more: object) -> Any:
    """Send *basket*; the answer. A charge shows lin's code."""
    if way == "quote":
        return await house.post("/v1/quotes", {"basket": basket, **more}, "noodle-house")
    body = await house.order("lin", basket=basket, capture=way == "charge", **more)
    return await house.post("/v1/payments", body, "noodle-house")


def lines(count: int = 1, **changes: object) -> dict[str, Any]:
    return {"currency": "CNY", "lines": [{**NOODLES, "id": f"l{n}", **changes} for n in range(count)]}


def worth(total_minor: int) -> dict[str, Any]:
    """A basket of exactly *total_minor*: a thousand of the dearest, less or more by single lines."""
    basket = lines(2, unit_price_minor=UNIT_PRICE_MAX_MINOR, quantity=999)
    basket["lines"][1].update(quantity=1, unit_price_minor=total_minor - 999 * UNIT_PRICE_MAX_MINOR)
    if basket["lines"][1]["unit_price_minor"] > UNIT_PRICE_MAX_MINOR:
        basket["lines"][1]["unit_price_minor"] -= 1
        basket["lines"].append({**NOODLES, "id": "one", "unit_price_minor": 1})
    return basket


#: (a basket, the code and the path of the problem; "" where it is taken), in triples around each bound.
BOUNDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "0 lines": (lines(0), "invalid_field", "basket.lines"),
    "1 line": (lines(1), "", ""),
    "199 lines": (lines(LINES_MAX - 1), "", ""),
    "200 lines": (lines(LINES_MAX), "", ""),
    "201 lines": (lines(LINES_MAX + 1), "invalid_field", "basket.lines"),
    "quantity -1": (lines(quantity=-1), "invalid_field", "basket.lines[0].quantity"),
    "quantity 0": (lines(quantity=0), "invalid_field", "basket.lines[0].quantity"),
    "quantity 1": (lines(quantity=1), "", ""),
    "quantity 9998": (lines(quantity=QUANTITY_MAX - 1), "", ""),
    "quantity 9999": (lines(quantity=QUANTITY_MAX), "", ""),
    "quantity 10000": (lines(quantity=QUANTITY_MAX + 1), "invalid_field", "basket.lines[0].quantity"),
    "price -1": (lines(unit_price_minor=-1), "invalid_field", "basket.lines[0].unit_price_minor"),
    "price 0": (lines(unit_price_minor=0), "", ""),
    "price 1": (lines(unit_price_minor=1), "", ""),
    "price just below": (lines(unit_price_minor=UNIT_PRICE_MAX_MINOR - 1), "", ""),
    "price at most": (lines(unit_price_minor=UNIT_PRICE_MAX_MINOR), "", ""),
    "price above": (lines(unit_price_minor=UNIT_PRICE_MAX_MINOR + 1), "invalid_field", "basket.lines[0].unit_price_minor"),
    "total just below": (worth(BASKET_MAX_MINOR - 1), "", ""),
    "total at most": (worth(BASKET_MAX_MINOR), "", ""),
    "total above": (worth(BASKET_MAX_MINOR + 1), "basket_too_large", ""),
    "id of 64": (lines(id="a" * 64), "", ""),
    "id of 65": (lines(id="a" * 65), "invalid_field", "basket.lines[0].id"),
    "id of 0": (lines(id=""), "invalid_field", "basket.lines[0].id"),
    "name of 80": (lines(name="面" * 80), "", ""),
    "name of 81": (lines(name="面" * 81), "invalid_field", "basket.lines[0].name"),
    "20 tags": (lines(tags=["a"] * 20), "", ""),
    "21 tags": (lines(tags=["a"] * 21), "invalid_field", "basket.lines[0].tags"),
    "one id twice": (lines(2, id="same"), "duplicate_line", ""),
    "no such currency": ({**lines(), "currency": "XXX"}, "unknown_currency", ""),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", BOUNDS)
async def test_bound_holds_from_both_sides(sqlite_house: House, name: str, way: str) -> None:
    await sqlite_house.member("lin", "13800000001", balance=100)
    basket, code, path = BOUNDS[name]
    answer = await ask(sqlite_house, way, basket)
    if code:
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert [error["path"] for error in answer.json()["errors"]] == ([path] if path else [])
    elif way == "quote":
        assert answer.status_code == 200, answer.text
        listed = sum(line["quantity"] * line["unit_price_minor"] for line in basket["lines"])
        assert answer.json()["payable_minor"] == listed
    else:  # understood, and decided: 1.00 pays for the cheapest only
        assert answer.status_code == 201 or answer.json()["code"] == "insufficient_balance", answer.text
    await nothing_is_wrong(sqlite_house)


async def nothing_is_wrong(house: House) -> None:
    assert (await audit(house.desk.database, house.desk.settings.tenant_id)).findings == ()


WRONG: tuple[object, ...] = (None, True, 1, 1.5, "x", [], {}, [[]], [None], {"x": 1})
TAKEN: dict[str, tuple[type, ...]] = {
    "id": (str,), "sku": (str,), "name": (str,), "category": (str,), "quantity": (int,), "unit_price_minor": (int,),
    "tags": (), "kind": (), "merchant_id": (str, type(None)),
}  # fmt: skip


@pytest.mark.parametrize("field", TAKEN)
async def test_fact_of_a_wrong_type_is_told_with_its_place(sqlite_house: House, field: str) -> None:
    for value in WRONG:
        if type(value) in TAKEN[field] or (field == "tags" and value == []):
            continue
        answer = await ask(sqlite_house, "quote", lines(**{field: value}))
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field"), (value, answer.text)
        [error] = answer.json()["errors"]
        assert error["path"].startswith(f"basket.lines[0].{field}")


@pytest.mark.parametrize(
    "field", ["basket", "shop_id", "channel", "max_payable_minor", "order_ref", "pay_code", "capture"]
)
async def test_field_of_a_charge_of_a_wrong_type_is_told_with_its_place(sqlite_house: House, field: str) -> None:
    sound = {"pay_code": "28", "order_ref": "o", "basket": lines()}
    optional = {"shop_id", "max_payable_minor"}
    for value in WRONG:
        text = isinstance(value, str) and field in {"order_ref", "pay_code", "shop_id"}
        if text or (value is None and field in optional) or (value is True and field == "capture"):
            continue
        if field == "max_payable_minor" and type(value) is int:
            continue
        answer = await sqlite_house.post("/v1/payments", {**sound, field: value}, "noodle-house")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field"), (value, answer.text)
        [error] = answer.json()["errors"]
        assert error["path"].startswith(field)


SOUND = json.dumps({"pay_code": "@code", "order_ref": "once", "basket": lines()})
PRICE = f'"unit_price_minor": {NOODLES["unit_price_minor"]}'
#: What is written into a sound charge, and the status and code it gets.
WRITTEN = {
    "a key twice": (PRICE, f'{PRICE}, "unit_price_minor": 1', 400, "malformed_request"),
    "a key twice, once escaped": (PRICE, f'{PRICE}, "unit_price_\\u006dinor": 1', 400, "malformed_request"),
    "a key twice at the top": ('"order_ref"', '"order_ref": "other", "order_ref"', 400, "malformed_request"),
    "negative zero": (PRICE, '"unit_price_minor": -0', 400, "malformed_request"),
    "negative zero with a fraction": (PRICE, '"unit_price_minor": -0.0', 422, "invalid_field"),
    "an exponent": (PRICE, '"unit_price_minor": 1e2', 422, "invalid_field"),
    "a whole fraction": (PRICE, '"unit_price_minor": 100.0', 422, "invalid_field"),
    "a leading zero": (PRICE, '"unit_price_minor": 0100', 400, "malformed_request"),
    "a plus": (PRICE, '"unit_price_minor": +1', 400, "malformed_request"),
    "not a number": (PRICE, '"unit_price_minor": NaN', 400, "malformed_request"),
    "infinity": (PRICE, '"unit_price_minor": Infinity', 400, "malformed_request"),
    "a number as text": (PRICE, '"unit_price_minor": "3200"', 422, "invalid_field"),
    "5,000 digits": (PRICE, f'"unit_price_minor": {"9" * 5000}', 422, "invalid_field"),
    "NUL": ('"l0"', '"l\\u0000"', 422, "invalid_field"),
    "a raw NUL": ('"l0"', '"l\0"', 400, "malformed_request"),
    "half a pair": ('"l0"', '"l\\ud83d"', 400, "malformed_request"),
    "the other half": ('"l0"', '"l\\ude00"', 400, "malformed_request"),
    "a comment": (PRICE, f"/* dear */ {PRICE}", 400, "malformed_request"),
    "a comma too many": (PRICE, f"{PRICE},", 400, "malformed_request"),
    "a thousand deep": (PRICE, f'{PRICE}, "x": {"[" * 1000}{"]" * 1000}', 422, "invalid_field"),
    "an unknown field": (PRICE, f'{PRICE}, "price": 1', 422, "invalid_field"),
}


async def test_wrong_requests_change_nothing_and_leave_code_key_and_order_free(house: House) -> None:
    await house.member("lin", "13800000001", balance=10_000)
    code = await house.pay_code("lin")
    headers = {**house.bearer("noodle-house"), "Idempotency-Key": "one-for-all", "Content-Type": "application/json"}
    sound = SOUND.replace("@code", code)
    for name, (old, new, status, problem) in WRITTEN.items():
        assert sound.count(old) == 1, name
        answer = await house.http.post("/v1/payments", content=sound.replace(old, new), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, problem), (name, answer.text)
        assert answer.json()["detail"]
        if problem == "invalid_field":
            assert answer.json()["errors"][0]["path"], name
    await nothing_is_wrong(house)
    assert (await house.get("/v1/me", "lin")).json()["balance_minor"] == 10_000
    assert (await house.get("/v1/me/payments", "lin")).json()["items"] == []
    paid = await house.http.post("/v1/payments", content=sound, headers=headers)
    assert paid.status_code == 201, paid.text
    assert (await house.get("/v1/me", "lin")).json()["balance_minor"] == 10_000 - NOODLES["unit_price_minor"]
    await nothing_is_wrong(house)


@pytest.mark.parametrize(
    ("size", "status"), [(BODY_MAX_BYTES - 1, 200), (BODY_MAX_BYTES, 200), (BODY_MAX_BYTES + 1, 413)]
)
async def test_body_is_read_up_to_its_limit(sqlite_house: House, size: int, status: int) -> None:
    body = json.dumps({"basket": lines()}).encode().ljust(size)
    headers = {**sqlite_house.bearer("noodle-house"), "Content-Type": "application/json"}
    answer = await sqlite_house.http.post("/v1/quotes", content=body, headers=headers)
    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "too_large"


async def test_number_that_only_looks_like_a_negative_zero_is_taken(sqlite_house: House) -> None:
    for name in ("-0", 'a "-0": -0', "{-0}"):
        assert (await ask(sqlite_house, "quote", lines(name=name))).status_code == 200
