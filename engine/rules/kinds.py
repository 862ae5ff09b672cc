"""What a condition and a benefit are, and how they are found: one file each, named like its YAML key.

A condition's module defines one public ``Condition`` struct named in CamelCase after the file, a benefit's one
``Benefit`` struct. Start-up fails when the shape is wrong. Adding a kind touches its file and its test, nothing else.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from types import ModuleType
from typing import ClassVar, Literal, NamedTuple, TypeVar

from msgspec import Struct

from engine.rules.decision import Words
from engine.rules.facts import Facts, Line

Phase = Literal["item", "bundle", "order", "payment", "reward"]
PHASES: tuple[Phase, ...] = ("item", "bundle", "order", "payment", "reward")


class Piece(NamedTuple):
    """A line as an offer sees it at its turn."""

    line: Line
    left_minor: int  # of the line's list price, what earlier offers left
    free_units: int  # units that no item offer has taken


class Situation(NamedTuple):
    """What a condition looks at: all facts, and the lines in the campaign's scope with what is left of them."""

    facts: Facts
    pieces: Sequence[Piece]


class Missing(NamedTuple):
    """Why a condition does not hold, and how far it is from holding."""

    code: str
    sentence: Words
    missing_minor: int | None = None
    missing_quantity: int | None = None


#: Why a price gives nothing: what it is for costs no more already.
PRICE_NOT_LOWER = Missing(
    "price_not_lower", Words(en="The items cost no more than this offer's price.", zh="所选商品原本就不高于活动价。")
)

GrantKind = Literal["", "coupon", "points", "red_packet"]


class Fault(NamedTuple):
    """A mistake in a kind's own fields. ``field`` is the YAML name, dotted with places: ``steps.1.from``."""

    field: str
    code: str
    sentence: str


Measure = Literal["listed_minor", "units"]


class Within(NamedTuple):
    """Bounds on what all lines in a campaign's scope come to before any offer, both ends included."""

    measure: Measure
    at_least: int = 0
    at_most: int | None = None


class Condition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether. Subclasses are frozen structs with units in their fields."""

    #: True when the answer may change as earlier offers take from the lines; then it is looked at in the search.
    looks_at_left: ClassVar[bool] = False

    def check(self, situation: Situation) -> Missing | None:
        """Return None when the condition holds, else what is missing."""
        raise NotImplementedError

    #: Dimensions that the kind brings along for its ``keys``, and how a basket's values of each are read.
    dimensions: ClassVar[Mapping[str, Callable[[Facts], Collection[str]]]] = {}

    def keys(self) -> dict[str, frozenset[str]] | None:
        """Name what a basket must have for this to hold, for the index: dimension → any of these values.

        Dimensions: merchant, merchant_tag, category, sku, channel, district, tier, segment, payer_tag, code, and those
        of the kind's own ``dimensions``. None: the index can't help.
        """
        return None

    def within(self) -> Within | None:
        """Name bounds on what is in scope outside of which this can't hold before any offer, for the index."""
        least = self.spend_at_least_minor()
        return None if least is None else Within("listed_minor", least)

    def index_tells(self) -> bool:
        """Say whether, before any offer, this holds exactly when ``keys`` and ``within`` do: it is not checked then."""
        return False

    def spend_at_least_minor(self) -> int | None:
        """Name a listed in-scope goods total below which this can't hold, for a coupon's face and the file's checks."""
        return None

    def left_at_least_minor(self) -> int | None:
        """Name a total left in scope below which this can't hold, for the search's bound."""
        return None

    def holds_from_minor(self) -> int | None:
        """Name the total left in scope from which this holds, when nothing else decides it: the search asks no more.

        None: it has to be checked.
        """
        return None

    def faults(self) -> list[Fault]:
        """Name what is wrong with the fields taken together; the reader tells where."""
        return []

    def describe(self, locale: Literal["en", "zh"], currency: str) -> str:
        """Say it in words."""
        raise NotImplementedError


