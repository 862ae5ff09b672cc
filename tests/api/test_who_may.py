"""Who may call what: every operation with every sort of caller."""

import re

import pytest

from engine.api.operation import Operation
from engine.api.operations import OPERATIONS
from tests.api.house import House


@pytest.mark.parametrize("one", [one for one in OPERATIONS if not one.streams], ids=lambda one: one.name)
async def test_operation_lets_in_whom_it_names_and_nobody_else(sqlite_house: House, one: Operation) -> None:
    await sqlite_house.member("member", "13800000001")
    sqlite_house.keys["merchant"] = sqlite_house.keys["noodle-house"]
    path = re.sub(r"\{\w+\}", "id_1", one.path)
    for role in ("anyone", "member", "merchant", "operator"):
        headers = {} if role == "anyone" else sqlite_house.bearer(role)
        answer = await sqlite_house.http.request(
            one.method, path, headers={**headers, **sqlite_house.key()}, content="{}"
        )
        if "anyone" in one.who or role in one.who:
            assert answer.status_code not in {401, 403}, (role, answer.text)
        else:
            code = "not_signed_in" if role == "anyone" else "not_allowed"
            assert (answer.status_code, answer.json()["code"]) == (401 if role == "anyone" else 403, code), role


async def test_private_answers_are_kept_by_nobody(sqlite_house: House) -> None:
    await sqlite_house.member("lin", "13800000001")
    answer = await sqlite_house.get("/v1/me", "lin")
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD", "DELETE", "TRACE", "NONSENSE"])
async def test_other_methods_break_nothing(sqlite_house: House, method: str) -> None:
    for path in ("/v1/me", "/v1/payments/pay_1", "/health", "/docs"):
        assert (await sqlite_house.http.request(method, path)).status_code in {200, 204, 404, 405}, path
