"""Writes ``wallet_app/wire.py``: the shapes of the OpenAPI document that a member meets, as msgspec structs.

A client reads leniently: unknown fields are ignored (msgspec's default), and a choice in an answer is plain text, so
that a new value breaks no phone. ``youhui wire`` writes the file; a test compares.
"""

from __future__ import annotations

import json
import keyword
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from engine.api.openapi import document

WIRE_FILE: Final = Path("wallet_app") / "wire.py"
_HEADER: Final = '''"""The shapes on the wire, written by ``youhui wire`` from the OpenAPI document. Do not edit.

Unknown fields are ignored: answers only ever gain fields.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field
'''
_PLAIN: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_LINE_MAX: Final = 120


def source() -> str:
    """Return the file's text."""
    described = document()
    schemas: Mapping[str, Any] = described["components"]["schemas"]
    return _HEADER + "".join(f"\n\n{_class(name, schemas[name])}" for name in sorted(_needed(described)))


def _needed(described: Mapping[str, Any]) -> set[str]:
    """Return the names of the shapes that operations for members, or for anyone, take and give, at any depth."""
    operations = [one for item in described["paths"].values() for one in item.values()]
    waiting = [name for one in operations if _is_for_members(one) for name in _referred(one)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _referred(described["components"]["schemas"][name])
    return found


def _is_for_members(one: Mapping[str, Any]) -> bool:
    return not one["security"] or {"session": []} in one["security"]


def _referred(part: Any) -> list[str]:
    """Return the names of the shapes that *part* of the document refers to."""
    if isinstance(part, Mapping):
        own = [part["$ref"].rpartition("/")[2]] if isinstance(part.get("$ref"), str) else []
        return own + [name for value in part.values() for name in _referred(value)]
    return [name for value in part for name in _referred(value)] if isinstance(part, list) else []


def _class(name: str, schema: Mapping[str, Any]) -> str:
    is_request = schema.get("additionalProperties") is False
    required = schema.get("required", ())
    lines = [f"class {name}(Struct, frozen=True, kw_only=True):", *_docstring(schema.get("description", name)), ""]
    for attribute, written in schema.get("properties", {}).items():
        if keyword.iskeyword(attribute):
            raise ValueError(f"{name}.{attribute} can't be a field in Python")
        kind = _type(written, choices=is_request)
        default = "" if attribute in required else f" = {_default(written['default'])}"
        lines += _field(f"    {attribute}: {kind}{default}")
    return "\n".join(lines) + "\n"


def _field(line: str) -> list[str]:
    """Lay a field out as the formatter does: a choice too long for a line stands one value a line."""
    head, bracket, rest = line.partition("Literal[")
    if len(line) <= _LINE_MAX or not bracket:
        return [line]
    values, _, tail = rest.rpartition("]")
    return [f"{head}Literal[", *(f"        {value}," for value in values.split(", ")), f"    ]{tail}"]


def _docstring(words: str) -> list[str]:
    first, _, rest = words.partition("\n")
    if not rest.strip():
        return [f'    """{first}"""']
    return [f'    """{first}', *(f"    {line.strip()}".rstrip() for line in rest.split("\n")), '    """']


def _type(schema: Mapping[str, Any], *, choices: bool) -> str:
    """Return the Python type of *schema*; *choices*: keep the values that may be sent."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one, choices=choices) for one in schema["anyOf"]))
    if "enum" in schema:
        return _choice(schema["enum"], choices=choices)
    return _plain(schema, choices=choices)


def _choice(values: Sequence[str | None], *, choices: bool) -> str:
    listed = ", ".join(f'"{value}"' for value in values if value is not None)
    kind = f"Literal[{listed}]" if choices else "str"
    return f"{kind} | None" if None in values else kind


def _plain(schema: Mapping[str, Any], *, choices: bool) -> str:
    kind, inner = schema.get("type"), schema.get("items") or schema.get("additionalProperties")
    held = _type(inner, choices=choices) if inner else "Any"
    if kind == "array":
        return f"tuple[{held}, ...]"
    if kind == "object":
        return f"dict[str, {held}]"
    return "datetime" if schema.get("format") == "date-time" else _PLAIN.get(str(kind), "Any")


def _default(value: object) -> str:
    if isinstance(value, list | tuple):
        return "()"
    if isinstance(value, dict):
        return "field(default_factory=dict)"
    return json.dumps(value) if isinstance(value, str) else repr(value)
