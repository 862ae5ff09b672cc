"""Fill structs from nodes by their types, telling every mistake instead of stopping at the first.

Each public function returns the value, or BROKEN when a mistake was told. Depth is bounded by the parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from functools import cache
from typing import Any, Final, NamedTuple, get_type_hints

import msgspec
from msgspec import Struct, inspect

from engine.rules.campaign import Filter, Group
from engine.rules.kinds import Benefit, Condition, benefits, conditions
from engine.rules.language import scalars
from engine.rules.language.mistakes import Mark, Mistakes, did_you_mean, quoted
from engine.rules.language.nodes import Mapping, Node, Scalar, Sequence, mark_at
from engine.rules.language.shape import ItemsShape, MerchantsShape

BROKEN: Final = object()
#: Each condition is looked at for each basket that the campaign reaches.
CONDITIONS_MAX: Final = 50
#: Of more fields than these a list helps nobody.
LISTED_MAX: Final = 8
_FILTERS: Final[dict[str, type[Struct]]] = {"items": ItemsShape, "merchants": MerchantsShape}
_GROUP_KEYS: Final = ("all", "any", "none")


class FileField(NamedTuple):
    """A field as a file writes it."""

    name: str  # of the struct
    type: inspect.Type
    required: bool
    default: Any  # only where it is not required


@cache
def fields_of(struct: type[Struct]) -> dict[str, FileField]:
    """Return the fields of *struct* by their name in a file."""
    hints = get_type_hints(struct, include_extras=True)
    return {
        field.encode_name: FileField(field.name, _type_of(hints[field.name]), field.required, field.default)
        for field in msgspec.structs.fields(struct)
    }


def _type_of(hint: Any) -> inspect.Type:
    for meta in getattr(hint, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta) and meta.extra and meta.extra.get("reads") == "conditions":
            return inspect.Metadata(inspect.AnyType(), extra=meta.extra)  # a nest: read by its own rule
    return inspect.type_info(hint)


class Filler:
    """Fills structs of one file; amounts are in *currency*."""

    def __init__(self, mistakes: Mistakes, currency: str) -> None:
        """Tell mistakes to *mistakes*."""
        self.mistakes = mistakes
        self.currency = currency

    def tell(self, mark: Mark, code: str, sentence: str) -> Any:
        """Note a mistake and return BROKEN."""
        self.mistakes.add(mark, code, sentence)
        return BROKEN

    def struct(self, node: Node, struct: type[Struct], what: str) -> Any:
        """Fill *struct*, called *what* in messages."""
        values = self.values(node, struct, what)
        if values is BROKEN or any(value is BROKEN for value in values.values()):
            return BROKEN
        fields = fields_of(struct)
        return struct(**{fields[key].name: value for key, value in values.items()})

    def values(self, node: Node, struct: type[Struct], what: str) -> Any:
        """Fill each field by itself: YAML name → value or BROKEN; a missing field that is required is BROKEN."""
        fields = fields_of(struct)
        if not isinstance(node, Mapping):
            return self._not_a(node, "mapping", f"{_start(what)} holds fields: {_listed(fields)}.")
        self._unknown(node, fields, what)
        values = {
            key: self.value(entry.value, fields[key].type, key) for key, entry in node.entries.items() if key in fields
        }
        for key, field in fields.items():
            if field.required and key not in values:
                values[key] = self.tell(node.mark, "missing_field", f"{_start(what)} needs {key!r}.")
        return values

    def _unknown(self, node: Mapping, known: MappingOf[str, object], what: str) -> None:
        for key, entry in node.entries.items():
            if key not in known and not self.mistakes.is_full:
                hint = did_you_mean(key, known) or (f" It has {_listed(known)}." if len(known) <= LISTED_MAX else "")
                self.tell(entry.key_mark, "unknown_field", f"{quoted(key)} is not a field of {what}.{hint}")

    def _not_a(self, node: Node, wanted: str, sentence: str) -> Any:
        if isinstance(node, Scalar) and node.is_broken:
            return BROKEN
        if isinstance(node, Scalar) and node.is_null:
            return self.tell(node.mark, "empty_value", f"Nothing is written here. {sentence}")
        return self.tell(node.mark, f"not_a_{wanted}", sentence)

    def value(self, node: Node, wanted: inspect.Type, what: str) -> Any:
        """Fill a value of type *wanted*, called *what*."""
        extra: dict[str, Any] = {}
        if isinstance(wanted, inspect.UnionType):  # only ever "x or nothing"
            [wanted] = [part for part in wanted.types if not isinstance(part, inspect.NoneType)]
        while isinstance(wanted, inspect.Metadata):
            extra, wanted = {**(wanted.extra or {}), **extra}, wanted.type
        if reads := extra.get("reads"):
            return self._special(node, wanted, str(reads), what)
        if isinstance(wanted, inspect.StructType):
            return self.struct(node, wanted.cls, what)
        if isinstance(wanted, inspect.VarTupleType):
            return self._list(node, wanted, what)
        if isinstance(wanted, inspect.DictType):
            return self._dict(node, wanted, what)
        return self._word(node, wanted, str(extra.get("says", "text")), what)

    def _special(self, node: Node, wanted: inspect.Type, reads: str, what: str) -> Any:
        if reads in _FILTERS:
            return self._filter(node, _FILTERS[reads], what)
        if reads == "conditions":
            return self.group(node, what)
        if reads == "benefit":
            return self._kind(node, benefits(), "benefit")
        return self._scalar(node, wanted, reads, what)

    def _scalar(self, node: Node, wanted: inspect.Type, reads: str, what: str) -> Any:
        if not isinstance(node, Scalar) or node.is_null or node.is_broken:
            return self._not_a(node, "value", f"{what} needs one value.")
        try:
            if reads in {"amount", "amount_or_0"}:
                return scalars.amount(node, self.currency, least=int(reads == "amount"))
            if reads == "whole":
                bounds = wanted if isinstance(wanted, inspect.IntType) else inspect.IntType()
                return scalars.whole(node, bounds.ge, bounds.le)
            return scalars.READERS[reads](node)
        except scalars.Unreadable as error:
            return self.tell(node.mark, error.code, error.sentence)

    def _word(self, node: Node, wanted: inspect.Type, says: str, what: str) -> Any:
        if not isinstance(node, Scalar) or node.is_null or node.is_broken:
            return self._not_a(node, "value", f"{what} needs one value.")
        if isinstance(wanted, inspect.LiteralType):
            options = [str(option) for option in wanted.values]
            if node.text in options:
                return node.text
            hint = did_you_mean(node.text, options)
            return self.tell(node.mark, "unknown_value", f"{quoted(node.text)} is not one of {_listed(options)}.{hint}")
        assert isinstance(wanted, inspect.StrType)  # noqa: S101 - a programmer's mistake
        too_short = wanted.min_length is not None and len(node.text) < wanted.min_length
        too_long = wanted.max_length is not None and len(node.text) > wanted.max_length
        if too_short or too_long or (wanted.pattern and not re.search(wanted.pattern.replace("$", r"\Z"), node.text)):
            return self.tell(node.mark, "bad_text", f"{quoted(node.text)} can't be used for {what}: {says}.")
        return node.text

    def _list(self, node: Node, wanted: inspect.VarTupleType, what: str) -> Any:
        if isinstance(node, Scalar) and (node.is_null or node.is_broken):
            return self._not_a(node, "list", f"{what} needs a list.")
        nodes = node.items if isinstance(node, Sequence) else [node]  # one value may stand for a list of one
        least, most = wanted.min_length or 0, wanted.max_length
        if len(nodes) < least or (most is not None and len(nodes) > most):
            bounds = f"at least {least}" if len(nodes) < least else f"at most {most}"
            return self.tell(node.mark, "wrong_length", f"{what} needs {bounds} in its list; it has {len(nodes)}.")
        values = [self.value(item, wanted.item_type, what) for item in nodes]
        return BROKEN if any(value is BROKEN for value in values) else tuple(values)

    def _dict(self, node: Node, wanted: inspect.DictType, what: str) -> Any:
        if not isinstance(node, Mapping):
            return self._not_a(node, "mapping", f"{what} needs 'name: value' pairs.")
        if len(node.entries) < (wanted.min_length or 0):
            return self.tell(node.mark, "wrong_length", f"{what} needs at least one entry.")
        if wanted.max_length is not None and len(node.entries) > wanted.max_length:
            sentence = f"{what} needs at most {wanted.max_length} entries; it has {len(node.entries)}."
            return self.tell(node.mark, "wrong_length", sentence)
        values = {
            self.value(Scalar(entry.key_mark, key), wanted.key_type, what): self.value(
                entry.value, wanted.value_type, key
            )
            for key, entry in node.entries.items()
        }
        return BROKEN if BROKEN in values or BROKEN in values.values() else values

    def _filter(self, node: Node, struct: type[Struct], what: str) -> Any:
        filled = self.struct(node, struct, what)
        if filled is BROKEN:
            return BROKEN
        include = msgspec.structs.asdict(filled)
        exclude = msgspec.structs.asdict(include.pop("exclude"))
        return Filter({k: v for k, v in include.items() if v}, {k: v for k, v in exclude.items() if v})

    def group(self, node: Node, what: str) -> Any:
        """Fill a nest of conditions: a list means all of them."""
        if isinstance(node, Mapping) and any(key in node.entries for key in _GROUP_KEYS):
            self._unknown(node, dict.fromkeys(_GROUP_KEYS), what)
            parts = {key: self._members(node.entries[key].value, what) for key in _GROUP_KEYS if key in node.entries}
            return BROKEN if any(part is BROKEN for part in parts.values()) else Group(**parts)
        members = self._members(node, what)
        return BROKEN if members is BROKEN else Group(all=members)

    def _members(self, node: Node, what: str) -> Any:
        if isinstance(node, Scalar):
            return self._not_a(node, "list", f"{what} needs a list of conditions.")
        nodes = node.items if isinstance(node, Sequence) else [node]
        if len(nodes) > CONDITIONS_MAX:
            sentence = f"{what} needs at most {CONDITIONS_MAX} in its list; it has {len(nodes)}."
            return self.tell(node.mark, "wrong_length", sentence)
        members = [self._member(item, what) for item in nodes]
        return BROKEN if any(member is BROKEN for member in members) else tuple(members)

    def _member(self, node: Node, what: str) -> Any:
        if isinstance(node, Mapping) and any(key in node.entries for key in _GROUP_KEYS):
            return self.group(node, what)
        return self._kind(node, conditions(), "condition")

    def _kind(self, node: Node, known: MappingOf[str, type[Condition | Benefit]], what: str) -> Any:
        if isinstance(node, Mapping) and len(node.entries) > 1:
            apart = ", ".join(f"{{{key}: …}}" for key in list(node.entries)[:3])
            return self.tell(node.mark, "two_in_one", f"Each {what} is a list item of its own: [{apart}].")
        if not isinstance(node, Mapping) or len(node.entries) != 1:
            sentence = f"A {what} is one name with its fields: {{{next(iter(known))}: {{…}}}}."
            return self._not_a(node, what, sentence)
        [(key, entry)] = node.entries.items()
        if key not in known:
            return self.tell(entry.key_mark, f"unknown_{what}", _unknown_kind(key, known, what))
        kind, fields = known[key], fields_of(known[key])
        body = entry.value
        if len(fields) == 1 and not isinstance(body, Mapping):  # the only field may go without its name
            [(name, field)] = fields.items()
            value = self.value(body, field.type, f"{key}.{name}")
            return BROKEN if value is BROKEN else kind(**{field.name: value})
        filled = self.struct(body, kind, key)
        faults = [] if filled is BROKEN else filled.faults()
        for fault in faults:
            self.tell(mark_at(body, fault.field), fault.code, fault.sentence)
        return BROKEN if faults else filled


def _unknown_kind(key: str, known: MappingOf[str, object], what: str) -> str:
    other, place = (benefits(), "give") if what == "condition" else (conditions(), "when")
    if key in other:
        return f"{quoted(key)} is not a {what}. It belongs under {place!r}."
    return f"{quoted(key)} is not a {what} we have.{did_you_mean(key, known) or f' There are {_listed(known)}.'}"


def _start(what: str) -> str:
    """Begin a sentence with *what*; a field's own name keeps its letters."""
    return f"A{what[1:]}" if what.startswith("a ") else what


def _listed(options: MappingOf[str, object] | list[str]) -> str:
    return ", ".join(options)
