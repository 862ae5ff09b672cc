"""The JSON Schema of a campaign file and of ``catalogue.yaml``, generated from the structs that the reader fills.

Editors complete and check with it while typing. It describes the file as YAML 1.2 reads it: amounts are numbers,
percentages text. What holds between fields (funding adds up, ladders rise) is told by ``youhui check``.
"""

from __future__ import annotations

import inspect as python
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, inspect

from engine.money import DECIMALS_BY_CURRENCY
from engine.rules.kinds import benefits, conditions
from engine.rules.language.catalogue_shape import CatalogueShape
from engine.rules.language.fill import CONDITIONS_MAX, fields_of
from engine.rules.language.shape import CampaignShape, ItemsShape, MerchantsShape

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def _entries(properties: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping of at least one of *properties*."""
    return {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}


_AMOUNT: Final[dict[str, Any]] = {"type": "number", "exclusiveMinimum": 0}
_PERCENT: Final[dict[str, Any]] = {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,2})(\.[0-9]{1,4})?%$"}
_BY_CURRENCY: Final[dict[str, Any]] = dict.fromkeys(sorted(DECIMALS_BY_CURRENCY), _AMOUNT)
_BY_READS: Final[dict[str, dict[str, Any]]] = {
    "amount": _AMOUNT,
    "amounts": _entries(_BY_CURRENCY),
    "cap": _entries({"percent": _PERCENT, **_BY_CURRENCY}),
    "percent": _PERCENT,
    "moment": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?$"},
    "clock": {"type": "string", "pattern": r"^\d{2}:\d{2}$"},
    "currency": {"enum": sorted(DECIMALS_BY_CURRENCY)},
    "timezone": {"type": "string", "minLength": 1},
    "conditions": {"$ref": "#/$defs/conditions"},
    "benefit": {"$ref": "#/$defs/benefit"},
    "items": {"$ref": "#/$defs/items"},
    "merchants": {"$ref": "#/$defs/merchants"},
}


def catalogue_schema() -> dict[str, Any]:
    """Return the schema of the options of the whole catalogue."""
    return {"$schema": _DRAFT, "title": "The options of a youhui catalogue", **_struct(CatalogueShape)}


def campaign_schema() -> dict[str, Any]:
    """Return the schema of a campaign."""
    condition = {"$ref": "#/$defs/condition"}
    return {
        "$schema": _DRAFT,
        "title": "A youhui campaign",
        **_struct(CampaignShape),
        "$defs": {
            "conditions": {"anyOf": [{"$ref": "#/$defs/group"}, _one_or_many(condition, None, CONDITIONS_MAX)]},
            "group": _group(),
            "condition": {"anyOf": [{"$ref": "#/$defs/group"}, *_kinds(conditions())]},
            "benefit": {"anyOf": _kinds(benefits())},
            "items": _struct(ItemsShape),
            "merchants": _struct(MerchantsShape),
        },
    }


def _group() -> dict[str, Any]:
    members = _one_or_many({"$ref": "#/$defs/condition"}, None, CONDITIONS_MAX)
    return {
        "type": "object",
        "description": "A nest of conditions: every 'all', at least one 'any', no 'none'.",
        "properties": dict.fromkeys(("all", "any", "none"), members),
        "additionalProperties": False,
        "minProperties": 1,
    }


def _kinds(kinds: Mapping[str, type[Struct]]) -> list[dict[str, Any]]:
    return [
        {
            "type": "object",
            "description": page(kind),
            "properties": {key: _body(kind)},
            "required": [key],
            "additionalProperties": False,
        }
        for key, kind in kinds.items()
    ]


def page(kind: type[Struct]) -> str:
    """Return the public page of a condition or benefit: its file's docstring."""
    module = python.getmodule(kind)
    return python.cleandoc((module.__doc__ if module else None) or "")


def _body(kind: type[Struct]) -> dict[str, Any]:
    body, fields = _struct(kind), fields_of(kind)
    if len(fields) != 1:
        return body
    [only] = fields.values()  # may be written without its name
    return {"anyOf": [body, _type(only.type)]}


def _struct(struct: type[Struct]) -> dict[str, Any]:
    fields = fields_of(struct)
    return {
        "type": "object",
        "description": python.cleandoc(struct.__doc__ or "").partition("\n")[0],
        "properties": {key: _type(field.type) for key, field in fields.items()},
        "required": [key for key, field in fields.items() if field.required],
        "additionalProperties": False,
    }


def _type(wanted: inspect.Type) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if isinstance(wanted, inspect.UnionType):
        [wanted] = [part for part in wanted.types if not isinstance(part, inspect.NoneType)]
    while isinstance(wanted, inspect.Metadata):
        extra, wanted = {**(wanted.extra or {}), **extra}, wanted.type
    if (reads := extra.get("reads")) and reads != "whole":
        return _BY_READS[str(reads)]
    return _plain(wanted)


def _plain(wanted: inspect.Type) -> dict[str, Any]:
    if isinstance(wanted, inspect.IntType):
        return _without_none({"type": "integer", "minimum": wanted.ge, "maximum": wanted.le})
    if isinstance(wanted, inspect.LiteralType):
        return {"enum": list(wanted.values)}
    if isinstance(wanted, inspect.StructType):
        return _struct(wanted.cls)
    if isinstance(wanted, inspect.VarTupleType):
        return _one_or_many(_type(wanted.item_type), wanted.min_length, wanted.max_length)
    if isinstance(wanted, inspect.DictType):
        return {
            "type": "object",
            "propertyNames": _type(wanted.key_type),
            "additionalProperties": _type(wanted.value_type),
            "minProperties": wanted.min_length or 0,
        }
    assert isinstance(wanted, inspect.StrType)  # noqa: S101 - a programmer's mistake
    text = {"minLength": wanted.min_length, "maxLength": wanted.max_length, "pattern": wanted.pattern}
    return _without_none({"type": "string", **text})


def _one_or_many(item: dict[str, Any], least: int | None = None, most: int | None = None) -> dict[str, Any]:
    many = _without_none({"type": "array", "items": item, "minItems": least, "maxItems": most})
    return many if least is not None and least > 1 else {"anyOf": [many, item]}


def _without_none(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if value is not None}
