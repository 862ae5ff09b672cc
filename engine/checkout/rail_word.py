"""The bank's word on one order: how it is asked for, and what it means in the books."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from engine.checkout.booked import booked
from engine.checkout.capture import capture
from engine.checkout.let_go import let_go
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import reward
from engine.checkout.rail_orders import OPEN, key_of, rail_order
from engine.checkout.tenders import give_to_wallet, pay_by_card, reverse
from engine.desk import Desk
from engine.rails.rail import Rail, RailAnswer, RailTimeoutError
from engine.rules.campaign import Campaign
from engine.store.instants import from_micros, to_micros
from engine.store.script import Row

#: How long one message to the bank waits.
MESSAGE_SECONDS: Final = 5.0
_ENDED: Final = ("released", "expired")
_TAKEN: Final = ("authorised", "captured")


async def ask(desk: Desk, order: Row) -> RailAnswer:
    """Ask the bank for *order* under its rail key; asking again changes nothing more.

    Raises: RailTimeoutError when it is silent.
    """
    try:
        async with asyncio.timeout(MESSAGE_SECONDS):
            return await _ask(desk, order)
    except TimeoutError:
        raise RailTimeoutError(order["rail_key"]) from None


async def _ask(desk: Desk, order: Row) -> RailAnswer:
    rail, key = desk.rail, order["rail_key"]
    if order["kind"] == "charge":
        return await _charged(desk, order)
    if order["kind"] == "reversal":
        return await _reversed(rail, order)
    if order["kind"] == "refund":
        return await rail.refund(key, of=order["of_key"], amount_minor=order["amount_minor"])
    return await rail.pay_out(key, token=order["token"], amount_minor=order["amount_minor"], currency=order["currency"])


async def _charged(desk: Desk, order: Row) -> RailAnswer:
    """Authorise and, where it is wanted, capture.

    A key that the bank has not heard of when the hold would be over is barred: nobody is charged who left the shop.
    """
    rail, key = desk.rail, order["rail_key"]
    over_at = from_micros(order["asked_at"]) + timedelta(seconds=desk.settings.hold_seconds)
    if order["state"] == "authorising" and desk.clock.now() < over_at:
        answer = await rail.authorise(
            key, token=order["token"], amount_minor=order["amount_minor"], currency=order["currency"]
        )
    else:
        answer = await rail.query(key)
        if answer.state == "unknown":
            answer = await rail.cancel(key)
    if answer.state == "authorised" and order["wants"] == "capture" and order["state"] in OPEN:
        answer = await rail.capture(key)
    return answer


async def _reversed(rail: Rail, order: Row) -> RailAnswer:
    """Take a charge back, whatever the bank has made of it: cancel what it holds, refund what it took.

    Shape:  ``cancelled`` or ``refunded`` once nothing of it is left, else ``unknown``: ask again.
    """
    charge = await rail.query(order["of_key"])
    if charge.state in {"unknown", "authorised"}:
        charge = await rail.cancel(order["of_key"])
    if charge.state == "captured":
        back = await rail.refund(order["rail_key"], of=order["of_key"], amount_minor=order["amount_minor"])
        return back if back.state == "refunded" else RailAnswer("unknown", back.reason)
    return charge._replace(state="cancelled" if charge.state in {"cancelled", "declined"} else "unknown")


def book(opened: Opened, order: Row, word: RailAnswer, campaigns: Mapping[str, Campaign], timezone: str) -> None:
    """Book the bank's *word* on an *order* of the payment, once."""
    if word.state == "unknown":
        return
    if order["kind"] == "charge":
        _book_charge(opened, order, word, lambda: _commit(opened, campaigns, timezone))
    elif order["kind"] == "refund":
        _book_refund(opened, order, word)
    elif order["state"] == "reversing":
        _set(opened, order, "reversed", word)
        opened.books.rows.update(rail_order, key_of(order), wants=word.state)


def _book_charge(opened: Opened, order: Row, word: RailAnswer, commit: Callable[[], None]) -> None:
    if opened.row["state"] in _ENDED:
        if word.state in _TAKEN:  # late: it succeeded after the payment had ended
            reverse(opened, order)
    elif order["state"] not in {"authorising", "capturing"}:
        return
    elif word.state == "captured":
        _set(opened, order, "captured", word)
        commit()
    elif word.state == "authorised":
        if opened.row["state"] == "reserved":
            _set(opened, order, "authorised", word)
    elif word.state in {"declined", "cancelled"}:
        _set(opened, order, "declined" if word.state == "declined" else "given_up", word)
        let_go(opened, "released")


def _book_refund(opened: Opened, order: Row, word: RailAnswer) -> None:
    if order["state"] != "refunding":
        return
    if word.state == "refunded":
        _set(opened, order, "refunded", word)
    elif word.state == "declined":
        _set(opened, order, "refused", word)
        give_to_wallet(opened, order)


def _commit(opened: Opened, campaigns: Mapping[str, Campaign], timezone: str) -> None:
    booking = booked(opened)
    pay_by_card(opened, booking.parts)
    rewards: list[dict[str, Any]] = opened.books.rows.read(reward, **children_of(opened.key))
    capture(opened, booking, rewards, campaigns, timezone)


def _set(opened: Opened, order: Row, state: str, word: RailAnswer) -> None:
    done_at = to_micros(word.at or opened.books.at)
    opened.books.rows.update(rail_order, key_of(order), state=state, done_at=done_at)
