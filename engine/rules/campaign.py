"""A campaign as the engine decides with it: read from a file, checked, frozen.

Sections of the file, in order: audience (who), scope (what and where), when (whether), give (what), limits, stacking.
"""

from __future__ import annotations

from datetime import datetime, time
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from engine.rules.decision import Words
from engine.rules.kinds import Benefit, Condition, Phase


class Group(Struct, frozen=True):
    """A nest of conditions: every ``all``, at least one ``any`` (when there are some), no ``none``."""

    all: tuple[Condition | Group, ...] = ()
    any: tuple[Condition | Group, ...] = ()
    none: tuple[Condition | Group, ...] = ()


class Filter(Struct, frozen=True):
    """Chooses by value: in ``include`` (empty: everything) and not in ``exclude``; dimension → values."""

    include: dict[str, tuple[str, ...]] = {}
    exclude: dict[str, tuple[str, ...]] = {}


class Scope(Struct, frozen=True):
    """What and where. Dimensions: merchants by ids, tags, districts; items by skus, categories, tags."""

    merchants: Filter = Filter()
    items: Filter = Filter()
    channels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("goods",)


class Pattern(Struct, frozen=True):
    """Hours of some weekdays, half-open, local time; ``start > until`` runs past midnight."""

    days: tuple[int, ...]  # 0 Monday … 6 Sunday; empty: every day
    start: time
    until: time


class Schedule(Struct, frozen=True):
    """Half-open ``[start, until)`` as UTC instants, with weekly patterns in ``timezone``."""

    timezone: str
    start: datetime
    until: datetime | None
    on: tuple[Pattern, ...] = ()


class FunderShare(Struct, frozen=True):
    """One funder's part of each discount, in declared order; the last takes the rest."""

    funder: str  # "platform", "merchant" (of the line), "merchant:<id>", "brand:<id>", "bank:<id>"
    part: Fraction


class Limits(Struct, frozen=True):
    """Ceilings; None is unlimited. Uses count payments, units count pieces sold (flash stock)."""

    budget_minor: int | None = None
    uses_total: int | None = None
    uses_per_day: int | None = None
    uses_per_member: int | None = None
    uses_per_member_per_day: int | None = None
    uses_per_device: int | None = None
    units_total: int | None = None
    units_per_member: int | None = None
    last_unit: Literal["refuse", "partial"] = "refuse"


class Stacking(Struct, frozen=True):
    """How a campaign meets others. At most one of a group applies; ``combine_with`` empty: with every group."""

    phase: Phase
    group: str = ""
    exclusive: Literal["none", "phase", "alone"] = "none"
    combine_with: tuple[str, ...] = ()
    priority: int = 0


class CouponTerms(Struct, frozen=True):
    """Present when the campaign applies only to the holder of its coupon."""

    valid_for_days: int  # from issue, to the end of that local day
    per_member: int | None = None


class RefundRule(Struct, frozen=True):
    """What a refund gives back; defaults as documented in docs/semantics.md."""

    price: Literal["keep", "recalculate"] = "keep"
    budget: Literal["back", "spent"] = "back"
    uses: Literal["back_when_full", "spent"] = "back_when_full"
    coupon: Literal["back_when_full", "spent"] = "back_when_full"
    rewards: Literal["claw_back", "keep"] = "claw_back"


class Campaign(Struct, frozen=True, kw_only=True):
    """One campaign version. ``version`` is the content hash of its file."""

    id: str
    version: str
    currency: str
    name: Words
    funding: tuple[FunderShare, ...]
    schedule: Schedule
    give: tuple[Benefit, ...]
    limits: Limits
    stacking: Stacking
    description: Words | None = None
    kind: Literal["discount", "flash", "coupon", "referral", "reward"] = "discount"
    audience: Group = Group()
    scope: Scope = Scope()
    when: Group = Group()
    coupon: CouponTerms | None = None
    refund: RefundRule = RefundRule()
