"""The document says everything, and the wallet's shapes are made of it."""

import re
from pathlib import Path

import jsonschema
import pytest
from openapi_spec_validator import validate

from engine.api.docs import page
from engine.api.openapi import document
from engine.api.operation import Operation
from engine.api.operations import OPERATIONS
from engine.api.problems import STATUS_BY_CODE
from engine.api.wire_client import WIRE_FILE, source
from engine.errors import TITLE_BY_CODE
from tests.api.house import House

ROOT = Path(__file__).parent.parent.parent


def test_document_is_valid_openapi() -> None:
    validate(document())


def test_every_route_is_in_the_document(sqlite_house: House) -> None:
    routes = {
        (method, re.sub(r"\{(\w+):str\}", r"{\1}", route.path))
        for route in sqlite_house.app.routes
        for method in route.methods - {"OPTIONS", "HEAD"}
    }
    described = {(method.upper(), path) for path, item in document()["paths"].items() for method in item}
    assert routes - described == {("GET", "/docs"), ("GET", "/schema/openapi.json")}
    assert described <= routes


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.name)
def test_operation_is_described(one: Operation) -> None:
    described = document()["paths"][one.path][one.method.lower()]
    assert len(described["summary"]) > 8
    assert str(one.status) in described["responses"]
    for code in one.all_codes:
        answer = described["responses"][str(STATUS_BY_CODE[code])]
        assert list(answer["content"]) == ["application/problem+json"]
        assert f"`{code}`" in answer["description"]


def test_every_code_has_a_status() -> None:
    assert TITLE_BY_CODE.keys() == STATUS_BY_CODE.keys()


def test_names_of_operations_and_shapes_are_unique() -> None:
    names = [one.name for one in OPERATIONS]
    assert len(set(names)) == len(names)


async def test_page_needs_no_other_host(sqlite_house: House) -> None:
    answer = await sqlite_house.http.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", answer.text)
    assert all(one.path in answer.text for one in OPERATIONS)
    assert "<script" not in page()
    for target in re.findall(r'href="#([\w]+)"', page()):
        assert f'id="{target}"' in page(), target


async def test_document_is_served(sqlite_house: House) -> None:
    answer = await sqlite_house.http.get("/schema/openapi.json")
    assert answer.json()["openapi"] == "3.1.0"


async def test_answers_are_as_described(sqlite_house: House) -> None:
    house = sqlite_house
    await house.member("lin", "13800000001", balance=10000)
    await house.post("/v1/payments", await house.order("lin"), "cinema")
    for one in OPERATIONS:
        if one.method != "GET" or "{" in one.path or one.streams:
            continue
        name = {"member": "lin", "merchant": "cinema", "operator": "operator", "anyone": "lin"}[one.who[0]]
        query = {"order_ref": "unknown"} if one.query and one.name == "find_payment" else {}
        answer = await house.get(one.path, name, **query)
        schema = document()["paths"][one.path]["get"]["responses"][str(answer.status_code)]["content"]
        [(media_type, content)] = schema.items()
        assert answer.headers["content-type"] == media_type
        components = {"components": document()["components"], **content["schema"]}
        jsonschema.validate(answer.json(), components)


def test_the_wallets_shapes_are_those_of_the_document() -> None:
    assert (ROOT / WIRE_FILE).read_text("utf-8") == source(), "run `youhui wire`"
