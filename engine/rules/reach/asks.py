"""What a campaign's conditions ask, as far as the index can answer it, and the clauses that stay to be checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engine.rules.clauses import Clause, conditions_in
from engine.rules.kinds import Condition, Measure, Within


class Asks(NamedTuple):
    """What must be there, what may not, and within which bounds; every one of them is necessary."""

    named: dict[str, frozenset[str]]  # dimension → one of these values
    barred: dict[str, frozenset[str]]  # dimension → none of these values
    within: dict[Measure, Within]
    rest: tuple[Clause, ...]  # what the three do not tell
    kinds: frozenset[type[Condition]]  # that name the dimensions


def asks_of(clauses: Iterable[Clause], *, is_whole: bool) -> Asks:
    """Return what *clauses* ask; *is_whole* when the scope is all lines that the index measures for the campaign."""
    named: dict[str, frozenset[str]] = {}
    barred: dict[str, frozenset[str]] = {}
    within: dict[Measure, Within] = {}
    rest: list[Clause] = []
    kinds: set[type[Condition]] = set()
    for clause in clauses:
        kinds.update(type(condition) for member in clause.members for condition in conditions_in(member))
        if clause.kind == "none":
            tells = _bar(clause, barred)
        elif clause.kind == "any":
            tells = _name_any(clause, named)
        else:
            asked = [_ask(member, named, within, is_whole=is_whole) for member in clause.members]
            tells = all(asked)
        if not tells:
            rest.append(clause)
    return Asks(named, barred, within, tuple(rest), frozenset(kinds))


def _ask(member: object, named: dict[str, frozenset[str]], within: dict[Measure, Within], *, is_whole: bool) -> bool:
    """Put what *member* asks into *named* and *within*; say whether that is all it asks."""
    if not isinstance(member, Condition):
        return False
    keys, bounds = member.keys() or {}, member.within()
    tells = member.index_tells() and bool(keys or bounds)
    for dimension, values in keys.items():
        tells = tells and dimension not in named  # a basket may have several values: "one of" twice is no "one of"
        named.setdefault(dimension, values)
    if bounds is not None:
        at_least, at_most = bounds.at_least, bounds.at_most if is_whole else None
        known = within.get(bounds.measure, Within(bounds.measure))
        most = [most for most in (known.at_most, at_most) if most is not None]
        within[bounds.measure] = Within(bounds.measure, max(known.at_least, at_least), min(most, default=None))
        tells = tells and is_whole
    return tells


def _name_any(clause: Clause, named: dict[str, frozenset[str]]) -> bool:
    """Name the values of an ``any`` whose members all ask for one dimension and nothing else."""
    asked = [_values(member) for member in clause.members]
    dimensions = {one[0] for one in asked if one is not None}
    if None in asked or len(dimensions) != 1 or dimensions & named.keys():
        return False
    named[dimensions.pop()] = frozenset().union(*[one[1] for one in asked if one is not None])
    return True


def _bar(clause: Clause, barred: dict[str, frozenset[str]]) -> bool:
    """Bar the values of a ``none`` whose members ask for one dimension each and nothing else."""
    asked = [one for member in clause.members if (one := _values(member)) is not None]
    if len(asked) != len(clause.members):
        return False
    for dimension, values in asked:
        barred[dimension] = barred.get(dimension, frozenset()) | values
    return True


def _values(member: object) -> tuple[str, frozenset[str]] | None:
    """Return the one dimension that *member* asks for and its values, when that is all it asks."""
    if not isinstance(member, Condition) or not member.index_tells() or member.within() is not None:
        return None
    keys = member.keys() or {}
    return next(iter(keys.items())) if len(keys) == 1 else None
