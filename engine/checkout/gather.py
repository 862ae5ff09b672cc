"""Gathers what a decision may know, in one read: who pays, whose goods, held coupons, and which counters to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from engine.checkout.order import Order, refuse_strangers
from engine.checkout.rail_orders import CARD
from engine.errors import NotFound, Refused
from engine.ledger.counters import taken_script
from engine.paycode import code
from engine.paycode.code import PayCodeParts
from engine.programs.cards import BALANCE, card_script
from engine.programs.coupon import coupon
from engine.programs.loyalty import earned_script, tier
from engine.programs.members import Member, by_number_script, member_script
from engine.programs.merchants import Merchant, merchant, merchants_script
from engine.rules.benefits.issue_coupon import IssueCoupon
from engine.rules.catalogue import Catalogue
from engine.rules.decision import Words
from engine.rules.facts import Count, CounterKey, Facts, HeldCoupon, Payer
from engine.store.instants import from_micros
from engine.store.script import Row, Script, select, select_keys


class ShownCode(NamedTuple):
    """The pay code that was shown, proven."""

    code: str
    made_at: datetime


class Known(NamedTuple):
    """What was gathered. ``facts`` hold no counts yet; ``keys`` are the counters that deciding on them may look at."""

    facts: Facts
    keys: tuple[CounterKey, ...]
    member: Member | None
    shown_code: ShownCode | None
    merchants: Mapping[str, Merchant]
    names: dict[str, Words]  # merchants', also of those that only fund
    shop: Words | None
    issued: frozenset[str]  # campaigns whose coupons deciding may give
    card: Row | None = None  # what is paid with, unless it is the balance


def known_script(tenant_id: str, catalogue: Catalogue, order: Order, now: datetime) -> Script[Known]:
    """Gather the facts of *order* at *now*.

    Raises: NotFound ``merchant_not_found``, ``shop_not_found``; Unauthorized ``not_allowed`` for strangers' goods;
            Invalid ``pay_code_malformed``; Refused ``pay_code_wrong``, ``pay_code_expired``, ``member_frozen``,
            ``no_card``.
    """
    parts = code.read(order.pay_code) if order.pay_code is not None else None
    merchants = yield from merchants_script(tenant_id, order.merchant_ids)
    refuse_strangers(order, [one.facts for one in merchants.values()])
    owner = merchants[order.merchant_id]
    shop = owner.shop(order.shop_id) if order.shop_id is not None else None
    member, made_at = yield from _payer_script(tenant_id, order, parts, now)
    tool = order.tool or (CARD if member and member.tool != BALANCE else BALANCE)
    card = (yield from _card_script(tenant_id, member)) if member and tool == CARD else None
    facts = Facts(
        basket=order.basket,
        now=now,
        payer=(yield from _payer_facts(tenant_id, member, now)) if member else None,
        merchants={one.id: one.facts for one in merchants.values()},
        shop_id=order.shop_id,
        district=shop.district if shop else owner.district,
        channel=order.channel,
        tool=tool,
        card_bin=card["bin"] if card else "",
        coupons=(yield from _coupons_script(tenant_id, member.id, now)) if member else (),
    )
    names = yield from _names_script(tenant_id, catalogue, facts, merchants)
    return Known(
        facts=facts,
        keys=catalogue.counters(facts),
        member=member,
        shown_code=ShownCode(parts.code, made_at) if parts and made_at else None,
        merchants=merchants,
        names=names,
        shop=shop.name if shop else None,
        issued=_issued(catalogue, facts),
        card=card,
    )


def with_counts(facts: Facts, taken_by_key: Mapping[CounterKey, int]) -> Facts:
    """Return *facts* that know what the counters have taken; those at zero are left out."""
    counts = tuple(Count(key=key, taken=taken) for key, taken in taken_by_key.items() if taken)
    return replace(facts, counts=counts)


def counts_script(tenant_id: str, known: Known) -> Script[Facts]:
    """Return the facts with what the counters have taken, read without locking: for a quote."""
    taken = yield from taken_script(tenant_id, known.keys)
    return with_counts(known.facts, {CounterKey(*key): count for key, count in taken.items()})


def held(rows: Iterable[Mapping[str, Any]], now: datetime) -> tuple[HeldCoupon, ...]:
    """Return the coupons of *rows* that may be spent at *now*, the soonest to expire first."""
    usable = [
        HeldCoupon(
            id=row["coupon_id"],
            campaign_id=row["campaign_id"],
            valid_from=from_micros(row["valid_from"]),
            valid_until=from_micros(row["valid_until"]),
        )
        for row in rows
        if row["state"] == "usable"
    ]
    return tuple(
        sorted(
            (one for one in usable if one.valid_from <= now < one.valid_until),
            key=lambda one: (one.valid_until, one.id),
        )
    )


def _payer_script(
    tenant_id: str, order: Order, parts: PayCodeParts | None, now: datetime
) -> Script[tuple[Member | None, datetime | None]]:
    """Return who pays, and when the shown code was made."""
    made_at = None
    if parts is not None:
        try:
            member = yield from by_number_script(tenant_id, parts.number)
        except NotFound:
            raise Refused("pay_code_wrong", "The pay code is not right. Ask the shopper to show a new one.") from None
        made_at = code.verify(parts, member.code_secret, now=now)
    elif order.member_id is not None:
        member = yield from member_script(tenant_id, order.member_id)
    else:
        return None, None
    if member.state == "frozen":
        raise Refused("member_frozen", "The shopper's account is frozen. Ask them to write to the help desk.")
    return member, made_at


def _card_script(tenant_id: str, member: Member) -> Script[Row]:
    """Return the card that the wallet is set to, else the one bound last."""
    found = yield from card_script(tenant_id, member.id, member.tool)
    if found is None:
        raise Refused("no_card", "The shopper has no card bound. Pay from the balance, or bind a card first.")
    return found


def _payer_facts(tenant_id: str, member: Member, now: datetime) -> Script[Payer]:
    earned = yield from earned_script(tenant_id, member.id, now)
    return Payer(
        member_id=member.id,
        device_id=member.device_id,
        tier=tier(earned).id,
        tags=member.tags,
        segments=member.segments,
        invited_by=member.invited_by,
    )


def _coupons_script(tenant_id: str, member_id: str, now: datetime) -> Script[tuple[HeldCoupon, ...]]:
    rows = yield select(coupon, tenant_id=tenant_id, home_id=member_id, state="usable")
    return held(rows, now)


def _names_script(
    tenant_id: str, catalogue: Catalogue, facts: Facts, merchants: Mapping[str, Merchant]
) -> Script[dict[str, Words]]:
    """Name the merchants of the basket, and those that the campaigns which reach it name."""
    names = {one.id: one.name for one in merchants.values()}
    others = _named(catalogue, facts) - names.keys()
    rows = (yield select_keys(merchant, [(tenant_id, id_) for id_ in sorted(others)])) if others else []
    return names | {row["home_id"]: Words(en=row["name_en"], zh=row["name_zh"]) for row in rows}


def _named(catalogue: Catalogue, facts: Facts) -> set[str]:
    found: set[str] = set()
    for plan in catalogue.reached(facts):
        for share in plan.campaign.funding:
            kind, _, id_ = share.funder.partition(":")
            if kind == "merchant" and id_:
                found.add(id_)
    for id_ in _issued(catalogue, facts) & catalogue.campaigns.keys():
        found.update(catalogue.campaigns[id_].scope.merchants.include.get("ids", ()))
    return found


def _issued(catalogue: Catalogue, facts: Facts) -> frozenset[str]:
    """Return the campaigns whose coupons the basket may earn, whether they run or not."""
    gifts = (gift for plan in catalogue.reached(facts) for gift in plan.rewards if isinstance(gift, IssueCoupon))
    return frozenset(gift.campaign_id for gift in gifts)
