"""Books what the bank took back for a card's holder: against the merchants' payable, in proportion to what they kept.

What a refund gave back before is nobody's part any more: when the bank takes it a second time, the platform bears it
until the chargeback is won. A won one is reversed by correcting transfers. Discounts, rewards and fees stay.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from typing import Final, Literal

import msgspec

from engine.checkout.by_card import submit_and_ask
from engine.checkout.change import Found, payment_row_script
from engine.checkout.chargeback_rows import chargeback, chargeback_shown
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import payment_part
from engine.checkout.receipt import unknown
from engine.checkout.request import Request
from engine.checkout.tenders import charge_of, charged_back_minor
from engine.desk import Desk
from engine.errors import Conflict, NotFound, Refused
from engine.ledger import accounts
from engine.ledger.transfers import transfer
from engine.ledger.work import Answer
from engine.money import share
from engine.store.instants import to_micros
from engine.store.script import Row, Script, select

Outcome = Literal["contested", "won", "lost"]
#: From which states an outcome may be reached.
BEFORE: Final[dict[Outcome, tuple[str, ...]]] = {
    "contested": ("open",),
    "won": ("open", "contested"),
    "lost": ("open", "contested"),
}
PLATFORM: Final = accounts.funder("platform")


async def charge_back(desk: Desk, payment_id: str, amount_minor: int | None, reason: str, request: Request) -> Answer:
    """Book a chargeback that an operator was told of; the answer's body is the wire ``ChargebackShown``.

    Shape:  kind done; refused ``chargeback_exceeds_payment``; conflict ``payment_state`` when no card paid it.
    Raises: NotFound ``payment_not_found``.
    """
    chargeback_id = f"cb_{to_micros(desk.clock.now()):013x}{secrets.token_hex(5)}"

    def change(opened: Opened) -> Answer:
        left = _left(opened)
        wanted = left if amount_minor is None else amount_minor
        if not 0 < wanted <= left:
            said = "Of this payment less is left than the bank took back. Look again; nothing was booked."
            raise Refused("chargeback_exceeds_payment", said, left_minor=left, payment_id=payment_id)
        return _booked(opened, chargeback_id, wanted, reason, "")

    return await submit_and_ask(desk, await _found(desk, payment_id), request, change)


async def charge_back_by_bank(desk: Desk, payment_id: str, amount_minor: int, rail_key: str) -> bool:
    """Book a chargeback of the bank's file, once for each *rail_key*; whether it was new."""
    chargeback_id = f"cb_{hashlib.sha256(rail_key.encode()).hexdigest()[:24]}"

    def change(opened: Opened) -> Answer:
        known = opened.books.rows.read(chargeback, **children_of(opened.key))
        if any(row["chargeback_id"] == chargeback_id for row in known):
            return Answer("done", "", b"")
        return _booked(opened, chargeback_id, amount_minor, "from the bank's file", rail_key)

    return (await submit_and_ask(desk, await _found(desk, payment_id), None, change)).body != b""


async def end_chargeback(desk: Desk, chargeback_id: str, outcome: Outcome, request: Request) -> Answer:
    """Contest a chargeback, or write down that it was won or lost; the body is the wire ``ChargebackShown``.

    Shape:  kind done, or conflict ``chargeback_state``.
    Raises: NotFound ``chargeback_not_found``.
    """
    row = await desk.database.read(_row_script(desk.settings.tenant_id, chargeback_id))
    if row is None:
        raise NotFound("chargeback_not_found", f"No chargeback {chargeback_id!r}.", chargeback_id=chargeback_id)
    key = (row["tenant_id"], row["home_id"], chargeback_id)

    def change(opened: Opened) -> Answer:
        rows = opened.books.rows
        [known] = [one for one in rows.read(chargeback, **children_of(opened.key)) if one["chargeback_id"] == key[2]]
        if known["state"] not in BEFORE[outcome]:
            said = f"The chargeback is {known['state']}; this needs {' or '.join(BEFORE[outcome])}."
            raise Conflict("chargeback_state", said, chargeback_id=chargeback_id, state=known["state"])
        rows.update(chargeback, key, state=outcome)
        if outcome == "won":
            _give_back(opened, chargeback_id)
        return Answer("done", "", msgspec.json.encode(chargeback_shown({**known, "state": outcome})))

    return await submit_and_ask(desk, await _found(desk, row["payment_id"]), request, change)


