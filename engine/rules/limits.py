"""The limits of a campaign: which counters it needs, and what they leave for this payment.

Uses count payments, units count pieces, the budget counts the whole discount. A counter that is missing has taken 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from engine.rules.campaign import Campaign
from engine.rules.decision import Take, Words
from engine.rules.facts import ORDERS, CounterKey, Facts
from engine.rules.kinds import Missing
from engine.rules.schedule import window_start

USED_UP = Missing("limit_reached", Words(en="This offer is used up", zh="优惠已用完"))
USED_BY_YOU = Missing("limit_reached", Words(en="You have used this offer up", zh="您的可用次数已用完"))
USED_TODAY = Missing("limit_reached", Words(en="Used up for today; come back tomorrow", zh="今日名额已用完，明天再来"))
USED_ON_DEVICE = Missing("limit_reached", Words(en="This device has used the offer", zh="本设备的可用次数已用完"))
BUDGET_SPENT = Missing("limit_reached", Words(en="The offer's budget is spent", zh="活动预算已用完"))
SOLD_OUT = Missing("sold_out", Words(en="Sold out", zh="已抢光"))
UNITS_BY_YOU = Missing("limit_reached", Words(en="More pieces than you may still buy", zh="超出每人限购件数"))
SIGN_IN = Missing("sign_in_needed", Words(en="Sign in to use this offer", zh="登录后可享"))
DEVICE_UNKNOWN = Missing("device_needed", Words(en="Only from a known device", zh="需在本人设备上使用"))


class Limit(NamedTuple):
    """One counter of a campaign for this payer, its ceiling, and what to say when it is reached."""

    key: CounterKey
    ceiling: int
    reached: Missing


class Room(Struct, frozen=True, kw_only=True):
    """What the limits leave for one payment; None is unlimited."""

    budget_minor: int | None = None
    units: int | None = None
    units_reached: Missing = SOLD_OUT  # which of the two unit limits is the nearer


UNLIMITED = Room()


def orders_keys(facts: Facts) -> list[CounterKey]:
    """Return the counters of the payer's payments: by member, and by device when it is known."""
    if facts.payer is None:
        return []
    keys = [CounterKey("member", facts.payer.member_id, "", ORDERS, "")]
    if facts.payer.device_id is not None:
        keys.append(CounterKey("device", facts.payer.device_id, "", ORDERS, ""))
    return keys


def limits(campaign: Campaign, facts: Facts) -> Iterator[Limit]:
    """Yield every limit of *campaign* that can be counted for *facts*."""
    ceilings, id_, payer = campaign.limits, campaign.id, facts.payer
    by_campaign = [
        ("budget", "", ceilings.budget_minor, BUDGET_SPENT),
        ("uses", "", ceilings.uses_total, USED_UP),
        ("uses", "day", ceilings.uses_per_day, USED_TODAY),
        ("units", "", ceilings.units_total, SOLD_OUT),
    ]
    by_member = [
        ("uses", "", ceilings.uses_per_member, USED_BY_YOU),
        ("uses", "day", ceilings.uses_per_member_per_day, USED_TODAY),
        ("units", "", ceilings.units_per_member, UNITS_BY_YOU),
    ]
    scopes = [("campaign", id_, by_campaign)]
    if payer is not None:
        scopes.append(("member", payer.member_id, by_member))
        if payer.device_id is not None:
            scopes.append(("device", payer.device_id, [("uses", "", ceilings.uses_per_device, USED_ON_DEVICE)]))
    for kind, scope_id, rows in scopes:
        for name, window, ceiling, reached in rows:
            if ceiling is not None:
                start = _day(campaign, facts) if window else ""
                yield Limit(CounterKey(kind, scope_id, id_, name, start), ceiling, reached)


def _day(campaign: Campaign, facts: Facts) -> str:
    return window_start("day", facts.now, ZoneInfo(campaign.schedule.timezone))


def room(campaign: Campaign, facts: Facts, taken_by_key: Mapping[CounterKey, int]) -> Room | Missing:
    """Return what is left for one payment, or which limit refuses it."""
    ceilings = campaign.limits
    if facts.payer is None and _needs_member(campaign):
        return SIGN_IN
    if ceilings.uses_per_device is not None and (facts.payer is None or facts.payer.device_id is None):
        return DEVICE_UNKNOWN
    budget: int | None = None
    units: tuple[int, Missing] | None = None
    for limit in limits(campaign, facts):
        left = limit.ceiling - taken_by_key.get(limit.key, 0)
        if left <= 0:
            return limit.reached
        if limit.key.limit == "budget":
            budget = left
        elif limit.key.limit == "units" and (units is None or left < units[0]):
            units = left, limit.reached
    if budget is None and units is None:
        return UNLIMITED
    count, reached = units or (None, SOLD_OUT)
    return Room(budget_minor=budget, units=count, units_reached=reached)


def _needs_member(campaign: Campaign) -> bool:
    ceilings = campaign.limits
    per_member = (ceilings.uses_per_member, ceilings.uses_per_member_per_day, ceilings.units_per_member)
    return campaign.coupon is not None or any(ceiling is not None for ceiling in per_member)


def takes(campaign: Campaign, facts: Facts, *, spent_minor: int, units: int, uses: int = 1) -> tuple[Take, ...]:
    """Return what one use takes from each counter of *campaign*; nothing is taken as 0."""
    amount_by_limit = {"budget": spent_minor, "units": units, "uses": uses}
    return tuple(
        Take(key=limit.key, amount=amount, ceiling=limit.ceiling)
        for limit in limits(campaign, facts)
        if (amount := amount_by_limit[limit.key.limit])
    )
