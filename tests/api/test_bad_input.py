"""Bad input: each a documented problem, nothing changed, never a 500."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.operations import OPERATIONS
from engine.api.problems import STATUS_BY_CODE
from engine.paycode.code import make
from engine.settings import Settings
from engine.store.database import open_database
from tests.api.house import NOODLES, START, House, house_on

LINE = json.dumps(NOODLES)
CHARGE = '{"pay_code": "28", "order_ref": "o", "basket": {"currency": "CNY", "lines": [%s]}}'


def line(**changes: object) -> str:
    return CHARGE % json.dumps({**NOODLES, **changes})


def raw(field: str, value: str) -> str:
    """A line whose *field* is *value* as it stands, which json.dumps would not write."""
    return CHARGE % json.dumps({**NOODLES, field: "@"}).replace('"@"', value)


WRONG_BODIES = {
    "negative price": (line(unit_price_minor=-1), 422, "invalid_field", "basket.lines[0].unit_price_minor"),
    "negative quantity": (line(quantity=-1), 422, "invalid_field", "basket.lines[0].quantity"),
    "no quantity": (line(quantity=0), 422, "invalid_field", "basket.lines[0].quantity"),
    "huge price": (line(unit_price_minor=10**12 + 1), 422, "invalid_field", "basket.lines[0].unit_price_minor"),
    "price past 64 bits": (line(unit_price_minor=10**30), 422, "invalid_field", "basket.lines[0].unit_price_minor"),
    "fraction": (line(unit_price_minor=1.5), 422, "invalid_field", "basket.lines[0].unit_price_minor"),
    "a float": (raw("unit_price_minor", "1e400"), 422, "invalid_field", "basket.lines[0].unit_price_minor"),
    "text as price": (line(unit_price_minor="100"), 422, "invalid_field", "basket.lines[0].unit_price_minor"),
    "true as price": (line(unit_price_minor=True), 422, "invalid_field", "basket.lines[0].unit_price_minor"),
    "not a number": (raw("unit_price_minor", "NaN"), 400, "malformed_request", ""),
    "infinity": (raw("unit_price_minor", "-Infinity"), 400, "malformed_request", ""),
    "unknown field of a line": (line(colour="red"), 422, "invalid_field", "basket.lines[0].colour"),
    "unknown field": (CHARGE.replace("{", '{"colour": 1, ', 1) % LINE, 422, "invalid_field", "colour"),
    "NUL in a name": (line(name="a\0b"), 422, "invalid_field", "basket.lines[0].name"),
    "lone surrogate": (raw("name", '"\\ud800"'), 400, "malformed_request", ""),
    "two lines of one id": (CHARGE % f"{LINE},{LINE}", 422, "duplicate_line", ""),
    "no lines": (CHARGE % "", 422, "invalid_field", "basket.lines"),
    "201 lines": (
        CHARGE % ",".join(json.dumps({**NOODLES, "id": str(n)}) for n in range(201)),
        422,
        "invalid_field",
        "basket.lines",
    ),
    "unknown currency": ((CHARGE % LINE).replace("CNY", "XXX"), 422, "unknown_currency", ""),
    "currency of four letters": ((CHARGE % LINE).replace("CNY", "CNYY"), 422, "invalid_field", "basket.currency"),
    "missing field": ('{"pay_code": "28"}', 422, "invalid_field", "order_ref"),
    "not an object": ("[]", 422, "invalid_field", ""),
    "nothing": ("", 400, "malformed_request", ""),
    "half": ('{"pay_code": "2', 400, "malformed_request", ""),
    "two values": ((CHARGE % LINE) + " {}", 400, "malformed_request", ""),
    "not UTF-8": (b'{"pay_code": "\xff"}', 400, "malformed_request", ""),
    "byte order mark": (b"\xef\xbb\xbf{}", 400, "malformed_request", ""),
    "no pay code": ((CHARGE % LINE).replace('"28"', '"12345678901234567890"'), 422, "pay_code_malformed", ""),
    "deep": ('{"basket": ' + "[" * 100_000, 422, "invalid_field", "basket"),
    "deep and closed": ('{"colour": ' + "[" * 50_000 + "]" * 50_000 + "}", 422, "invalid_field", "colour"),
    "too large": ('{"pay_code": "' + "1" * 300_000 + '"}', 413, "too_large", ""),
}


@pytest.mark.parametrize("name", WRONG_BODIES)
async def test_wrong_body_is_a_problem(sqlite_house: House, name: str) -> None:
    body, status, code, path = WRONG_BODIES[name]
    headers = {**sqlite_house.bearer("noodle-house"), **sqlite_house.key(), "Content-Type": "application/json"}
    answer = await sqlite_house.http.post("/v1/payments", content=body, headers=headers)
    problem = answer.json()
    assert answer.status_code == status, problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == code
    assert STATUS_BY_CODE[problem["code"]] == status
    if path:
        assert [error["path"] for error in problem["errors"]] == [path]


async def test_wrong_pay_codes(house: House) -> None:
    await house.member("lin", "13800000001", balance=10000)
    await house.member("wei", "13800000002", balance=10000)
    shown = await house.pay_code("lin")
    number = shown[2:10]
    forged = make(number, b"guessed", nonce=1, now=START)
    foreign = make("99999999", b"guessed", nonce=1, now=START)
    for code in (forged, foreign):
        answer = await house.post("/v1/payments", await house.order("lin", pay_code=code), "noodle-house")
        assert (answer.status_code, answer.json()["code"]) == (402, "pay_code_wrong")
    paid = await house.post("/v1/payments", await house.order("lin", pay_code=shown), "noodle-house")
    assert paid.status_code == 201, paid.text
    replayed = await house.post("/v1/payments", await house.order("lin", pay_code=shown), "tea-corner")
    assert (replayed.status_code, replayed.json()["code"]) == (409, "pay_code_used")
    old = await house.order("wei")
    house.clock.advance(timedelta(seconds=60))
    answer = await house.post("/v1/payments", old, "noodle-house")
    assert (answer.status_code, answer.json()["code"]) == (402, "pay_code_expired")
    assert (await house.get("/v1/me", "wei")).json()["balance_minor"] == 10000


async def test_another_merchants_payment_and_shop_are_not_there(house: House) -> None:
    await house.member("lin", "13800000001", balance=10000)
    paid = (await house.post("/v1/payments", await house.order("lin", "mine"), "noodle-house")).json()
    path = f"/v1/payments/{paid['payment_id']}"
    assert (await house.get(path, "noodle-house")).json() == paid
    tries = [
        await house.get(path, "cinema"),
        await house.get("/v1/payments", "cinema", order_ref="mine"),
        await house.post(f"{path}/commit", {}, "cinema"),
        await house.post(f"{path}/release", {}, "cinema"),
        await house.post(f"{path}/refunds", {}, "cinema"),
    ]
    assert [(one.status_code, one.json()["code"]) for one in tries] == [(404, "payment_not_found")] * 5
    foreign_shop = await house.order("lin", shop_id="cinema-1")
    answer = await house.post("/v1/payments", foreign_shop, "noodle-house")
    assert (answer.status_code, answer.json()["code"]) == (404, "shop_not_found")
    listed = await house.get("/v1/campaigns", "noodle-house", shop_id="cinema-1")
    assert (listed.status_code, listed.json()["code"]) == (404, "shop_not_found")
    stranger = await house.order(
        "lin", basket={"currency": "CNY", "lines": [NOODLES, {**NOODLES, "id": "b", "merchant_id": "cinema"}]}
    )
    answer = await house.post("/v1/payments", stranger, "noodle-house")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_another_members_receipt_is_not_there(house: House) -> None:
    await house.member("lin", "13800000001", balance=10000)
    await house.member("wei", "13800000002")
    paid = (await house.post("/v1/payments", await house.order("lin"), "noodle-house")).json()
    assert (await house.get(f"/v1/me/payments/{paid['payment_id']}", "lin")).status_code == 200
    answer = await house.get(f"/v1/me/payments/{paid['payment_id']}", "wei")
    assert (answer.status_code, answer.json()["code"]) == (404, "payment_not_found")
    assert (await house.get("/v1/me/payments", "wei")).json()["items"] == []
    assert (await house.get("/v1/me/events", "wei")).json()["items"] == []


@pytest.mark.parametrize("id_", ["%00", "a%00b", "%ff", "..%2f..", "é", "a" * 5000, "%ed%a0%80", "' OR 1=1", "*"])
async def test_strange_ids_in_the_path_are_not_there(house: House, id_: str) -> None:
    answer = await house.get(f"/v1/payments/{id_}", "noodle-house")
    assert answer.status_code == 404
    assert answer.json()["code"] in {"payment_not_found", "route_not_found"}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/me/payments", "limit=0"), ("/v1/me/payments", "limit=101"), ("/v1/me/payments", "limit=ten"),
        ("/v1/me/payments", "colour=red"), ("/v1/me/payments", "cursor=%00"), ("/v1/me/payments", "cursor=abc"),
        ("/v1/me/coupons", "state=unknown"), ("/v1/me/coupons", "cursor=WzEsMl0"), ("/v1/me/events", "after=-1"),
        ("/v1/me/events", "after=99999999999999999999"), ("/v1/me/events/stream", "after=x"),
    ],
)  # fmt: skip
async def test_wrong_query_is_a_problem(sqlite_house: House, path: str, query: str) -> None:
    await sqlite_house.member("lin", "13800000001")
    answer = await sqlite_house.http.get(f"{path}?{query}", headers=sqlite_house.bearer("lin"))
    assert (answer.status_code, answer.json()["code"] in {"invalid_field", "cursor_invalid"}) == (422, True)


async def test_unknown_address_and_method(sqlite_house: House) -> None:
    nowhere = await sqlite_house.http.get("/v1/nowhere")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "route_not_found")
    wrong = await sqlite_house.http.put("/v1/me")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert set(wrong.headers["allow"].split(", ")) >= {"GET", "PATCH"}
    assert wrong.headers["x-content-type-options"] == "nosniff"
    assert wrong.headers["x-request-id"].startswith("req_")


async def test_failure_of_ours_tells_an_id_and_nothing_else(
    sqlite_house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite_house.desk, "catalogue", None)  # nothing of ours does this; something will
    answer = await sqlite_house.http.get("/health")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "NoneType" not in answer.text
    assert answer.json()["fields"]["log_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-request-id"] in caplog.text


PUBLISH_BODIES = {
    "deep YAML": {"files": [{"name": "a.yaml", "text": "- " * 10_000}]},
    "NUL": {"files": [{"name": "a.yaml", "text": "campaign: a\0b"}]},
    "empty": {"files": [{"name": "a.yaml", "text": ""}]},
    "aliases": {"files": [{"name": "a.yaml", "text": "a: &a [1]\nb: *a"}]},
    "tag": {"files": [{"name": "a.yaml", "text": "!!python/object/apply:os.system [ls]"}]},
    "flow bomb": {"files": [{"name": "a.yaml", "text": "[" * 16_000}]},
    "control characters": {"files": [{"name": "a.yaml", "text": "campaign: \x07\x1b"}]},
}


@pytest.mark.parametrize("name", PUBLISH_BODIES)
async def test_wrong_campaign_text_is_told_with_its_place(sqlite_house: House, name: str) -> None:
    answer = await sqlite_house.post("/v1/operator/campaigns", PUBLISH_BODIES[name], "operator")
    assert (answer.status_code, answer.json()["code"]) == (422, "campaign_invalid"), answer.text
    [mistake, *_] = answer.json()["fields"]["mistakes"]
    assert mistake["text"].startswith(f"a.yaml:{mistake['line']}:{mistake['column']}: ")


async def test_wrong_publication_is_a_problem(sqlite_house: House) -> None:
    file = {"name": "a.yaml", "text": "x"}
    bodies = [
        {"files": []}, {"files": [{**file, "text": "x" * 32_769}]}, {"files": [{**file, "name": "../a"}]},
        {"files": [file, file]},
    ]  # fmt: skip
    for body in bodies:
        answer = await sqlite_house.post("/v1/operator/campaigns", body, "operator")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field"), body
    headers = {**sqlite_house.bearer("operator"), **sqlite_house.key()}
    huge = await sqlite_house.http.post("/v1/operator/campaigns", content=b" " * (9 * 2**20), headers=headers)
    assert (huge.status_code, huge.json()["code"]) == (413, "too_large")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)
_WRITES = [one for one in OPERATIONS if one.method != "GET"]


@pytest.fixture
def asked(sqlite_url: str) -> Iterator[Callable[[Callable[[House], Awaitable[Any]]], Any]]:
    """A house that answers within synchronous code, as Hypothesis needs it."""
    with asyncio.Runner() as runner:
        database = runner.run(open_database(Settings(database_url=sqlite_url)))
        house = runner.run(house_on(database, sqlite_url))
        runner.run(house.member("lin", "13800000001"))
        yield lambda ask: runner.run(ask(house))
        runner.run(house.http.aclose())
        runner.run(house.desk.sequencer.close())
        runner.run(database.close())


def test_random_json_never_breaks_us(asked: Callable[[Callable[[House], Awaitable[Any]]], Any]) -> None:
    @settings(max_examples=250, deadline=None)
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(_WRITES))
        names = one.body.__struct_fields__ if one.body else ("x",)
        body = data.draw(_json | st.dictionaries(st.sampled_from(names), _json))
        name = {"member": "lin", "merchant": "cinema", "operator": "operator", "anyone": "lin"}[one.who[0]]
        path = one.path.replace("{payment_id}", "pay_1")
        answer = asked(
            lambda house: house.http.request(
                one.method, path, content=json.dumps(body), headers={**house.bearer(name), **house.key()}
            )
        )
        assert answer.status_code < 500, (body, answer.text)

    run()
