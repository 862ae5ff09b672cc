"""Builders with good defaults: ``campaign("a", amount_off(500))`` on ``facts(line("noodles", 3200))``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from engine.rules.benefits.amount_off import AmountOff, Step
from engine.rules.benefits.fixed_price import FixedPrice
from engine.rules.benefits.percent_off import PercentOff
from engine.rules.campaign import Campaign, CouponTerms, Filter, FunderShare, Group, Limits, Schedule, Scope, Stacking
from engine.rules.catalogue import DEFAULTS, Catalogue
from engine.rules.conditions.spend import Spend
from engine.rules.decide import decide
from engine.rules.decision import Applied, Cell, Decision, FunderPart, LineAmount, LinePrice, Words
from engine.rules.facts import Basket, Count, CounterKey, Facts, HeldCoupon, Line, Merchant, Payer
from engine.rules.funding import cells as cells_of
from engine.rules.kinds import Benefit, Condition, Phase
from engine.rules.options import Options

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Shanghai
ALWAYS = Schedule("Asia/Shanghai", datetime(2026, 1, 1, tzinfo=UTC), None)


def line(
    id_: str = "noodles", price: int = 3200, quantity: int = 1, *, merchant: str = "noodle-house", **more: Any
) -> Line:
    given = {"sku": id_, **more}
    return Line(id=id_, unit_price_minor=price, quantity=quantity, merchant_id=merchant, **given)


def basket(*lines: Line, currency: str = "CNY") -> Basket:
    return Basket(currency=currency, lines=lines or (line(),))


def payer(member_id: str = "wei", *, device_id: str | None = "phone", **more: Any) -> Payer:
    return Payer(member_id=member_id, device_id=device_id, **more)


def merchant(id_: str = "noodle-house", *, district: str = "wangjing", tags: tuple[str, ...] = ("food",)) -> Merchant:
    return Merchant(id=id_, district=district, tags=tags)


def coupon(campaign_id: str, id_: str = "c1", *, days: int = 7, from_days: int = -1) -> HeldCoupon:
    return HeldCoupon(
        id=id_,
        campaign_id=campaign_id,
        valid_from=NOW + timedelta(days=from_days),
        valid_until=NOW + timedelta(days=days),
    )


def facts(*lines: Line, taken: dict[CounterKey, int] | None = None, **more: Any) -> Facts:
    given: dict[str, Any] = {"now": NOW, "payer": payer(), "basket": basket(*lines), **more}
    counts = tuple(Count(key=key, taken=amount) for key, amount in (taken or {}).items())
    return Facts(counts=counts, **given)


def amount_off(amount: int | None = None, **more: Any) -> AmountOff:
    named = {f"{name}_minor" if name in {"every", "at_most"} else name: value for name, value in more.items()}
    return AmountOff(amount_minor=amount, **named)


def ladder(*steps: tuple[int, int]) -> AmountOff:
    return AmountOff(steps=tuple(Step(from_minor=start, off_minor=off) for start, off in steps))


def percent_off(percent: int, **more: Any) -> PercentOff:
    return PercentOff(percent=Fraction(percent, 100), **_items(more))


def fixed_price(price: int, **more: Any) -> FixedPrice:
    return FixedPrice(price_minor=price, **_items(more))


def _items(more: dict[str, Any]) -> dict[str, Any]:
    names = {"units": "units_max", "at_most": "at_most_minor"}
    return {names.get(name, name): Filter(value) if name == "items" else value for name, value in more.items()}


def spend(at_least: int, basis: str = "left") -> Spend:
    return Spend(at_least_minor=at_least, basis=basis)  # type: ignore[arg-type]


def funding(**parts: str | int) -> tuple[FunderShare, ...]:
    """``funding(platform="60", merchant="40")``: percent by funder; ``brand_x`` is ``brand:x``."""
    return tuple(FunderShare(name.replace("_", ":"), Fraction(part) / 100) for name, part in parts.items())


def campaign(
    id_: str,
    *give: Benefit,
    phase: Phase = "order",
    when: Iterable[Condition] = (),
    audience: Iterable[Condition] = (),
    limits: dict[str, Any] | None = None,
    scope: Scope | None = None,
    **more: Any,
) -> Campaign:
    stacking = {name: more.pop(name) for name in ("group", "exclusive", "combine_with", "priority") if name in more}
    given: dict[str, Any] = {"currency": "CNY", "schedule": ALWAYS, "funding": funding(platform=100), **more}
    return Campaign(
        id=id_,
        version=f"{id_}-1",
        name=Words(en=id_, zh=id_),
        give=give or (amount_off(500),),
        when=Group(all=tuple(when)),
        audience=Group(all=tuple(audience)),
        limits=Limits(**(limits or {})),
        scope=scope or Scope(),
        stacking=Stacking(phase=phase, **stacking),
        **given,
    )


def voucher(id_: str, *give: Benefit, **more: Any) -> Campaign:
    return campaign(id_, *give, coupon=CouponTerms(7), **more)


def at(merchant_id: str) -> Scope:
    return Scope(merchants=Filter({"ids": (merchant_id,)}))


def on(**dimensions: tuple[str, ...]) -> Scope:
    """``on(skus=("tea",))``: the items in scope."""
    return Scope(items=Filter(dimensions))


def priced(campaigns: Iterable[Campaign], known: Facts, options: Options = DEFAULTS) -> Decision:
    return decide(Catalogue.build(campaigns, options), known)


def saved(decision: Decision) -> dict[str, int]:
    return {offer.campaign_id: offer.amount_minor for offer in decision.applied}


def refused(decision: Decision) -> dict[str, str]:
    return {reason.campaign_id: reason.code for reason in decision.refused}


def cells(table: Iterable[FunderPart], taken: list[tuple[Line, int]]) -> tuple[Cell, ...]:
    """The cells of a discount that takes these amounts from these lines, paid as *table* says."""
    lines = [
        LinePrice(line_id=ln.id, merchant_id=ln.merchant_id, list_minor=amount, discount_minor=amount, payable_minor=0)
        for ln, amount in taken
    ]
    offer = Applied(
        campaign_id="a",
        version="1",
        name=Words(en="a", zh="a"),
        phase="order",
        amount_minor=sum(amount for _, amount in taken),
        nominal_minor=sum(amount for _, amount in taken),
        by_line=tuple(LineAmount(ln.id, amount) for ln, amount in taken),
        funders=tuple(table),
        takes=(),
    )
    return cells_of(offer, lines)