_Kind = TypeVar("_Kind", bound=Struct)


class Grant(NamedTuple):
    """What a reward benefit gives, before limits."""

    kind: Literal["coupon", "points", "red_packet"]
    to: Literal["payer", "inviter"]
    amount: int
    coupon_campaign_id: str | None = None


class Benefit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What. A discount implements ``discounts``; a reward (phase reward) implements ``grants``."""

    #: Where it acts when the campaign's stacking does not say.
    phase: ClassVar[Phase] = "order"
    #: What a reward gives; "" for a discount.
    grant_kind: ClassVar[GrantKind] = ""
    #: True when it consumes units of the lines (item offers).
    takes_units: ClassVar[bool] = False

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Return one amount per piece, same order, 0 ≤ amount ≤ left_minor.

        Never falls when a piece's left_minor or free_units grows: the search's bound rests on that.
        """
        raise NotImplementedError

    def reaches(self, line: Line) -> bool:  # noqa: ARG002 - everything in scope, unless a benefit chooses
        """Say whether the discount may look at *line* or take from it: without the others it must be the same."""
        return True

    def most_minor(self, left_minor: int) -> int:
        """Return an amount that no discount on pieces with *left_minor* left in total exceeds, for the search's bound.

        Never falls as *left_minor* grows. Cheap: it is asked for at every node.
        """
        return left_minor

    def of_total(self) -> Callable[[int], int] | None:
        """Return the discount by what is left in total, when nothing else decides it and it lands by what is left.

        The fast form of ``discounts``, made once: shared over the pieces by what is left of each (``pieces.spread``)
        it must be the same. It takes no units. None: the discount has to look at the pieces.
        """
        return None

    def rate_ppm(self, left_at_least_minor: int = 0) -> int:  # noqa: ARG002 - a benefit may do without
        """Return parts per million of what is left in total that no discount exceeds by a whole minor unit or more.

        It is never asked for when less than *left_at_least_minor* is left.
        """
        return 1_000_000

    def units(self, pieces: Sequence[Piece]) -> list[int]:
        """Return the units taken of each piece, 0 ≤ units ≤ free_units; zeros unless ``takes_units``."""
        return [0] * len(pieces)

    def grants(self, situation: Situation) -> list[Grant]:  # noqa: ARG002 - a discount grants nothing
        """Return what is given after payment; pieces hold what is paid. Empty for a discount."""
        return []

    def faults(self) -> list[Fault]:
        """Name what is wrong with the fields taken together; the reader tells where."""
        return []

    def why_nothing(self, pieces: Sequence[Piece]) -> Missing | None:  # noqa: ARG002 - most have no better word
        """Return why nothing comes off *pieces*, where that is another reason than that nothing is left of them."""
        return None

    def describe(self, locale: Literal["en", "zh"], currency: str) -> str:
        """Say it in words."""
        raise NotImplementedError


def _class_in(module: ModuleType, parent: type[_Kind]) -> type[_Kind]:
    name = module.__name__.rpartition(".")[2]
    wanted = "".join(part.capitalize() for part in name.split("_"))
    found = getattr(module, wanted, None)
    if not (isinstance(found, type) and issubclass(found, parent)):
        raise TypeError(f"{module.__name__} must define class {wanted}({parent.__name__})")
    if not module.__doc__:
        raise TypeError(f"{module.__name__} must have a docstring: it is the kind's public page")
    return found


@cache
def conditions() -> dict[str, type[Condition]]:
    """Return every condition by its YAML key."""
    return _found("engine.rules.conditions", Condition)


@cache
def benefits() -> dict[str, type[Benefit]]:
    """Return every benefit by its YAML key."""
    return _found("engine.rules.benefits", Benefit)


def _found(package_name: str, parent: type[_Kind]) -> dict[str, type[_Kind]]:
    package = importlib.import_module(package_name)
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return {name: _class_in(importlib.import_module(f"{package_name}.{name}"), parent) for name in names}
