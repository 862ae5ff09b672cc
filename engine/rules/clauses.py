"""The conditions of a campaign as clauses: a flat list that must hold, split by whether the search looks again.

A clause is one member of ``all``, the whole of ``any``, or one member of ``none``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from engine.rules.campaign import Group
from engine.rules.decision import Words
from engine.rules.kinds import Condition, Missing, Situation

EXCLUDED = Missing("excluded", Words(en="Not for this payment", zh="本次支付不参与"))


class Clause(Struct, frozen=True):
    """One thing that must hold: every member (all), one of them (any), none of them (none)."""

    kind: Literal["all", "any", "none"]
    members: tuple[Condition | Group, ...]


def clauses(group: Group) -> list[Clause]:
    """Return the clauses of *group*, nested ``all`` groups flattened."""
    found: list[Clause] = []
    for member in group.all:
        found += clauses(member) if isinstance(member, Group) else [Clause("all", (member,))]
    if group.any:
        found.append(Clause("any", group.any))
    found += [Clause("none", (member,)) for member in group.none]
    return found


def conditions_in(member: Condition | Group) -> Iterator[Condition]:
    """Walk every condition under *member*."""
    if isinstance(member, Group):
        for child in (*member.all, *member.any, *member.none):
            yield from conditions_in(child)
    else:
        yield member


def looks_at_left(clause: Clause) -> bool:
    """Say whether the clause must be looked at again when earlier offers have taken from the lines."""
    return any(condition.looks_at_left for member in clause.members for condition in conditions_in(member))


def stays_failed(clause: Clause, missing: Missing) -> bool:
    """Say whether *clause*, failing for *missing*, fails for ever as less is left: it is an "at least"."""
    wants_more = missing.missing_minor is not None or missing.missing_quantity is not None
    return not looks_at_left(clause) or (clause.kind == "all" and wants_more)


def check(clause: Clause, situation: Situation) -> Missing | None:
    """Return None when the clause holds, else what is missing (of ``any``: the nearest)."""
    if clause.kind == "all":
        for member in clause.members:
            missing = member.check(situation) if isinstance(member, Condition) else _member(member, situation)
            if missing is not None:
                return missing
        return None
    if clause.kind == "none":
        return EXCLUDED if any(_member(member, situation) is None for member in clause.members) else None
    misses = []
    for member in clause.members:
        missing = _member(member, situation)
        if missing is None:
            return None
        misses.append(missing)
    return min(misses, key=_distance)


def _member(member: Condition | Group, situation: Situation) -> Missing | None:
    if isinstance(member, Group):
        return next((missing for clause in clauses(member) if (missing := check(clause, situation))), None)
    return member.check(situation)


def _distance(missing: Missing) -> tuple[bool, int, int]:
    minor, quantity = missing.missing_minor, missing.missing_quantity
    return (minor is None and quantity is None, minor or 0, quantity or 0)
