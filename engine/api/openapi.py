"""The OpenAPI 3.1 document, made from the declared operations and the wire shapes.

Every error that an operation can answer stands there as problem+json with its codes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from typing import Any, Final

import msgspec

from engine.api.json_schema import components, inline
from engine.api.operation import PENDING_STATUS, Operation
from engine.api.operations import OPERATIONS
from engine.api.problems import MEDIA_TYPE, STATUS_BY_CODE
from engine.errors import TITLE_BY_CODE
from engine.wire.problems import Problem

JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"
_STATUS_WORDS: Final = {
    400: "The request can't be read",
    401: "Nobody we know asks",
    402: "Understood and decided: no. Kept for the Idempotency-Key",
    403: "This caller may not",
    404: "No such thing, or not yours",
    409: "The thing is in another state. Kept for the Idempotency-Key",
    413: "Too large",
    422: "A field is wrong",
    429: "Too many tries; see Retry-After",
    500: "Something broke on our side; tell us the id",
    503: "Can't be decided now; see Retry-After and send the same request again",
}
_SCHEME_BY_ROLE: Final = {"member": "session", "merchant": "merchantKey", "operator": "operatorKey"}
_SCHEMES: Final = {
    "session": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "From POST /v1/sign-in."},
    "merchantKey": {"type": "http", "scheme": "bearer", "description": "A merchant's API key: yk_<key id>_<secret>."},
    "operatorKey": {"type": "http", "scheme": "bearer", "description": "An operator's API key, printed at set-up."},
}
_KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "One of your own for each new request; a repeat gets the first answer, byte for byte.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x20-\\x7e]+$"},
}
_FILE: Final = {"type": "string"}
_LAST_EVENT_PARAMETER: Final = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "The id of the last event seen; it wins over `after`.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
}


@cache
def document() -> dict[str, Any]:
    """Return the document."""
    shapes = {shape for one in OPERATIONS for shape in (one.body, one.answer) if shape is not None}
    paths: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for one in OPERATIONS:
        paths[one.path][one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "youhui",
            "version": version("youhui"),
            "description": "Promotion and coupon engine with a mobile wallet. Money is in minor units (`*_minor`), "
            "instants are RFC 3339 in UTC (`*_at`). Requests are strict; answers only ever gain fields.",
        },
        "servers": [{"url": "/"}],
        "paths": dict(paths),
        "components": {
            "schemas": components([*sorted(shapes, key=lambda shape: shape.__name__), Problem]),
            "securitySchemes": _SCHEMES,
        },
    }


@cache
def document_json() -> bytes:
    """Return the document as JSON."""
    return msgspec.json.encode(document())


def _operation(one: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.tag],
        "responses": {str(one.status): _success(one, "Done"), **_pending(one), **_problems(one.all_codes)},
        "security": [{_SCHEME_BY_ROLE[role]: []} for role in one.who if role != "anyone"],
    }
    if one.description:
        described["description"] = one.description
    parameters = _parameters(one)
    if parameters:
        described["parameters"] = parameters
    if one.body is not None:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(one.body.__name__)}}}
    if one.takes:
        described["requestBody"] = {"required": True, "content": {one.takes: {"schema": _FILE}}}
    return described


def _pending(one: Operation) -> dict[str, Any]:
    said = "The bank is silent: begun, not at its end. Send the same request again, or query"
    return {str(PENDING_STATUS): _success(one, said)} if one.may_be_pending else {}


def _success(one: Operation, done: str) -> dict[str, Any]:
    if one.answer is None:
        return {"description": "A file", "content": {one.gives: {"schema": _FILE}}}
    media_type = EVENTS if one.streams else JSON
    words = "A stream; each event's data is this" if one.streams else done
    return {"description": words, "content": {media_type: {"schema": _ref(one.answer.__name__)}}}


def _problems(codes: Iterable[str]) -> dict[str, Any]:
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for code in codes:
        by_status[STATUS_BY_CODE[code]].append(code)
    return {str(status): _problem(status, by_status[status]) for status in sorted(by_status)}


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    listed = "\n".join(f"- `{code}`: {TITLE_BY_CODE[code]}" for code in codes)
    schema = {"allOf": [_ref("Problem"), {"properties": {"code": {"enum": codes}, "status": {"const": status}}}]}
    return {"description": f"{_STATUS_WORDS[status]}.\n\n{listed}", "content": {MEDIA_TYPE: {"schema": schema}}}


def _parameters(one: Operation) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in one.path.split("/") if part.startswith("{")]
    found = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    if one.query is not None:
        schema = inline(one.query)
        required = schema.get("required", [])
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": field}
            for name, field in schema["properties"].items()
        ]
    if one.needs_key:
        found.append(_KEY_PARAMETER)
    if one.streams:
        found.append(_LAST_EVENT_PARAMETER)
    return found


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
