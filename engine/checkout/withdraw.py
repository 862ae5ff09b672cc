"""Moves money from the wallet to the bank account behind a card.

    paying_out → paid_out   the bank paid: the money is gone from the wallet
    paying_out → declined   the bank said no: the money is free in the wallet again
    paying_out              the bank is silent: asked again under the same rail key, by a repeat or by the job

The money is held before the bank hears of it, so it can't be spent and paid out.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from engine.checkout.by_card import PENDING
from engine.checkout.rail_orders import key_of, rail_order
from engine.checkout.rail_word import ask
from engine.checkout.request import Request
from engine.desk import Desk
from engine.errors import NotFound, Refused
from engine.ledger import accounts, transfers
from engine.ledger.idempotency import idempotency
from engine.ledger.transfers import Transfer
from engine.ledger.work import Answer, Lock, Rows, Work, refusal
from engine.outbox.events import EMPTY_FEED, Recorder, feed, feed_key
from engine.programs.cards import require_card_script
from engine.rails.rail import RailAnswer, RailTimeoutError
from engine.store.instants import to_micros
from engine.store.script import Row, Script, select
from engine.wire.cards import WithdrawalRequest, Withdrawn


async def withdraw(desk: Desk, member_id: str, asked: WithdrawalRequest, request: Request) -> Answer:
    """Withdraw from the member's wallet; the answer's body is the wire ``Withdrawn``.

    Shape:  kind done, with the code ``pending`` while the bank is silent; refused ``insufficient_balance``,
            ``card_declined``.
    Raises: NotFound ``card_not_found``.
    """
    answer = await _begin(desk, member_id, asked, request)
    if answer.code != PENDING:
        return answer
    rail_key = msgspec.json.decode(answer.body)["withdrawal_id"]
    order = await desk.database.read(_order_script(desk.settings.tenant_id, member_id, rail_key))
    await ask_withdrawal(desk, order)
    claim = (desk.settings.tenant_id, request.caller, request.key)

    def decide(rows: Rows) -> Answer:
        kept = rows.get(idempotency, claim)
        if kept is not None and kept["code"] != PENDING:
            return Answer(kept["kind"], str(kept["code"]), kept["body"])  # type: ignore[arg-type]
        end = _end(rows, order)
        if end is None:
            return answer
        if kept is not None:
            rows.update(idempotency, claim, **end._asdict())
        return end

    return await _submit(desk, order, None, decide, more=[Lock(idempotency, claim)])


async def ask_withdrawal(desk: Desk, order: Row) -> bool:
    """Ask the bank about a withdrawal and book what it says; False while it is silent."""
    try:
        word = await ask(desk, order)
    except RailTimeoutError:
        return False
    now = desk.clock.now()

    def decide(rows: Rows) -> Answer:
        known = rows.get(rail_order, key_of(order))
        if known is not None and known["state"] == "paying_out" and word.state in {"paid_out", "declined"}:
            _book(rows, order, word, Recorder(rows, order["tenant_id"], order["home_id"], now), to_micros(now))
        return Answer("done", "", b"known" if word.state in {"paid_out", "declined"} else b"")

    known = await _submit(desk, order, None, decide)
    desk.wake(order["home_id"])
    return known.body == b"known"


async def _begin(desk: Desk, member_id: str, asked: WithdrawalRequest, request: Request) -> Answer:
    """Hold the money and write down what is asked, under the request's key."""
    tenant_id, now = desk.settings.tenant_id, desk.clock.now()
    try:
        card = await desk.database.read(require_card_script(tenant_id, member_id, asked.card_id))
    except NotFound as no:  # a key that was answered before gets its bytes all the same
        return await desk.sequencer.submit(_work(tenant_id, request, [], _raise(no)))
    order = {
        "tenant_id": tenant_id,
        "home_id": member_id,
        "rail_key": f"wdr_{to_micros(now):013x}{secrets.token_hex(5)}",
        "kind": "withdrawal",
        "of_key": "",
        "payment_id": "",
        "refund_id": "",
        "token": card["token"],
        "last4": card["last4"],
        "amount_minor": asked.amount_minor,
        "currency": desk.settings.currency,
        "wants": "",
        "state": "paying_out",
        "asked_at": to_micros(now),
        "done_at": None,
    }

    def decide(rows: Rows) -> Answer:
        rows.insert(rail_order, **order)
        moved = Transfer(
            tenant_id=tenant_id,
            home_id=member_id,
            transfer_id=str(order["rail_key"]),
            debit=accounts.wallet(member_id),
            credit=accounts.BANK,
            amount_minor=asked.amount_minor,
            currency=desk.settings.currency,
            kind="withdrawal",
            created_at=now,
        )
        transfers.pend(rows, moved)
        return _shown(rows, order, "paying_out", PENDING)

    wallet = accounts.wallet_lock(tenant_id, member_id, desk.settings.currency)
    return await desk.sequencer.submit(_work(tenant_id, request, [wallet], decide))


