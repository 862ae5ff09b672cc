"""From ``tiers`` and ``tiers_by`` to the steps of a benefit."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from engine.rules.benefits.amount_off_items import AmountStep
from engine.rules.benefits.percent_off_items import PercentStep
from tests.conformance.form import GOODS, Unmapped, known, table, whole


class Look(NamedTuple):
    """What ``tiers_by`` looks at: whose, and an amount or a count."""

    of: Literal["order", "items", "line"]
    start: Literal["from_minor", "from_units"]
    kinds: tuple[str, ...] = ()


_LOOKS = {
    "order_subtotal_minor": Look("order", "from_minor", GOODS),
    "subtotal_minor": Look("order", "from_minor", GOODS),
    "order_total_minor": Look("order", "from_minor"),
    "order_qty": Look("order", "from_units", GOODS),
    "matching_subtotal_minor": Look("items", "from_minor"),
    "matching_qty": Look("items", "from_units"),
    "line_total_minor": Look("line", "from_minor"),
    "line_qty": Look("line", "from_units"),
    "shipping_minor": Look("line", "from_minor"),
}


def percent_steps(value: Any, part: Callable[[Any], Fraction]) -> dict[str, Any]:
    """Return the fields of a ladder of percentages."""
    look, tiers = _read(value)
    steps = tuple(PercentStep(percent=part(percent), **{look.start: least or None}) for least, percent in tiers)
    return {"steps": _rising(steps, "percent"), "steps_by": look.of, "steps_kinds": look.kinds, "steps_basis": "listed"}


def amount_steps(value: Any, target: str) -> dict[str, Any]:
    """Return the fields of a ladder of amounts."""
    look, tiers = _read(value)
    steps = tuple(AmountStep(off_minor=whole(off, "off"), **{look.start: least or None}) for least, off in tiers)
    if look.of == "line" and target not in ("each", "each_line", "once", "cheapest", "shipping"):
        raise Unmapped("a ladder by line that is taken once")
    by = "own" if target == "shipping" and look.of == "line" else look.of
    return {"steps": _rising(steps, "off_minor"), "steps_by": by, "steps_kinds": look.kinds, "basis": "listed"}


def _read(value: Any) -> tuple[Look, list[tuple[int, Any]]]:
    found = table(value, "value")
    known(found, "tiers", "tiers_by", "currency")
    if found.get("tiers_by") not in _LOOKS:
        raise Unmapped(f"tiers by {found.get('tiers_by')}")
    tiers = found.get("tiers")
    if not isinstance(tiers, list) or not tiers or not all(isinstance(t, list) and len(t) == 2 for t in tiers):
        raise Unmapped(f"tiers are {tiers!r}, not pairs of a start and a value")
    return _LOOKS[found["tiers_by"]], sorted([(whole(least, "a tier's start"), worth) for least, worth in tiers])


def _rising(steps: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    """Return *steps* without those that give no more than the one before: a ladder never falls."""
    kept = [
        step for place, step in enumerate(steps) if not place or getattr(step, name) > getattr(steps[place - 1], name)
    ]
    if any(getattr(step, name) < getattr(before, name) for before, step in pairwise(steps)):
        raise Unmapped("a ladder that falls")
    return tuple(kept)
