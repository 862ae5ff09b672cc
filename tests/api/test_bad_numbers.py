"""Numbers, keys and letters that JSON and Unicode allow and a till never sends: told, never a 500."""

import json

import pytest

from tests.api.house import NOODLES, House

PRICE = json.dumps({**NOODLES, "unit_price_minor": "@"})
ORDER = '{"pay_code": "28", "order_ref": "o", "basket": {"currency": "CNY", "lines": [%s]}}'
NUMBERS = ["-0.0", "9223372036854775808", "18446744073709551616", "9" * 5_000, "1e9999999", "0x10", "1_000", "٣"]
CODES = ["А" * 20, "２８" + "０" * 18, "28\u200b" + "0" * 17, "\u202e28" + "0" * 17, "ſ" * 20, "İ" * 20]


async def refused(house: House, content: str | bytes) -> str:
    headers = {**house.bearer("noodle-house"), **house.key(), "Content-Type": "application/json"}
    answer = await house.http.post("/v1/payments", content=content, headers=headers)
    assert answer.status_code in {400, 413, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    code: str = answer.json()["code"]
    return code


@pytest.mark.parametrize("number", NUMBERS)
async def test_strange_price_is_told(sqlite_house: House, number: str) -> None:
    assert await refused(sqlite_house, ORDER % PRICE.replace('"@"', number)) in {"invalid_field", "malformed_request"}


@pytest.mark.parametrize("code", CODES)
async def test_letters_that_look_like_digits_are_no_pay_code(sqlite_house: House, code: str) -> None:
    content = (ORDER % json.dumps(NOODLES)).replace('"28"', json.dumps(code))
    assert await refused(sqlite_house, content) in {"pay_code_malformed", "invalid_field"}


async def test_ten_megabytes_are_too_large(sqlite_house: House) -> None:
    assert await refused(sqlite_house, b" " * 10_000_000) == "too_large"


@pytest.mark.parametrize("depth", [100, 50_000])
async def test_deep_body_is_told(sqlite_house: House, depth: int) -> None:
    assert await refused(sqlite_house, "[" * depth + "]" * depth) in {"invalid_field", "too_deep", "malformed_request"}
