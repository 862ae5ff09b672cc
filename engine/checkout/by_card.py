"""Charging a card: what is asked was written down before, the bank's word is booked, silence is asked again.

Money moves at the bank between two transactions of ours, so a crash anywhere leaves an open order that the next one who
comes (a repeat of the request, or the job) asks about under the same rail key.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from engine.checkout.change import Change, Found, payment_row_script, submit
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import payment, reward
from engine.checkout.rail_orders import CARD, OPEN, key_of, of_payment_script, rail_order
from engine.checkout.rail_word import ask, book
from engine.checkout.request import Request
from engine.checkout.tenders import charge_of
from engine.desk import Desk
from engine.errors import Conflict, Refused
from engine.ledger.idempotency import idempotency
from engine.ledger.work import Answer, Lock, Read, refusal
from engine.rails.rail import RailTimeoutError
from engine.store.script import Row

#: The code of an answer whose end the bank has not told yet; a repeat of the request asks again.
PENDING: Final = "pending"
#: How long a caller waits for the bank, all its messages together; then the job asks on.
PATIENCE_SECONDS: Final = 8.0
log = logging.getLogger("youhui.rails")


async def submit_and_ask(
    desk: Desk, found: Found, request: Request | None, change: Change, *, more: Sequence[Read] = ()
) -> Answer:
    """Do *change* as ``engine.checkout.change.submit``; then ask the bank for what it wrote down, if the card paid."""
    answer = await submit(desk, found, request, change, more=more)
    if found.row["tool"] == CARD and answer.kind == "done":
        await ask_for(desk, found)
    return answer


async def conclude(desk: Desk, answer: Answer, request: Request) -> Answer:
    """Ask the bank about the payment of a pending *answer*, and give its end: kept under the request's key once known.

    Shape:  the same answer while the bank is silent; done with the payment; refused ``card_declined``.
    """
    payment_id = msgspec.json.decode(answer.body)["payment_id"]
    row = await desk.database.read(payment_row_script(desk.settings.tenant_id, payment_id))
    if row is None:
        raise LookupError(f"payment {payment_id} is gone")
    found = Found(row)
    await ask_for(desk, found)
    claim = (desk.settings.tenant_id, request.caller, request.key)

    def change(opened: Opened) -> Answer:
        kept = opened.books.rows.get(idempotency, claim)
        if kept is not None and kept["code"] != PENDING:
            return Answer(kept["kind"], str(kept["code"]), kept["body"])  # type: ignore[arg-type]
        end = _end(opened)
        if end is None:
            return answer
        if kept is not None:
            opened.books.rows.update(idempotency, claim, **end._asdict())
        return end

    return await submit(desk, found, None, change, more_locks=[Lock(idempotency, claim)])


async def ask_for(desk: Desk, found: Found) -> None:
    """Ask the bank about every open order of a payment and book what it says; bounded in time, silence is left open."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for row in await desk.database.read(of_payment_script(found.key)):
                if row["state"] in OPEN:
                    await ask_once(desk, found, row)
    except TimeoutError:
        log.warning("the bank is slow about payment %s; it is asked again", found.key[2])


async def ask_once(desk: Desk, found: Found, order: Row) -> bool:
    """Ask the bank about one order of a payment and book what it says; False while it is silent."""
    try:
        word = await ask(desk, order)
    except RailTimeoutError:
        return False
    campaigns, timezone = desk.catalogue.campaigns, desk.settings.timezone

    def change(opened: Opened) -> Answer:
        known = opened.books.rows.get(rail_order, key_of(order))
        if known is None:
            raise LookupError(f"the order {order['rail_key']} is gone")
        book(opened, dict(known), word, campaigns, timezone)
        after = opened.books.rows.get(rail_order, key_of(order)) or {}
        return Answer("done", "", b"" if after["state"] in OPEN else b"known")

    return (await submit(desk, found, None, change)).body == b"known"


def begin_capture(opened: Opened) -> bool:
    """Begin to take what the card holds for a reserved payment; False when no card does.

    Raises: Conflict ``payment_state`` while the bank has not said that it holds the money.
    """
    charge = charge_of(opened)
    if charge is None:
        return False
    if charge["state"] != "authorised":
        raise Conflict(
            "payment_state",
            f"The card is {charge['state']}; wait until it is authorised, or release the payment.",
            payment_id=opened.books.payment_id,
            state=charge["state"],
        )
    opened.books.rows.update(rail_order, key_of(charge), state="capturing", wants="capture")
    opened.books.rows.update(payment, opened.key, state="capturing")
    opened.tell.tell("payment.capturing", opened.told(), payment_id=opened.books.payment_id)
    return True


def _end(opened: Opened) -> Answer | None:
    """Return how a payment by card ended for who asked; None while the bank has not said."""
    charge: dict[str, Any] = charge_of(opened) or {}
    state = opened.row["state"]
    if state == "capturing" or (state == "reserved" and charge.get("state") != "authorised"):
        return None
    if charge.get("state") == "declined" or (state == "released" and charge.get("wants") == "capture"):
        why = "The bank declined the card" if charge.get("state") == "declined" else "The bank did not answer in time"
        said = f"{why}; nothing was taken. Use another card, or ask your bank."
        return refusal(Refused("card_declined", said, payment_id=opened.books.payment_id))
    rewards = opened.books.rows.read(reward, **children_of(opened.key))
    return Answer("done", "", msgspec.json.encode(opened.shown(str(one["reward_id"]) for one in rewards)))
