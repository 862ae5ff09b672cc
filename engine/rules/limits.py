"""The limits of a campaign: which counters it needs, and what they leave for this payment.

Uses count payments, units count pieces, the budget counts the whole discount. A counter that is missing has taken 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from engine.rules.campaign import Campaign
from engine.rules.decision import Take, Words
from engine.rules.facts import ORDERS, CounterKey, Facts
from engine.rules.kinds import Missing
from engine.rules.schedule import NaturalWindow, window_start

ScopeName = Literal["campaign", "member", "device"]
LimitName = Literal["budget", "uses", "units"]

USED_UP = Missing("limit_reached", Words(en="This offer is used up", zh="优惠已用完"))
USED_BY_YOU = Missing("limit_reached", Words(en="You have used this offer up", zh="您的可用次数已用完"))
USED_TODAY = Missing("limit_reached", Words(en="Used up for today; come back tomorrow", zh="今日名额已用完，明天再来"))
USED_ON_DEVICE = Missing("limit_reached", Words(en="This device has used the offer", zh="本设备的可用次数已用完"))
BUDGET_SPENT = Missing("limit_reached", Words(en="The offer's budget is spent", zh="活动预算已用完"))
SOLD_OUT = Missing("sold_out", Words(en="Sold out", zh="已抢光"))
UNITS_BY_YOU = Missing("limit_reached", Words(en="More pieces than you may still buy", zh="超出每人限购件数"))
SIGN_IN = Missing("sign_in_needed", Words(en="Sign in to use this offer", zh="登录后可享"))
DEVICE_UNKNOWN = Missing("device_needed", Words(en="Only from a known device", zh="需在本人设备上使用"))


class Room(Struct, frozen=True, kw_only=True):
    """What the limits leave for one payment; None is unlimited."""

    budget_minor: int | None = None
    units: int | None = None
    units_reached: Missing = SOLD_OUT  # which of the two unit limits is the nearer


class Term(NamedTuple):
    """One limit of a campaign: whose counter, of what, in which natural window, up to what, and what to say then."""

    scope_kind: ScopeName
    limit: LimitName
    window: NaturalWindow | None
    ceiling: int
    reached: Missing


class Terms(NamedTuple):
    """The limits of a campaign, those that are set, and whose identity they need."""

    campaign_id: str
    zone: ZoneInfo
    terms: tuple[Term, ...]
    needs_member: bool
    needs_device: bool
    untouched: Room | Missing  # what is left when no counter has taken anything


class Limit(NamedTuple):
    """One counter of a campaign for this payer, its ceiling, and what to say when it is reached."""

    key: CounterKey
    ceiling: int
    reached: Missing


def orders_keys(facts: Facts) -> list[CounterKey]:
    """Return the counters of the payer's payments: by member, and by device when it is known."""
    if facts.payer is None:
        return []
    keys = [CounterKey("member", facts.payer.member_id, "", ORDERS, "")]
    if facts.payer.device_id is not None:
        keys.append(CounterKey("device", facts.payer.device_id, "", ORDERS, ""))
    return keys


def terms_of(campaign: Campaign) -> Terms:
    """Return the limits that *campaign* sets."""
    ceilings = campaign.limits
    rows: list[tuple[ScopeName, LimitName, NaturalWindow | None, int | None, Missing]] = [
        ("campaign", "budget", None, ceilings.budget_minor, BUDGET_SPENT),
        ("campaign", "units", None, ceilings.units_total, SOLD_OUT),
        ("campaign", "uses", None, ceilings.uses_total, USED_UP),
        ("campaign", "uses", "day", ceilings.uses_per_day, USED_TODAY),
        ("member", "uses", None, ceilings.uses_per_member, USED_BY_YOU),
        ("member", "uses", "day", ceilings.uses_per_member_per_day, USED_TODAY),
        ("member", "units", None, ceilings.units_per_member, UNITS_BY_YOU),
        ("device", "uses", None, ceilings.uses_per_device, USED_ON_DEVICE),
    ]
    terms = tuple(
        Term(kind, name, window, ceiling, why) for kind, name, window, ceiling, why in rows if ceiling is not None
    )
    kinds = {term.scope_kind for term in terms}
    zone = ZoneInfo(campaign.schedule.timezone)
    needs_member = "member" in kinds or campaign.coupon is not None
    untouched = _room([(term.limit, term.ceiling, term.reached) for term in terms])
    return Terms(campaign.id, zone, terms, needs_member, "device" in kinds, untouched)


def limits(terms: Terms, facts: Facts) -> Iterator[Limit]:
    """Yield every limit that can be counted for *facts*."""
    payer = facts.payer
    id_by_kind = {
        "campaign": terms.campaign_id,
        "member": payer.member_id if payer else None,
        "device": payer.device_id if payer else None,
    }
    for kind, name, window, ceiling, reached in terms.terms:
        scope_id = id_by_kind[kind]
        if scope_id is not None:
            start = window_start(window, facts.now, terms.zone) if window else ""
            yield Limit(CounterKey(kind, scope_id, terms.campaign_id, name, start), ceiling, reached)


def room(terms: Terms, facts: Facts, taken_by_campaign: Mapping[str, Mapping[CounterKey, int]]) -> Room | Missing:
    """Return what is left for one payment, or which limit refuses it."""
    if facts.payer is None and terms.needs_member:
        return SIGN_IN
    if terms.needs_device and (facts.payer is None or facts.payer.device_id is None):
        return DEVICE_UNKNOWN
    taken_by_key = taken_by_campaign.get(terms.campaign_id)
    if taken_by_key is None:
        return terms.untouched
    return _room(
        [(key.limit, ceiling - taken_by_key.get(key, 0), reached) for key, ceiling, reached in limits(terms, facts)]
    )


def taken_by_campaign(facts: Facts) -> dict[str, dict[CounterKey, int]]:
    """Return what counters have taken, by campaign; those that took nothing are left out."""
    found: dict[str, dict[CounterKey, int]] = {}
    for count in facts.counts:
        if count.taken:
            key = CounterKey(*count.key)
            found.setdefault(key.campaign_id, {})[key] = count.taken
    return found


def _room(lefts: Iterable[tuple[str, int, Missing]]) -> Room | Missing:
    """Return the room that limits leave: each with its name, what is left of it, and what to say when nothing is."""
    budget: int | None = None
    units: int | None = None
    units_reached = SOLD_OUT
    for name, left, reached in lefts:
        if left <= 0:
            return reached
        if name == "budget":
            budget = left
        elif name == "units" and (units is None or left < units):
            units, units_reached = left, reached
    return Room(budget_minor=budget, units=units, units_reached=units_reached)


def takes(terms: Terms, facts: Facts, *, spent_minor: int, units: int, uses: int = 1) -> tuple[Take, ...]:
    """Return what one use takes from each counter; nothing is taken as 0."""
    amount_by_limit = {"budget": spent_minor, "units": units, "uses": uses}
    return tuple(
        Take(key=limit.key, amount=amount, ceiling=limit.ceiling)
        for limit in limits(terms, facts)
        if (amount := amount_by_limit[limit.key.limit])
    )
