"""What the adapter reads of a case, and what it says when the form holds something that it does not know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any, TypeVar

from engine.rules.campaign import Filter

GIFT = "gift"
ON_SALE = "on_sale"
FIXED = "not_discountable"
GOODS = ("goods",)
CHARGED = ("goods", "delivery")

#: The form's dimensions of items and ours; several at once are one tag: "sku=a & category=b".
_DIMENSIONS = {"sku": "skus", "category": "categories"}
_PRICES = ("min_price_minor", "max_price_minor", "exclude_on_sale")

#: What a till says of who pays and where, as tags of the payer: a promotion may ask for it.
TOLD = (
    "country shipping_country billing_country region state zone postcode store market payment_method role user_role "
    "locale language device platform brand"
).split()

Case = dict[str, Any]
Made = TypeVar("Made")
#: What the adapter must not look at.
HIDDEN = ("id", "source", "also_source", "note", "total_from", "expected")


class Unmapped(Exception):  # noqa: N818 - a case that can't be said, told with its reason
    """The case holds something that campaigns can't say, or that the adapter does not know."""


def known(found: Mapping[str, Any], *names: str) -> None:
    """Refuse keys other than *names*."""
    strange = sorted(set(found) - set(names))
    if strange:
        raise Unmapped(f"not mapped: {', '.join(strange)}")


def whole(found: Any, name: str, least: int = 0) -> int:
    """Return *found*, a count or minor units of *name*, as a whole number."""
    is_whole = isinstance(found, int) or (isinstance(found, float) and found.is_integer())
    if isinstance(found, bool) or not is_whole:
        raise Unmapped(f"{name} is {found!r}, not a whole number")
    if found < least:
        raise Unmapped(f"{name} is {found!r}, below {least}")
    return int(found)


def table(found: Any, name: str) -> dict[str, Any]:
    """Return *found* as a table of keys; nothing is an empty one."""
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Unmapped(f"{name} is {found!r}, not a table of keys")
    return found


def rows(found: Any, name: str) -> list[dict[str, Any]]:
    """Return *found* as a list of tables; nothing is an empty one."""
    if not isinstance(found or [], list | tuple):
        raise Unmapped(f"{name} is {found!r}, not a list")
    return [table(row, f"one of {name}") for row in found or []]


def instant(text: Any) -> datetime:
    """Read an instant; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise Unmapped(f"{text!r} is not an instant") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def listed(found: Any) -> tuple[str, ...]:
    """Return one name or a list of names as names; numbers are names too."""
    if found is None:
        return ()
    if isinstance(found, list | tuple):
        return tuple(name(one) for one in found)
    return (name(found),)


def name(found: Any) -> str:
    """Return the name that something goes by."""
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise Unmapped(f"{found!r} is not a name")
    return str(found)


def items(found: Any, *, discounted: bool = True, priced: bool = False) -> Filter:
    """Return a neutral filter as one of ours; gifts never count, what may not be discounted only for conditions.

    *priced*: the caller says the price range and the sale by itself.
    """
    found = table(found, "a filter")
    names = [f"{name}_{way}" for name in (*_DIMENSIONS, "tag", "merchant") for way in ("in", "not_in")]
    known(found, *names, *(_PRICES if priced else ()))
    include = {name: listed(found[f"{name}_in"]) for name in (*_DIMENSIONS, "merchant", "tag") if f"{name}_in" in found}
    exclude = {ours: listed(found[f"{name}_not_in"]) for name, ours in _DIMENSIONS.items() if f"{name}_not_in" in found}
    tags = [GIFT, *([FIXED] if discounted else []), *([ON_SALE] if found.get("exclude_on_sale") else [])]
    tags += [label({name: value}) for name in ("merchant", "tag") for value in listed(found.get(f"{name}_not_in"))]
    return Filter(_include(include), {**exclude, "tags": tuple(tags)})


def _include(wanted: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if len(wanted) == 1 and (name := next(iter(wanted))) in _DIMENSIONS:
        return {_DIMENSIONS[name]: wanted[name] or ("",)}  # a list of nothing chooses nothing
    if not wanted:
        return {}
    every = product(*[[(name, value) for value in values] for name, values in wanted.items()])
    return {"tags": tuple(label(dict(pairs)) for pairs in every) or ("",)}


def label(values: Mapping[str, str]) -> str:
    """Return the tag of an item that has all these values."""
    return " & ".join(f"{name}={value}" for name, value in values.items())


def first_of(found: Mapping[str, Any], names: Iterable[str], default: Any = None) -> Any:
    """Return the value of the first of *names* that *found* tells; a told null is not told."""
    return next((found[name] for name in names if found.get(name) is not None), default)


def choose(by_name: Mapping[str, Callable[..., Made]], name: Any, what: str) -> Callable[..., Made]:
    """Return what makes *name*; refuse what is not there."""
    if not isinstance(name, str) or name not in by_name:
        raise Unmapped(f"{what} {name}")
    return by_name[name]
