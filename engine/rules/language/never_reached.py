"""Things that the scope leaves out: items, kinds of line and merchants that others in the file wait for in vain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from engine.rules.benefits.gift import Gift
from engine.rules.campaign import Filter, Scope
from engine.rules.conditions.together import Together
from engine.rules.language.mistakes import did_you_mean
from engine.rules.language.sections import Check, Flaw, Sections, everywhere, given, within

#: A line has one of each of these, so two lists without a common value never choose the same line.
_ONE_OF_EACH: Final = ("skus", "categories")


def _kinds(sections: Sections) -> Iterator[tuple[str, Struct]]:
    """Yield the benefits and conditions that could be read, each with its path."""
    if sections.holds("give"):
        yield from given(sections.give)
    for name in ("audience", "when"):
        if sections.holds(name):
            yield from everywhere(name, getattr(sections, name))


def _something_is_in_scope(sections: Sections) -> Iterator[Flaw]:
    if not sections.scope.kinds:
        sentence = "No kind of line is named, so nothing counts. Name one, such as goods, or leave 'kinds' out."
        yield Flaw("scope.kinds", "empty_scope", sentence)


def _line_kinds_are_in_scope(sections: Sections) -> Iterator[Flaw]:
    inside = sections.scope.kinds
    for path, kind in _kinds(sections):
        for named in getattr(kind, "kinds", ()):
            if inside and named not in inside:
                sentence = f"The scope leaves {named} out, so it never counts here. Add it to scope.kinds."
                yield Flaw(f"{path}.kinds", "kind_not_in_scope", sentence)


def _nothing_is_chosen_and_excluded(sections: Sections) -> Iterator[Flaw]:
    filters = [("scope.merchants", sections.scope.merchants), ("scope.items", sections.scope.items)]
    for path, kind in _kinds(sections):
        filters.extend(within(path, kind, Filter))
    for path, chosen in filters:
        for dimension, values in chosen.include.items():
            for value in sorted(set(values) & set(chosen.exclude.get(dimension, ()))):
                sentence = f"{value!r} is chosen and excluded at once. Remove one."
                yield Flaw(f"{path}.exclude.{dimension}", "chosen_and_excluded", sentence)


def _items_are_in_scope(sections: Sections) -> Iterator[Flaw]:
    scope: Scope = sections.scope
    for path, kind in _kinds(sections):
        if isinstance(kind, Gift):
            yield from _out_of(scope.items, f"{path}.sku", "skus", (kind.sku,))
        for below, chosen in within(path, kind, Filter):
            if len(chosen.include) == 1:
                [(dimension, values)] = chosen.include.items()
                yield from _out_of(scope.items, f"{below}.{dimension}", dimension, values)


def _out_of(scope: Filter, path: str, dimension: str, values: Sequence[str]) -> Iterator[Flaw]:
    """Tell when none of *values* can be in *scope*."""
    inside, outside = scope.include.get(dimension, ()), scope.exclude.get(dimension, ())
    is_apart = dimension in _ONE_OF_EACH and set(scope.include) == {dimension} and not set(values) & set(inside)
    if is_apart or set(values) <= set(outside):
        hint = did_you_mean(values[0], inside)
        sentence = f"The scope leaves {values[0]!r} out, so nothing is ever found here. Change one of the two.{hint}"
        yield Flaw(path, "item_not_in_scope", sentence)


def _merchants_are_in_scope(sections: Sections) -> Iterator[Flaw]:
    merchants: Filter = sections.scope.merchants
    inside, outside = merchants.include.get("ids", ()), set(merchants.exclude.get("ids", ()))
    for path, condition in everywhere("when", sections.when):
        named = set(condition.merchants) if isinstance(condition, Together) else set()
        missing = named & outside | (named - set(inside) if set(merchants.include) == {"ids"} else set())
        for merchant in sorted(missing):
            sentence = f"{merchant!r} is not in this campaign's scope, so it can never hold."
            yield Flaw(f"{path}.merchants", "merchant_not_in_scope", sentence + did_you_mean(merchant, inside))


CHECKS: Final[tuple[Check, ...]] = (
    (("scope",), _something_is_in_scope),
    (("scope",), _line_kinds_are_in_scope),
    (("scope",), _nothing_is_chosen_and_excluded),
    (("scope",), _items_are_in_scope),
    (("scope", "when"), _merchants_are_in_scope),
)
