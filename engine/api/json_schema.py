r"""JSON Schemas of the wire shapes.

msgspec writes them (draft 2020-12, which is what OpenAPI 3.1 takes). Two things are mended: instants get their format,
and Python's ``\Z`` becomes the ``$`` that JSON Schema's regular expressions know.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, get_args

import msgspec
from msgspec import Struct

REF: Final = "#/components/schemas/{name}"


def components(shapes: Sequence[type[Struct]]) -> dict[str, Any]:
    """Return the schema of each of *shapes* and of everything they hold, by name."""
    _, schemas = msgspec.json.schema_components(shapes, ref_template=REF)
    kind_by_name = {kind.__name__: kind for kind in _structs(shapes)}
    for name, schema in schemas.items():
        if name in kind_by_name:
            _mark_instants(kind_by_name[name], schema)
    mended: dict[str, Any] = _mended(schemas)
    return mended


def inline(shape: type[Struct]) -> dict[str, Any]:
    """Return the schema of a flat *shape*, with nothing referred to."""
    (schema,), schemas = msgspec.json.schema_components([shape], ref_template="{name}")
    flat: dict[str, Any] = _mended(schemas[schema["$ref"]])
    return flat


def _structs(shapes: Sequence[type[Struct]]) -> set[type[Struct]]:
    """Return *shapes* and every struct that they hold, at any depth."""
    found: set[type[Struct]] = set()
    waiting: list[Any] = list(shapes)
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, Struct):
            if kind not in found:
                found.add(kind)
                waiting += [field.type for field in msgspec.structs.fields(kind)]
        else:
            waiting += get_args(kind)
    return found


def _mark_instants(kind: type[Struct], schema: dict[str, Any]) -> None:
    for field in msgspec.structs.fields(kind):
        if datetime in (field.type, *get_args(field.type)):
            place = schema["properties"][field.encode_name]
            for option in place.get("anyOf", [place]):
                if option.get("type") == "string":
                    option["format"] = "date-time"


def _mended(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _pattern(value) if key == "pattern" else _mended(value) for key, value in schema.items()}
    return [_mended(one) for one in schema] if isinstance(schema, list | tuple) else schema


def _pattern(written: Any) -> Any:
    """Return a regular expression as JSON Schema writes it; a field that is called pattern has a schema instead."""
    if isinstance(written, str):
        return written.removesuffix("\\Z") + "$" if written.endswith("\\Z") else written
    return _mended(written)
