"""Reading a request strictly: JSON into a wire shape, the query string, the ids in the path, the Idempotency-Key.

What can't be read at all is ``malformed_request``, what can but breaks its shape ``invalid_field`` with the path.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request
from msgspec import Struct

from engine.api.caller import Caller
from engine.api.operation import Operation
from engine.api.problems import invalid_fields
from engine.api.unambiguous import refuse_ambiguous
from engine.checkout.request import Request as Once
from engine.errors import Invalid, NotFound
from engine.wire.problems import FieldProblem

KEY_HEADER: Final = "idempotency-key"
_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")
_ID: Final = re.compile(r"[A-Za-z0-9_.:\-]{1,80}")
#: msgspec says "Object contains unknown field `x` - at `$.basket.lines[0]`".
_PLACE: Final = re.compile(r"^(?P<message>.*?)(?: - at `(?:\$|key in \$)?(?P<path>[^`]*)`)?$", re.DOTALL)
_FIELD: Final = re.compile(r"(?:unknown field|missing required field) `(?P<name>[^`]*)`")
_Shape = TypeVar("_Shape", bound=Struct)


def body_of(shape: type[_Shape], body: bytes) -> _Shape:
    """Read *body* as *shape*.

    Raises: Invalid ``malformed_request`` when it is not JSON or reads two ways, ``invalid_field`` naming the field;
            RecursionError when it is nested too deep.
    """
    try:
        read: _Shape = _decoder(shape).decode(body)
    except msgspec.ValidationError as error:
        raise invalid_fields([field_problem(error)]) from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Invalid("malformed_request", f"The body is not JSON: {error}.") from None
    refuse_ambiguous(body)
    return read


def query_of(shape: type[_Shape], query: Mapping[str, str]) -> _Shape:
    """Read the query string as *shape*. Raises: Invalid ``invalid_field``."""
    try:
        return msgspec.convert(dict(query), shape, strict=False)
    except msgspec.ValidationError as error:
        raise invalid_fields([field_problem(error)]) from None


def path_of(operation: Operation, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the ids in the path. Raises: NotFound when one can't be an id, so nothing has it."""
    for value in parameters.values():
        if not _ID.fullmatch(str(value)):
            code = next((code for code in operation.codes if code.endswith("_not_found")), "route_not_found")
            raise NotFound(code, "There is nothing with this id.")
    return {name: str(value) for name, value in parameters.items()}


def once_of(operation: Operation, request: Request[Any, Any, Any], caller: Caller, body: bytes) -> Once | None:
    """Return scope, key and fingerprint of a write.

    Raises: Invalid ``idempotency_key_missing``, ``idempotency_key_invalid``.
    """
    if not operation.needs_key:
        return None
    keys = request.headers.getall(KEY_HEADER, [])
    if not keys:
        raise Invalid("idempotency_key_missing", "Send an Idempotency-Key: one of your own for each new request.")
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise Invalid(
            "idempotency_key_invalid", "The Idempotency-Key must be 1 to 255 printable ASCII characters, once."
        )
    # The path names the thing written to; the lengths keep two different requests from running together.
    said = f"{operation.method} {request.scope['path']} {len(body)}\n".encode(errors="replace")
    return Once(caller.scope, keys[0], hashlib.sha256(said + body).digest())


def field_problem(error: msgspec.ValidationError) -> FieldProblem:
    """Return the place and the message of a shape's violation."""
    told = _PLACE.match(str(error))
    message, path = (told["message"], told["path"] or "") if told else (str(error), "")
    field = _FIELD.search(message)
    if field:
        path = f"{path}.{field['name']}"
    return FieldProblem(path=path.removeprefix("$").lstrip("."), message=message)


@cache
def _decoder(shape: type[_Shape]) -> msgspec.json.Decoder[_Shape]:
    return msgspec.json.Decoder(shape)
