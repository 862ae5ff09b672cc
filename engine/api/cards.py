"""The member's bank cards, and money back to the bank."""

from __future__ import annotations

from typing import Literal

from engine.api.operation import Call, Operation
from engine.checkout.withdraw import withdraw
from engine.ledger.work import Answer
from engine.programs.cards import bind_card, cards, remove_card
from engine.wire.cards import CardRequest, Cards, CardShown, WithdrawalRequest, Withdrawn


async def list_my_cards(call: Call[None, None]) -> Cards:
    """List your cards, and what the pay code pays with.

    `PATCH /v1/me` with `tool` sets it: `balance`, or the id of a card.
    """
    return await cards(call.desk, call.caller.member_id)


async def bind_my_card(call: Call[CardRequest, None]) -> Answer:
    """Bind a bank card: the bank's token, the first and the last digits.

    The bank is a sandbox; `token` says how the card behaves: pays, declines, times out before or after it acted,
    answers twice, acts late, refuses a refund, charges back.
    """
    once = call.once
    return await bind_card(
        call.desk, call.caller.member_id, call.body, caller=once.caller, key=once.key, fingerprint=once.fingerprint
    )


async def remove_my_card(call: Call[None, None]) -> Answer:
    """Remove a card; payments that are open on it go on."""
    once = call.once
    return await remove_card(
        call.desk,
        call.caller.member_id,
        call.path["card_id"],
        caller=once.caller,
        key=once.key,
        fingerprint=once.fingerprint,
    )


async def withdraw_from_wallet(call: Call[WithdrawalRequest, None]) -> Answer:
    """Move money from the wallet to the bank account behind a card.

    It is held at once and gone when the bank has paid. While the bank is silent the answer is 202 with the state
    `paying_out`; send the same request again to learn the end.
    """
    return await withdraw(call.desk, call.caller.member_id, call.body, call.once)


_MEMBER: tuple[Literal["member"], ...] = ("member",)
OPERATIONS = (
    Operation(method="GET", path="/v1/me/cards", who=_MEMBER, handle=list_my_cards, answer=Cards),
    Operation(
        method="POST",
        path="/v1/me/cards",
        who=_MEMBER,
        handle=bind_my_card,
        body=CardRequest,
        answer=CardShown,
        status=201,
        needs_key=True,
        codes=("too_many_cards",),
    ),
    Operation(
        method="POST",
        path="/v1/me/cards/{card_id}/remove",
        who=_MEMBER,
        handle=remove_my_card,
        answer=CardShown,
        needs_key=True,
        codes=("card_not_found",),
    ),
    Operation(
        method="POST",
        path="/v1/me/withdrawals",
        who=_MEMBER,
        handle=withdraw_from_wallet,
        body=WithdrawalRequest,
        answer=Withdrawn,
        status=201,
        needs_key=True,
        may_be_pending=True,
        codes=("card_not_found", "insufficient_balance", "card_declined"),
    ),
)
