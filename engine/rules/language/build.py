"""From the form of a file to the campaign that the engine decides with."""

from __future__ import annotations

import hashlib
from typing import Final, get_args

from engine.rules.campaign import Campaign, CouponTerms, FunderShare, Limits, Pattern, Schedule, Scope, Stacking
from engine.rules.decision import Words
from engine.rules.kinds import PHASES, Benefit, Phase
from engine.rules.language.instants import instant
from engine.rules.language.shape import CampaignKind, CampaignShape, LimitsShape, ScheduleShape, Weekday

_DAY: Final = {day: number for number, day in enumerate(get_args(Weekday))}


def content_version(text: str) -> str:
    """Return the content hash that names this version of a file."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def build(shape: CampaignShape, text: str) -> Campaign:
    """Return the campaign of a shape without mistakes."""
    stacking = shape.stacking
    return Campaign(
        id=shape.campaign,
        version=content_version(text),
        currency=shape.currency,
        name=Words(en=shape.name.en, zh=shape.name.zh),
        description=Words(en=shape.description.en, zh=shape.description.zh) if shape.description else None,
        kind=kind_of(shape),
        funding=tuple(FunderShare(funder, part) for funder, part in shape.funding.items()),
        schedule=schedule_of(shape.schedule),
        audience=shape.audience,
        scope=Scope(
            merchants=shape.scope.merchants,
            items=shape.scope.items,
            channels=shape.scope.channels,
            kinds=shape.scope.kinds,
        ),
        when=shape.when,
        give=shape.give,
        limits=_limits(shape.limits),
        stacking=Stacking(
            phase=stacking.phase or phase_of(shape.give),
            group=stacking.group,
            exclusive=stacking.exclusive,
            combine_with=stacking.combine_with,
            priority=stacking.priority,
        ),
        coupon=CouponTerms(shape.coupon.valid_for_days, shape.coupon.per_member) if shape.coupon else None,
        refund=shape.refund,
    )


def phase_of(give: tuple[Benefit, ...]) -> Phase:
    """Return the latest phase that a benefit acts in by itself: all of a campaign acts at once."""
    return max((benefit.phase for benefit in give), key=PHASES.index)


def kind_of(shape: CampaignShape) -> CampaignKind:
    """Return the kind written, else the one that the sections tell."""
    if shape.kind is not None:
        return shape.kind
    if shape.coupon is not None:
        return "coupon"
    grants = {benefit.grant_kind for benefit in shape.give if benefit.phase == "reward"}
    if "red_packet" in grants:
        return "referral"
    if grants:
        return "reward"
    return "flash" if shape.limits.units.total is not None else "discount"


def schedule_of(shape: ScheduleShape) -> Schedule:
    """Return when a campaign runs, as instants."""
    return Schedule(
        timezone=shape.timezone,
        start=instant(shape.start, shape.timezone, "from"),
        until=instant(shape.until, shape.timezone, "until") if shape.until else None,
        on=tuple(Pattern(tuple(_DAY[day] for day in on.days), on.start, on.until) for on in shape.on),
    )


def _limits(shape: LimitsShape) -> Limits:
    return Limits(
        budget_minor=shape.budget_minor,
        uses_total=shape.uses.total,
        uses_per_day=shape.uses.per_day,
        uses_per_member=shape.uses.per_member,
        uses_per_member_per_day=shape.uses.per_member_per_day,
        uses_per_device=shape.uses.per_device,
        units_total=shape.units.total,
        units_per_member=shape.units.per_member,
        last_unit=shape.last_unit,
    )
