"""Builds the town by living its three months through the real use cases, each at its own instant.

Every write carries a fixed Idempotency-Key, so building again after a crash goes on where it stopped.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from engine.app.town.history import Visit, draw_visits
from engine.app.town.places import menu_item, merchants, shoppers
from engine.checkout.order import Order
from engine.checkout.refund import refund
from engine.checkout.request import Request
from engine.checkout.reserve import charge
from engine.checkout.top_up import top_up
from engine.clock import ManualClock
from engine.desk import Desk
from engine.ledger.accounts import balance_script, wallet_lock
from engine.ledger.work import Answer
from engine.outbox.relay import relay
from engine.paycode import code
from engine.programs.coupons import expire_due
from engine.programs.members import Member, member_script
from engine.programs.phone import read_phone
from engine.programs.referral import HANDLERS
from engine.programs.sign_up import NewMember, phone_holder_script, sign_up_script
from engine.programs.signing import Signing, signing_script
from engine.rules.facts import Basket, Line
from engine.settlement.settle import settle
from engine.store.script import Script
from engine.wire.members import TopUpRequest
from engine.wire.payments import Payment, RefundLineRequest, RefundRequest

#: What a shopper puts into the wallet when the next purchase would not leave a little.
TOP_UP_MINOR: Final = 30_000
LEFT_MINOR: Final = 5_000
REFUND_AFTER: Final = timedelta(hours=3)
SIGN_UP_AT: Final = time(7)
SETTLED_AT: Final = time(1)


async def build_town(desk: Desk, today: date) -> int:
    """Live the days before *today* and return how many payments were made. *desk* has the campaigns that ran then."""
    town = _Town(desk, ZoneInfo(desk.settings.timezone), today)
    visits = draw_visits(shoppers(), merchants(), today=today, timezone=desk.settings.timezone)
    days_ago = max(shopper.since_days for shopper in shoppers().values())
    for day in (today - timedelta(days=ago) for ago in range(days_ago, 0, -1)):
        await town.sign_up(phone for phone, one in shoppers().items() if today - timedelta(days=one.since_days) == day)
        await town.live([visit for visit in visits if visit.at.date() == day])
        await town.end_of(day)
    await settle(town.at(datetime.combine(today, SETTLED_AT, town.zone)))
    return len(visits)


@dataclass
class _Town:
    desk: Desk
    zone: ZoneInfo
    today: date
    members: dict[str, Member] = field(default_factory=dict)  # by phone

    def at(self, instant: datetime) -> Desk:
        """Return the desk with its clock at *instant*."""
        return replace(self.desk, clock=ManualClock(instant))

    async def sign_up(self, phones: Iterable[str]) -> None:
        """Make the members of *phones* at seven in the morning."""
        for phone in phones:
            first_day = self.today - timedelta(days=shoppers()[phone].since_days)
            now = datetime.combine(first_day, SIGN_UP_AT, self.zone)
            self.members[phone] = await self.desk.database.write(self._sign_up(phone, now))
            if not shoppers()[phone].habit:
                await self._top_up(self.at(now), phone, f"seed-{phone}-hello")

    def _sign_up(self, phone: str, now: datetime) -> Script[Member]:
        tenant_id, shopper = self.desk.settings.tenant_id, shoppers()[phone]
        signing: Signing = yield from signing_script(tenant_id)
        holder = yield from phone_holder_script(tenant_id, signing, read_phone(phone))
        if holder is not None:
            return (yield from member_script(tenant_id, holder))
        inviter = self.members.get(shopper.invited_by)
        new = NewMember(
            phone=read_phone(phone),
            name=shopper.name,
            locale="zh" if shopper.locale == "zh" else "en",
            device_id=f"phone-{phone}",
            invite_code=inviter.invite_code if inviter else "",
        )
        return (yield from sign_up_script(tenant_id, signing, new, now))

    async def live(self, visits: list[Visit]) -> None:
        """Make a day's payments: shoppers side by side, each one's own in order."""
        by_phone = itertools.groupby(
            sorted(visits, key=lambda visit: (visit.phone, visit.at)), lambda visit: visit.phone
        )
        await asyncio.gather(*(self._live(list(own)) for _, own in by_phone))

    async def end_of(self, day: date) -> None:
        """At midnight: what payments asked for is given, coupons whose last day it was are over."""
        desk = self.at(datetime.combine(day + timedelta(days=1), time(0), self.zone))
        handlers = {kind: partial(handler, desk) for kind, handler in HANDLERS.items()}
        await relay(desk.database, desk.settings.tenant_id, handlers, desk.clock.now())
        while await expire_due(desk):
            pass

    async def _live(self, visits: list[Visit]) -> None:
        for visit in visits:
            await self._pay(visit)

    async def _pay(self, visit: Visit) -> None:
        desk, name = self.at(visit.at), f"{visit.at.astimezone(UTC):%Y%m%dT%H%M%S}-{visit.phone}"
        basket = _basket(visit)
        await self._keep_in_funds(desk, visit, basket, name)
        member = self.members[visit.phone]
        order = Order(
            merchant_id=visit.merchant_id,
            basket=basket,
            shop_id=visit.shop_id,
            pay_code=code.make(member.number, member.code_secret, nonce=visit.at.second, now=visit.at),
            order_ref=f"past-{name}",
        )
        paid = msgspec.json.decode(
            _done(await charge(desk, order, _request("till:seed", f"pay-{name}"))).body, type=Payment
        )
        if visit.refunded:
            lines = (RefundLineRequest(line_id=basket.lines[0].id, quantity=1),)
            later = self.at(visit.at + REFUND_AFTER)
            asked = RefundRequest(lines=lines, reason="returned")
            _done(await refund(later, visit.merchant_id, paid.payment_id, asked, _request("till:seed", f"back-{name}")))

    async def _keep_in_funds(self, desk: Desk, visit: Visit, basket: Basket, name: str) -> None:
        lock = wallet_lock(desk.settings.tenant_id, self.members[visit.phone].id, desk.settings.currency)
        left = await desk.database.read(balance_script(lock)) - sum(line.list_minor for line in basket.lines)
        if left < LEFT_MINOR:
            await self._top_up(self.at(visit.at - timedelta(minutes=5)), visit.phone, f"top-up-{name}")

    async def _top_up(self, desk: Desk, phone: str, key: str) -> None:
        member_id = self.members[phone].id
        asked = TopUpRequest(amount_minor=TOP_UP_MINOR)
        _done(await top_up(desk, member_id, asked, _request(f"member:{member_id}", key)))


def _basket(visit: Visit) -> Basket:
    return Basket(currency="CNY", lines=tuple(_line(visit, place) for place in range(len(visit.bought))))


def _line(visit: Visit, place: int) -> Line:
    bought = visit.bought[place]
    item = menu_item(visit.merchant_id, bought.sku)
    if item is None:
        raise LookupError(f"{visit.merchant_id} does not sell {bought.sku}")
    return Line(
        id=f"L{place + 1}",
        merchant_id=visit.merchant_id,
        sku=item.sku,
        quantity=bought.quantity,
        unit_price_minor=item.price_minor,
        name=item.zh,
        category=item.category,
    )


def _request(caller: str, key: str) -> Request:
    return Request(caller=caller, key=key, fingerprint=key.encode())


def _done(answer: Answer) -> Answer:
    if answer.kind != "done":
        raise RuntimeError(f"the town's past was refused: {answer.code} {answer.body.decode()}")
    return answer
