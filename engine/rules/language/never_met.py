"""Conditions that nobody can meet: two that shut each other out, or one that is asked for and excluded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from engine.rules.campaign import Group
from engine.rules.conditions.code import Code
from engine.rules.conditions.first_order import FirstOrder
from engine.rules.conditions.nth_order import NthOrder
from engine.rules.conditions.quantity import Quantity
from engine.rules.conditions.segment import Segment
from engine.rules.conditions.spend import Spend
from engine.rules.conditions.spend_at_most import SpendAtMost
from engine.rules.conditions.tag import Tag
from engine.rules.conditions.tier import Tier
from engine.rules.conditions.together import Together
from engine.rules.kinds import Condition
from engine.rules.language.sections import Check, Flaw, Sections, key_of

Placed = tuple[str, Condition]
#: Each is compared with each; a nest of thousands is no campaign that somebody wrote.
COMPARED_MAX: Final = 200


class Claims(NamedTuple):
    """What a payment must meet to get the campaign: conditions with their paths."""

    asked: list[Placed]
    excluded: list[Placed]
    choices: list[list[Placed]]  # one of each list


def _nobody_gets_it(sections: Sections) -> Iterator[Flaw]:
    claims = Claims([], [], [])
    for path, group in (("audience", sections.audience), ("when", sections.when)):
        _gather(path, group, claims)
    claims = Claims(claims.asked[:COMPARED_MAX], claims.excluded[:COMPARED_MAX], claims.choices[:COMPARED_MAX])
    for place, (path, later) in enumerate(claims.asked):
        for _, earlier in claims.asked[:place]:
            if excludes(earlier, later) or excludes(later, earlier):
                yield _never(path, f"here that {_said(later, sections)}", earlier, sections)
    for path, refused in claims.excluded:
        for _, asked in claims.asked:
            if implies(asked, refused):
                yield _never(path, f"here that it is not so that {_said(refused, sections)}", asked, sections)
    for choice in claims.choices:
        if all(any(implies(one, refused) for _, refused in claims.excluded) for _, one in choice):
            yield Flaw(choice[0][0], "never_met", "Nobody gets this: 'none' excludes every one of 'any'. Leave one.")


def _gather(path: str, group: Group, claims: Claims) -> None:
    for place, member in enumerate(group.all):
        if isinstance(member, Group):
            _gather(f"{path}.all.{place}", member, claims)
        else:
            claims.asked.append((f"{path}.all.{place}.{key_of(member)}", member))
    claims.excluded.extend(_alone(f"{path}.none", group.none))
    choice = _alone(f"{path}.any", group.any)
    if choice and len(choice) == len(group.any):
        claims.choices.append(choice)


def _alone(path: str, members: tuple[Condition | Group, ...]) -> list[Placed]:
    """Return the members that are no nests."""
    return [(f"{path}.{n}.{key_of(one)}", one) for n, one in enumerate(members) if isinstance(one, Condition)]


def _said(condition: Condition, sections: Sections) -> str:
    return condition.describe("en", sections.currency)


def _never(path: str, here: str, elsewhere: Condition, sections: Sections) -> Flaw:
    sentence = f"Nobody gets this: it is asked that {_said(elsewhere, sections)}, and {here}. Remove one."
    return Flaw(path, "never_met", sentence)


def implies(one: Condition, other: Condition) -> bool:
    """Say whether *other* surely holds wherever *one* does; False also when that can't be told."""
    if one == other:
        return True
    if isinstance(one, FirstOrder) and isinstance(other, FirstOrder):
        return set(one.per) >= set(other.per) and other.anonymous in {one.anonymous, "accept"}
    if isinstance(one, Together) and isinstance(other, Together):
        return set(one.merchants) >= set(other.merchants)
    return _values_imply(one, other) or _amount_implies(one, other)


def _values_imply(one: Condition, other: Condition) -> bool:
    for kind in (Segment, Tag, Tier, Code):
        if isinstance(one, kind) and isinstance(other, kind):
            few, many = set(one.any_of), set(other.any_of)
            return not many or (bool(few) and few <= many)
    return False


def _amount_implies(one: Condition, other: Condition) -> bool:
    """Compare totals and counts; what is left is never more than what is listed."""
    if isinstance(one, Spend) and isinstance(other, Spend) and _same_items(one, other):
        return one.at_least_minor >= other.at_least_minor and one.basis in {other.basis, "left"}
    if isinstance(one, SpendAtMost) and isinstance(other, SpendAtMost) and _same_items(one, other):
        return one.amount_minor <= other.amount_minor and one.basis in {other.basis, "listed"}
    if isinstance(one, Quantity) and isinstance(other, Quantity) and _same_items(one, other):
        return one.at_least_units >= other.at_least_units and one.per in {other.per, "line"}
    return False


def excludes(one: Condition, other: Condition) -> bool:
    """Say whether *other* surely fails wherever *one* holds; False also when that can't be told."""
    if isinstance(one, Tier) and isinstance(other, Tier):
        return set(one.any_of).isdisjoint(other.any_of)
    if isinstance(one, NthOrder) and isinstance(other, NthOrder):
        return one.n != other.n
    if isinstance(one, NthOrder) and isinstance(other, FirstOrder):
        return one.n > 1 and "member" in other.per
    if isinstance(one, Spend) and isinstance(other, SpendAtMost) and _same_items(one, other):
        return one.at_least_minor > other.amount_minor and (one.basis, other.basis) != ("listed", "left")
    return False


def _same_items(one: Spend | SpendAtMost | Quantity, other: Spend | SpendAtMost | Quantity) -> bool:
    return one.items == other.items and set(one.kinds) == set(other.kinds)


CHECKS: Final[tuple[Check, ...]] = ((("audience", "when", "currency"), _nobody_gets_it),)
