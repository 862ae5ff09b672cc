"""What the tool that a payment is paid with does in the books: the wallet's balance, or a card.

The balance answers within the transaction. A card is asked outside of it (``engine.checkout.by_card``): here only what
is asked of it is written down, and what it did is booked. Card money lies with the acquirer, never with the balances.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.checkout.booking import Part
from engine.checkout.chargeback_rows import chargeback
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import payment
from engine.checkout.rail_orders import CARD, key_of, rail_order
from engine.errors import Refused
from engine.ledger import accounts
from engine.store.instants import to_micros

Row = dict[str, Any]
#: States of a charge in which the bank may hold the shopper's money.
MAY_HOLD: Final = ("authorising", "authorised")


def ask_card(opened: Opened, card: Mapping[str, Any], *, capture: bool) -> str:
    """Write down that the card is to be charged, or held, and return the payment's state.

    The payment's id is the rail key.
    """
    state = "capturing" if capture else "reserved"
    opened.books.rows.update(payment, opened.key, state=state)
    _order(
        opened,
        opened.books.payment_id,
        kind="charge",
        token=card["token"],
        last4=card["last4"],
        amount_minor=opened.decision.payable_minor,
        wants="capture" if capture else "hold",
        state="authorising",
    )
    return state


def pay_by_card(opened: Opened, parts: Iterable[Part]) -> None:
    """Book what the card paid to every merchant."""
    for part in parts:
        opened.books.post(
            f"paid:{part.merchant_id}",
            debit=accounts.ACQUIRER,
            credit=accounts.payable(part.merchant_id),
            amount=part.paid_minor,
            kind="payment",
        )


def charge_of(opened: Opened) -> Row | None:
    """Return the order that charged the card; None for the balance, and when nothing was to pay."""
    return next((row for row in orders_of(opened) if row["kind"] == "charge"), None)


def orders_of(opened: Opened) -> list[Row]:
    """Return what was asked of the bank for the payment, none for the balance."""
    if opened.row["tool"] != CARD:
        return []
    return opened.books.rows.read(rail_order, **children_of(opened.key))


def take_back(opened: Opened) -> None:
    """Ask for everything back that the bank may hold for a payment that is let go."""
    charge = charge_of(opened)
    if charge is not None and charge["state"] in MAY_HOLD:
        opened.books.rows.update(rail_order, key_of(charge), state="given_up")
        reverse(opened, charge)


def reverse(opened: Opened, charge: Row) -> None:
    """Ask for a *charge* that must not stand in full; it stays on the audit's list until the bank confirms."""
    rail_key = f"{charge['rail_key']}-back"
    known = next((row for row in orders_of(opened) if row["rail_key"] == rail_key), None)
    if known is not None:
        opened.books.rows.update(rail_order, key_of(known), state="reversing", done_at=None)
        return
    _order(
        opened,
        rail_key,
        kind="reversal",
        of_key=charge["rail_key"],
        token=charge["token"],
        last4=charge["last4"],
        amount_minor=charge["amount_minor"],
        state="reversing",
    )


def give_back(opened: Opened, amount_minor: int) -> None:
    """Send on what a refund put into the wallet, when the payment went by card: back to the card, asked until known.

    *amount_minor* is the refund without what was taken of it for rewards that were gone.
    Raises: Refused ``refund_exceeds_payment`` when a chargeback took that money before.
    """
    charge = charge_of(opened)
    if charge is None:
        return
    _refuse_charged_back(opened)
    if not amount_minor:
        return
    books = opened.books
    books.post(
        "to-card",
        debit=accounts.wallet(books.member_id),
        credit=accounts.ACQUIRER,
        amount=amount_minor,
        kind="refund_to_card",
    )
    _order(
        opened,
        books.refund_id,
        kind="refund",
        of_key=charge["rail_key"],
        refund_id=books.refund_id,
        token=charge["token"],
        last4=charge["last4"],
        amount_minor=amount_minor,
        state="refunding",
    )


def give_to_wallet(opened: Opened, order: Row) -> None:
    """Put a refund that the bank refused into the wallet."""
    books = opened.for_refund(order["refund_id"]).books
    books.post(
        "to-wallet",
        debit=accounts.ACQUIRER,
        credit=accounts.wallet(books.member_id),
        amount=order["amount_minor"],
        kind="refund_to_wallet",
    )
    told = {"amount_minor": order["amount_minor"], "refund_id": order["refund_id"]}
    opened.tell.tell("balance.changed", told, payment_id=books.payment_id)


def _refuse_charged_back(opened: Opened) -> None:
    row = opened.row
    taken_minor = charged_back_minor(opened)
    if row["refunded_minor"] + taken_minor > row["paid_minor"]:
        raise Refused(
            "refund_exceeds_payment",
            "The bank took this money back for the card's holder already; nothing was refunded.",
            charged_back_minor=taken_minor,
        )


def charged_back_minor(opened: Opened) -> int:
    """Return what chargebacks that were not won took of the payment."""
    rows = opened.books.rows.read(chargeback, **children_of(opened.key))
    return sum(int(str(row["amount_minor"])) for row in rows if row["state"] != "won")


def _order(opened: Opened, rail_key: str, **given: Any) -> None:
    books = opened.books
    order = {
        "tenant_id": books.tenant_id,
        "home_id": books.member_id,
        "rail_key": rail_key,
        "of_key": "",
        "payment_id": books.payment_id,
        "refund_id": "",
        "currency": books.currency,
        "wants": "",
        "asked_at": to_micros(books.at),
        "done_at": None,
    }
    books.rows.insert(rail_order, **(order | given))
