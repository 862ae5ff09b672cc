"""Charges a shopper by the pay code shown, or reserves: decides anew under the locks, then books all or nothing.

Everything the decision may look at is locked first: the order, the code, the wallet, the points, every counter, the
member's coupons (through the feed's row, which each writer of a coupon holds). So a limit can't be lost in between.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

import msgspec
from msgspec.structs import replace

from engine.checkout import give
from engine.checkout.booking import booking_of
from engine.checkout.books import Books
from engine.checkout.by_card import PENDING, conclude
from engine.checkout.capture import capture
from engine.checkout.chargeback_rows import chargebacks_read
from engine.checkout.entry import enter, hold, pay
from engine.checkout.gather import Known, held, known_script, with_counts
from engine.checkout.opened import Opened
from engine.checkout.order import Order
from engine.checkout.payment import order_claim
from engine.checkout.price_guard import guard_price, guard_quote
from engine.checkout.quote import sealed
from engine.checkout.rail_orders import orders_read
from engine.checkout.request import Request
from engine.checkout.shown import quote_shown
from engine.checkout.tenders import ask_card
from engine.checkout.terms import Terms, campaign_terms, versions_of
from engine.desk import Desk
from engine.errors import Conflict, NotFound, Refused, Unauthorized, YouhuiError
from engine.ledger import accounts
from engine.ledger.counters import counter_lock, taken
from engine.ledger.work import Answer, Lock, Read, Rows, Work
from engine.outbox.events import EMPTY_FEED, Recorder, feed, feed_key
from engine.paycode.spend import pay_code_use, spend, unspent
from engine.programs.coupon import coupon
from engine.programs.members import Member
from engine.programs.signing import Signing
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.decision import Decision
from engine.rules.facts import Facts
from engine.store.instants import to_micros
from engine.wire.quotes import Quote

FREE_CLAIM: Final = {"payment_id": "", "member_id": "", "state": "free"}


async def charge(desk: Desk, order: Order, request: Request, signing: Signing | None = None) -> Answer:
    """Charge *order*, or reserve it when ``capture`` is False; the answer's body is the wire ``Payment``.

    *signing* seals the new quote when what the order's quote showed does not hold.

    Shape:  kind done, with the code ``pending`` while a card's bank is silent (send the same request again, or
            query); refused: ``pay_code_wrong``, ``pay_code_expired``, ``member_frozen``, ``currency_mismatch``,
            ``insufficient_balance``, ``no_card``, ``card_declined``;
            conflict: ``order_ref_taken`` with the payment's id, ``pay_code_used``, ``quote_changed`` with the price.
    Raises: Invalid ``pay_code_malformed``; NotFound ``merchant_not_found``, ``shop_not_found``; Unauthorized
            ``not_allowed``; whatever ``Sequencer.submit`` raises.
    """
    now, catalogue = desk.clock.now(), desk.catalogue
    tenant_id = desk.settings.tenant_id
    try:
        _refuse_other_currency(order, desk.settings.currency)
        known = await desk.database.read(known_script(tenant_id, catalogue, order, now))
    except (Refused, NotFound, Unauthorized) as no:  # a key that was answered before gets its bytes all the same
        return await _ended(desk, request, await desk.sequencer.submit(_work(tenant_id, request, [], [], _raise(no))))
    member, shown = known.member, known.shown_code
    if member is None or shown is None:
        raise LookupError("an order to charge carries a pay code")
    asked = Charge(
        desk=desk,
        catalogue=catalogue,
        revision=desk.revision,
        order=order,
        known=known,
        member=member,
        code_key=(tenant_id, member.id, shown.code),
        code_made_at=shown.made_at,
        payment_id=f"pay_{to_micros(now):013x}{secrets.token_hex(5)}",
        now=now,
        signing=signing,
    )
    answer = await desk.sequencer.submit(_work(tenant_id, request, asked.locks(), asked.reads(), asked.decide))
    desk.wake(member.id)
    return await _ended(desk, request, answer)


async def _ended(desk: Desk, request: Request, answer: Answer) -> Answer:
    """Bring a payment by card to its end; also one that a request of the same key had begun."""
    return await conclude(desk, answer, request) if answer.code == PENDING else answer


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One order on its way into the books."""

    desk: Desk
    catalogue: Catalogue
    revision: int
    order: Order
    known: Known
    member: Member
    code_key: tuple[str, str, str]
    code_made_at: datetime
    payment_id: str
    now: datetime
    signing: Signing | None = None

    @property
    def _tenant_id(self) -> str:
        return self.desk.settings.tenant_id

    @property
    def _home(self) -> dict[str, object]:
        return {"tenant_id": self._tenant_id, "home_id": self.member.id}

    @property
    def _claim_key(self) -> tuple[str, str, str]:
        return (self._tenant_id, self.order.merchant_id, self.order.order_ref)

    def locks(self) -> list[Lock]:
        """Name every row that the decision looks at or the booking changes."""
        tenant_id, member_id = self._tenant_id, self.member.id
        return [
            Lock(order_claim, self._claim_key, FREE_CLAIM),
            Lock(pay_code_use, self.code_key, unspent(to_micros(self.code_made_at))),
            accounts.wallet_lock(tenant_id, member_id, self.order.basket.currency),
            accounts.points_lock(tenant_id, member_id),
            Lock(feed, feed_key(tenant_id, member_id), EMPTY_FEED),
            *(counter_lock(tenant_id, key) for key in self.known.keys),
        ]

    def reads(self) -> list[Read]:
        """Name the coupons that may be spent, and what giving rewards reads."""
        usable = Read(coupon, {**self._home, "state": "usable"})
        key = (self._tenant_id, self.member.id, self.payment_id)
        by_card = [orders_read(key), chargebacks_read(key)] if self.known.card else []
        return [usable, *by_card, *give.reads(self._tenant_id, self.member.id, self.known.issued)]

    def decide(self, rows: Rows) -> Answer:
        """Decide under the locks, book, and answer the payment as the merchant sees it."""
        self._claim_order(rows)
        spend(rows, self.code_key, self.payment_id)
        facts = self._facts(rows)
        decision = decide(self.catalogue, facts)
        guard_price(self.order, decision)
        guard_quote(self.order, decision, facts, lambda: self._new_quote(decision, facts))
        opened = self._opened(rows, facts, decision)
        rewards = give.promised(decision, self.order.merchant_id)
        pending = self._book(opened, rewards)
        return Answer(
            "done", PENDING if pending else "", msgspec.json.encode(opened.shown(row["reward_id"] for row in rewards))
        )

    def _book(self, opened: Opened, rewards: list[dict[str, Any]]) -> bool:
        """Book it; True when a card's bank is to be asked before it is at its end."""
        card = self.known.card if opened.decision.payable_minor else None
        booking = booking_of(opened.decision, {one.id: one.fee_bps for one in self.known.merchants.values()})
        until = self.now + timedelta(seconds=self.desk.settings.hold_seconds)
        enter(opened, self.order, booking, rewards, revision=self.revision, until=until)
        state = "reserved"
        if card is not None:
            state = ask_card(opened, card, capture=self.order.capture)
        elif self.order.capture:
            pay(opened, booking)
            capture(opened, booking, rewards, self.catalogue.campaigns, self.desk.settings.timezone)
            return False
        else:
            hold(opened, booking)
        opened.tell.tell(f"payment.{state}", opened.told(), payment_id=self.payment_id)
        return card is not None

    def _claim_order(self, rows: Rows) -> None:
        row = rows.get(order_claim, self._claim_key)
        if row is not None and row["state"] == "held":
            raise Conflict(
                "order_ref_taken",
                f"Order {self.order.order_ref!r} was charged before; nothing was charged now.",
                payment_id=row["payment_id"],
                order_ref=self.order.order_ref,
            )
        rows.update(order_claim, self._claim_key, state="held", payment_id=self.payment_id, member_id=self.member.id)

    def _facts(self, rows: Rows) -> Facts:
        """Return the facts as they stand under the locks; a coupon that came in between is not spent unseen."""
        seen = {one.id for one in self.known.facts.coupons}
        coupons = held(rows.read(coupon, **self._home, state="usable"), self.now)
        counted = with_counts(self.known.facts, {key: taken(rows, self._tenant_id, key) for key in self.known.keys})
        return replace(counted, coupons=tuple(one for one in coupons if one.id in seen))

    def _new_quote(self, decision: Decision, facts: Facts) -> Quote:
        shown = quote_shown(decision, facts, self.known.names, self.revision)
        return sealed(shown, decision, facts, self.signing)

    def _opened(self, rows: Rows, facts: Facts, decision: Decision) -> Opened:
        terms = Terms(
            campaigns=campaign_terms(decision, self.catalogue.campaigns),
            versions=versions_of(decision, self.catalogue.campaigns),
            merchants=self.known.names,
            merchant_category=self.known.merchants[self.order.merchant_id].category,
            shop=self.known.shop,
            options=self.catalogue.options.version,
        )
        books = Books(
            rows=rows,
            tenant_id=self._tenant_id,
            member_id=self.member.id,
            payment_id=self.payment_id,
            currency=decision.currency,
            at=self.now,
        )
        tell = Recorder(rows, self._tenant_id, self.member.id, self.now)
        return Opened(books=books, tell=tell, facts=facts, decision=decision, terms=terms)


def _refuse_other_currency(order: Order, currency: str) -> None:
    """Refuse a basket in another currency than the wallets': no balance could ever cover it."""
    asked = order.basket.currency
    if asked != currency:
        raise Refused(
            "currency_mismatch",
            f"The basket is in {asked}, wallets here hold {currency}; nothing was charged. Charge in {currency}.",
            currency=asked,
            wallet_currency=currency,
        )


def _work(
    tenant_id: str, request: Request, locks: list[Lock], reads: list[Read], decide_: Callable[[Rows], Answer]
) -> Work:
    return Work(
        tenant_id=tenant_id,
        caller=request.caller,
        key=request.key,
        fingerprint=request.fingerprint,
        locks=locks,
        reads=reads,
        decide=decide_,
    )


def _raise(no: YouhuiError) -> Callable[[Rows], Answer]:
    """Return a decision that was made before the locks; a refusal is kept for the key like any other."""

    def decide_(_rows: Rows) -> NoReturn:
        raise no

    return decide_