def _book(rows: Rows, order: Row, word: RailAnswer, tell: Recorder, now: int) -> None:
    state = "paid_out" if word.state == "paid_out" else "declined"
    done_at = to_micros(word.at) if word.at else now
    rows.update(rail_order, key_of(order), state=state, done_at=done_at)
    transfers.settle(rows, key_of(order), "posted" if state == "paid_out" else "voided")
    told = {"amount_minor": -order["amount_minor"], "withdrawal_id": order["rail_key"]}
    if state == "paid_out":
        tell.tell("balance.changed", told)


def _end(rows: Rows, order: Row) -> Answer | None:
    known = rows.get(rail_order, key_of(order)) or {}
    if known["state"] == "paying_out":
        return None
    if known["state"] == "declined":
        said = "The bank did not take the money; it is in the wallet again. Use another card, or ask your bank."
        return refusal(Refused("card_declined", said, withdrawal_id=order["rail_key"]))
    return _shown(rows, order, "paid_out", "")


def _shown(rows: Rows, order: dict[str, Any], state: Literal["paying_out", "paid_out"], code: str) -> Answer:
    wallet = accounts.wallet_lock(order["tenant_id"], order["home_id"], order["currency"])
    shown = Withdrawn(
        withdrawal_id=order["rail_key"],
        amount_minor=order["amount_minor"],
        balance_minor=accounts.balance(rows, wallet),
        currency=order["currency"],
        state=state,
    )
    return Answer("done", code, msgspec.json.encode(shown))


def _order_script(tenant_id: str, member_id: str, rail_key: str) -> Script[Row]:
    rows = yield select(rail_order, tenant_id=tenant_id, home_id=member_id, rail_key=rail_key)
    return rows[0]


async def _submit(
    desk: Desk, order: Row, request: Request | None, decide: Callable[[Rows], Answer], *, more: list[Lock] | None = None
) -> Answer:
    tenant_id, member_id, rail_key = key_of(order)
    locks = [
        Lock(rail_order, key_of(order)),
        transfers.transfer_lock(tenant_id, member_id, rail_key),
        accounts.wallet_lock(tenant_id, member_id, order["currency"]),
        Lock(feed, feed_key(tenant_id, member_id), EMPTY_FEED),
        *(more or []),
    ]
    return await desk.sequencer.submit(_work(tenant_id, request, locks, decide))


def _work(tenant_id: str, request: Request | None, locks: list[Lock], decide: Callable[[Rows], Answer]) -> Work:
    caller, key, fingerprint = request or Request("job:withdrawals", "", b"")
    return Work(
        tenant_id=tenant_id, caller=caller, key=key or None, fingerprint=fingerprint, locks=locks, decide=decide
    )


def _raise(no: NotFound) -> Callable[[Rows], Answer]:
    def decide(_rows: Rows) -> Answer:
        raise no

    return decide
