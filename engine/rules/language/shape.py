"""The form of a campaign file, section by section: what may be written, before it becomes a Campaign.

The reader fills these structs and the JSON Schema is generated from them, so both say the same.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from engine.rules.campaign import Filter, Group, RefundRule
from engine.rules.fields import Amount, CampaignId, Items, Merchants, Name, Names, Percent, Rank, Whole
from engine.rules.kinds import Benefit, Phase

#: A date, or a date and time of day, local in the campaign's zone; a date means 00:00.
Moment = Annotated[datetime, Meta(extra={"reads": "moment"})]
#: A time of day, "10:00".
Clock = Annotated[time, Meta(extra={"reads": "clock"})]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$", extra={"reads": "currency"})]
Timezone = Annotated[str, Meta(min_length=1, max_length=64, extra={"reads": "timezone"})]
Conditions = Annotated[Group, Meta(extra={"reads": "conditions"})]
Give = Annotated[Benefit, Meta(extra={"reads": "benefit"})]
Funder = Annotated[
    str,
    Meta(
        pattern=r"^(platform|merchant|(merchant|brand|bank):[A-Za-z0-9][A-Za-z0-9_.\-]*)$",
        extra={"says": "platform, merchant, merchant:<id>, brand:<id> or bank:<id>"},
    ),
]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Channel = Literal["pay_code", "scan", "online"]
LineKind = Literal["goods", "delivery", "service", "tax", "tip"]
Short = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=80,
        pattern=r"^[^\r\n\t\u2028\u2029]*$",
        extra={"says": "1 to 80 characters on one line"},
    ),
]
Long = Annotated[str, Meta(min_length=1, max_length=500, extra={"says": "1 to 500 characters"})]
CampaignKind = Literal["discount", "flash", "coupon", "referral", "reward"]


class NameShape(Struct, frozen=True, kw_only=True):
    """The name that shoppers see, in both languages."""

    en: Short
    zh: Short


class DescriptionShape(Struct, frozen=True, kw_only=True):
    """A longer text in both languages."""

    en: Long
    zh: Long


class PatternShape(Struct, frozen=True, kw_only=True):
    """Hours of some weekdays; ``from`` after ``until`` runs past midnight and belongs to the day it starts."""

    days: tuple[Weekday, ...] = ()
    start: Clock = field(default=time(0), name="from")
    until: Clock = time(0)


class ScheduleShape(Struct, frozen=True, kw_only=True):
    """When it runs: half-open, local time of ``timezone``; ``on`` narrows it to weekly hours."""

    start: Moment = field(name="from")
    timezone: Timezone
    until: Moment | None = None
    on: Annotated[tuple[PatternShape, ...], Meta(max_length=20)] = ()


class ScopeShape(Struct, frozen=True, kw_only=True):
    """What and where: the lines that count."""

    merchants: Merchants = Filter()
    items: Items = Filter()
    channels: tuple[Channel, ...] = ()
    kinds: tuple[LineKind, ...] = ("goods",)


class UsesShape(Struct, frozen=True, kw_only=True):
    """How many payments."""

    total: Whole | None = None
    per_day: Whole | None = None
    per_member: Whole | None = None
    per_member_per_day: Whole | None = None
    per_device: Whole | None = None


class UnitsShape(Struct, frozen=True, kw_only=True):
    """How many pieces (flash stock)."""

    total: Whole | None = None
    per_member: Whole | None = None


class LimitsShape(Struct, frozen=True, kw_only=True):
    """Ceilings; what is left out is unlimited. Write ``limits: {}`` when nothing is."""

    budget_minor: Amount | None = field(default=None, name="budget")
    uses: UsesShape = UsesShape()
    units: UnitsShape = UnitsShape()
    last_unit: Literal["refuse", "partial"] = "refuse"


class StackingShape(Struct, frozen=True, kw_only=True):
    """How it meets other campaigns: at most one of a ``group`` applies."""

    phase: Phase | None = None
    group: Annotated[str, Meta(max_length=64)] = ""
    exclusive: Literal["none", "phase", "alone"] = "none"
    combine_with: Annotated[tuple[Name, ...], Meta(max_length=100)] = ()
    priority: Rank = 0


class CouponShape(Struct, frozen=True, kw_only=True):
    """Makes it a coupon: it applies only to who holds one, until the end of the last valid day."""

    valid_for_days: Annotated[int, Meta(ge=1, le=3_650, extra={"reads": "whole"})]
    per_member: Whole | None = None


class CampaignShape(Struct, frozen=True, kw_only=True):
    """One campaign, one file."""

    campaign: CampaignId
    currency: Currency
    name: NameShape
    funding: Annotated[dict[Funder, Percent], Meta(min_length=1, max_length=10)]
    schedule: ScheduleShape
    give: Annotated[tuple[Give, ...], Meta(min_length=1, max_length=5)]
    limits: LimitsShape
    description: DescriptionShape | None = None
    kind: CampaignKind | None = None
    audience: Conditions = Group()
    scope: ScopeShape = ScopeShape()
    when: Conditions = Group()
    stacking: StackingShape = StackingShape()
    coupon: CouponShape | None = None
    refund: RefundRule = RefundRule()


class ItemsExcludedShape(Struct, frozen=True, kw_only=True):
    """Items left out."""

    skus: Names | None = None
    categories: Names | None = None
    tags: Names | None = None


class ItemsShape(ItemsExcludedShape, frozen=True, kw_only=True):
    """Which items: any of these, none of ``exclude``. Nothing named: all."""

    exclude: ItemsExcludedShape = ItemsExcludedShape()


class MerchantsExcludedShape(Struct, frozen=True, kw_only=True):
    """Merchants left out."""

    ids: Names | None = None
    tags: Names | None = None
    districts: Names | None = None


class MerchantsShape(MerchantsExcludedShape, frozen=True, kw_only=True):
    """Which merchants: any of these, none of ``exclude``. Nothing named: all."""

    exclude: MerchantsExcludedShape = MerchantsExcludedShape()
