"""From a case to the facts that a decision takes."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from engine.rules.campaign import Campaign
from engine.rules.catalogue import Catalogue
from engine.rules.facts import ORDERS, Basket, Count, CounterKey, Facts, HeldCoupon, Line, Merchant, Payer
from engine.rules.language.case_shape import CaseShape, LineShape
from engine.rules.language.instants import instant


def facts_of(shape: CaseShape, campaign: Campaign, catalogue: Catalogue) -> Facts:
    """Return the facts of a case; a counter has taken what the case says, else 0."""
    now = _instant_of(shape, campaign)
    facts = Facts(
        basket=Basket(currency=campaign.currency, lines=tuple(_line(line) for line in shape.basket)),
        now=now,
        payer=_payer(shape),
        merchants={line.merchant: _merchant(line) for line in shape.basket},
        channel=shape.channel,
        coupons=() if shape.anonymous == "yes" else tuple(_coupons(shape, now)),
    )
    counts = [Count(key=key, taken=_taken(shape, campaign, key)) for key in catalogue.counters(facts)]
    return replace(facts, counts=tuple(count for count in counts if count.taken))


def _instant_of(shape: CaseShape, campaign: Campaign) -> datetime:
    """Return when the case happens: as written, else noon of the campaign's first day."""
    if shape.at is not None:
        return instant(shape.at, campaign.schedule.timezone, "from")
    return campaign.schedule.start + timedelta(hours=12)


def _line(line: LineShape) -> Line:
    return Line(
        id=line.id or line.sku,
        merchant_id=line.merchant,
        sku=line.sku,
        quantity=line.quantity,
        unit_price_minor=line.price_minor,
        category=line.category,
        tags=line.tags,
        kind=line.kind,
    )


def _merchant(line: LineShape) -> Merchant:
    return Merchant(id=line.merchant, district=line.district, tags=line.merchant_tags)


def _payer(shape: CaseShape) -> Payer | None:
    if shape.anonymous == "yes":
        return None
    payer = shape.payer
    return Payer(
        member_id=payer.member,
        device_id=payer.device,
        tier=payer.tier,
        tags=payer.tags,
        segments=payer.segments,
        invited_by=payer.invited_by,
    )


def _coupons(shape: CaseShape, now: datetime) -> list[HeldCoupon]:
    day = timedelta(days=1)
    return [
        HeldCoupon(id=f"coupon-{place}", campaign_id=campaign_id, valid_from=now - day, valid_until=now + day)
        for place, campaign_id in enumerate(shape.payer.coupons, 1)
    ]


def _taken(shape: CaseShape, campaign: Campaign, key: CounterKey) -> int:
    payer, taken = shape.payer, shape.taken
    if key.limit == ORDERS:
        on_device = payer.orders if payer.device_orders is None else payer.device_orders
        return on_device if key.scope_kind == "device" else payer.orders
    if key.campaign_id != campaign.id:
        return 0
    return {
        ("campaign", "budget"): taken.budget_minor,
        ("campaign", "uses"): taken.uses,
        ("campaign", "units"): taken.units,
        ("member", "uses"): taken.member_uses,
        ("member", "units"): taken.member_units,
        ("device", "uses"): taken.device_uses,
    }[key.scope_kind, key.limit]
