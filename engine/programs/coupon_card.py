"""A coupon as its card shows it: the big face, the threshold, the rules in words; kept as it was issued."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from engine.programs.funder import FunderKind, funder_kind, funder_name
from engine.rules.benefits.amount_off import AmountOff
from engine.rules.benefits.fixed_price import FixedPrice
from engine.rules.benefits.percent_off import PercentOff
from engine.rules.campaign import Campaign, Group
from engine.rules.decision import Words
from engine.rules.kinds import Benefit, Condition
from engine.rules.phrases import money, percent
from engine.store.instants import from_micros
from engine.wire.coupons import Coupon, CouponState

ANYWHERE: Final = Words(en="All shops", zh="全部门店")
NO_THRESHOLD: Final = Words(en="No minimum spend", zh="无门槛")
ENDED: Final = Words(en="The offer has ended", zh="活动已结束")
NOT_YET: Final = Words(en="Not valid yet", zh="尚未到使用时间")
MERCHANTS_NAMED: Final = 3


class Card(Struct, frozen=True, kw_only=True):
    """What does not change over a coupon's life."""

    name: Words
    face: Words
    face_minor: int | None
    threshold: Words
    rules: tuple[Words, ...]
    currency: str
    funder_kind: FunderKind
    funder_name: Words
    where: Words


def card_of(campaign: Campaign, names: Mapping[str, Words]) -> Card:
    """Return the card of *campaign*'s coupon; *names* are merchants' by id."""
    benefit = campaign.give[0]
    funder = _funder(campaign)
    return Card(
        name=campaign.name,
        face=_face(benefit, campaign.currency),
        face_minor=benefit.amount_minor if isinstance(benefit, AmountOff) else None,
        threshold=_threshold(campaign),
        rules=_rules(campaign),
        currency=campaign.currency,
        funder_kind=funder_kind(funder),
        funder_name=funder_name(funder, names),
        where=_where(campaign, names),
    )


def coupon_shown(row: Mapping[str, Any], now: datetime, *, runs: bool) -> Coupon:
    """Return the wire coupon of a coupon's *row* at *now*; *runs*: its campaign is live."""
    card = msgspec.json.decode(row["card"], type=Card)
    state = state_at(row, now)
    why_not = None
    if state in {"usable", "soon"}:
        why_not = NOT_YET if state == "soon" else None if runs else ENDED
    return Coupon(
        coupon_id=row["coupon_id"],
        campaign_id=row["campaign_id"],
        name=card.name,
        face=card.face,
        threshold=card.threshold,
        rules=card.rules,
        state=state,
        currency=card.currency,
        face_minor=card.face_minor,
        funder_kind=card.funder_kind,
        funder_name=card.funder_name,
        where=card.where,
        valid_from=from_micros(row["valid_from"]),
        valid_until=from_micros(row["valid_until"]),
        issued_at=from_micros(row["issued_at"]),
        used_at=from_micros(row["used_at"]) if row["used_at"] is not None else None,
        payment_id=row["payment_id"] or None,
        why_not=why_not,
    )


def state_at(row: Mapping[str, Any], now: datetime) -> CouponState:
    """Return the state a coupon has at *now*, whether or not the job that writes it has run."""
    state: CouponState = row["state"]
    if state != "usable":
        return state
    if from_micros(row["valid_until"]) <= now:
        return "expired"
    return "soon" if now < from_micros(row["valid_from"]) else "usable"


def _funder(campaign: Campaign) -> str:
    """Return the funder with the largest part; ``merchant`` is the only merchant of the scope, else all of them."""
    funder = max(campaign.funding, key=lambda share: share.part).funder
    if funder != "merchant":
        return funder
    merchants = campaign.scope.merchants.include.get("ids", ())
    return f"merchant:{merchants[0] if len(merchants) == 1 else 'the merchant'}"


def _face(benefit: Benefit, currency: str) -> Words:
    if isinstance(benefit, AmountOff) and benefit.amount_minor is not None:
        return _amount(benefit.amount_minor, currency)
    if isinstance(benefit, PercentOff):
        tenths = percent((1 - benefit.percent) / 10).removesuffix("%")
        return Words(en=f"{percent(benefit.percent)} off", zh=f"{tenths}折")
    if isinstance(benefit, FixedPrice):
        return _amount(benefit.price_minor, currency)
    return Words(en=benefit.describe("en", currency), zh=benefit.describe("zh", currency))


def _amount(amount_minor: int, currency: str) -> Words:
    shown = money(amount_minor, currency, "en")
    return Words(en=shown, zh=shown)


def _threshold(campaign: Campaign) -> Words:
    spends = [least for one in _conditions(campaign.when) if (least := one.spend_at_least_minor()) is not None]
    if not spends:
        return NO_THRESHOLD
    shown = money(max(spends), campaign.currency, "en")
    return Words(en=f"Spend {shown}", zh=f"满{shown}可用")


def _conditions(group: Group) -> list[Condition]:
    found: list[Condition] = []
    for one in group.all:
        found += _conditions(one) if isinstance(one, Group) else [one]
    return found


def _rules(campaign: Campaign) -> tuple[Words, ...]:
    currency = campaign.currency
    gives = [
        Words(en=_sentence(benefit.describe("en", currency)), zh=benefit.describe("zh", currency))
        for benefit in campaign.give
    ]
    whens = [
        Words(en=f"If {condition.describe('en', currency)}", zh=condition.describe("zh", currency))
        for condition in _conditions(campaign.when)
    ]
    said = (*gives, *whens)
    return (*said, campaign.description) if campaign.description else said


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _where(campaign: Campaign, names: Mapping[str, Words]) -> Words:
    include = campaign.scope.merchants.include
    ids = include.get("ids", ())
    if ids:
        known = [names.get(id_, Words(en=id_, zh=id_)) for id_ in ids[:MERCHANTS_NAMED]]
        more = len(ids) > MERCHANTS_NAMED
        return Words(
            en=", ".join(name.en for name in known) + (" and others" if more else ""),
            zh="、".join(name.zh for name in known) + ("等" if more else ""),
        )
    places = [*include.get("districts", ()), *include.get("tags", ())]
    return Words(en=", ".join(places), zh="、".join(places)) if places else ANYWHERE