def _booked(opened: Opened, chargeback_id: str, amount_minor: int, reason: str, rail_key: str) -> Answer:
    """Insert the chargeback and move its money."""
    opened.require("committed")
    _move(opened, chargeback_id, amount_minor)
    books = opened.books
    row = {
        **children_of(opened.key),
        "chargeback_id": chargeback_id,
        "rail_key": rail_key,
        "amount_minor": amount_minor,
        "state": "open",
        "reason": reason,
        "at": to_micros(books.at),
    }
    books.rows.insert(chargeback, **row)
    told = opened.told() | {"chargeback_id": chargeback_id, "amount_minor": amount_minor}
    opened.tell.tell("payment.charged_back", told, payment_id=books.payment_id)
    return Answer("done", "", msgspec.json.encode(chargeback_shown(row)))


def _left(opened: Opened) -> int:
    """Return what of the payment was neither refunded nor charged back. Raises: Conflict ``payment_state``."""
    row = opened.require("committed")
    if charge_of(opened) is None:
        said = "No card paid this payment, so no bank can take it back."
        raise Conflict("payment_state", said, payment_id=opened.books.payment_id, state=row["state"])
    return int(row["paid_minor"]) - int(row["refunded_minor"]) - charged_back_minor(opened)


def _move(opened: Opened, chargeback_id: str, amount_minor: int) -> None:
    books = opened.for_refund(chargeback_id).books
    kept_by_merchant = _kept(opened)
    from_merchants = min(amount_minor, sum(kept_by_merchant.values()))
    shares = share(from_merchants, list(kept_by_merchant.values())) if from_merchants else []
    taken = {accounts.payable(id_): part for id_, part in zip(kept_by_merchant, shares, strict=False)}
    for account_id, part in (taken | {PLATFORM: amount_minor - from_merchants}).items():
        books.post(f"back:{account_id}", debit=account_id, credit=accounts.ACQUIRER, amount=part, kind="chargeback")


def _kept(opened: Opened) -> dict[str, int]:
    """Return what every merchant still has of what was paid, sorted by id."""
    parts = opened.books.rows.read(payment_part, **children_of(opened.key))
    kept = {str(part["merchant_id"]): int(str(part["paid_minor"])) - int(str(part["refunded_minor"])) for part in parts}
    for account_id, amount in _standing(opened).items():
        kind, _, merchant_id = account_id.partition(":")
        if kind == "payable":
            kept[merchant_id] -= amount
    return {id_: max(kept[id_], 0) for id_ in sorted(kept)}


def _standing(opened: Opened) -> dict[str, int]:
    """Return what chargebacks that stand took from every account."""
    taken: defaultdict[str, int] = defaultdict(int)
    for row in opened.books.rows.read(transfer, **children_of(opened.key)):
        if row["kind"] == "chargeback":
            taken[str(row["debit_account"])] += int(str(row["amount_minor"]))
        elif row["kind"] == "chargeback_won":
            taken[str(row["credit_account"])] -= int(str(row["amount_minor"]))
    return taken


def _give_back(opened: Opened, chargeback_id: str) -> None:
    books = opened.for_refund(chargeback_id).books
    for row in opened.books.rows.read(transfer, **children_of(opened.key)):
        if row["kind"] == "chargeback" and row["refund_id"] == chargeback_id:
            account_id, amount = str(row["debit_account"]), int(str(row["amount_minor"]))
            name = f"won:{account_id}"
            books.post(name, debit=accounts.ACQUIRER, credit=account_id, amount=amount, kind="chargeback_won")


async def _found(desk: Desk, payment_id: str) -> Found:
    row = await desk.database.read(payment_row_script(desk.settings.tenant_id, payment_id))
    if row is None:
        raise unknown(payment_id)
    return Found(row)


def _row_script(tenant_id: str, chargeback_id: str) -> Script[Row | None]:
    rows = yield select(chargeback, tenant_id=tenant_id, chargeback_id=chargeback_id)
    return rows[0] if rows else None
