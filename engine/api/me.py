"""The signed-in member's own things."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from engine.api.operation import Call, Operation
from engine.checkout.listing import PAGE, PAGE_MAX, payments, saved_script
from engine.checkout.receipt import payment_for_member
from engine.checkout.top_up import top_up
from engine.desk import Desk
from engine.ledger.work import Answer
from engine.programs.coupons import coupons
from engine.programs.loyalty import loyalty
from engine.programs.me import change_me, me
from engine.programs.pay_code import new_pay_code
from engine.store.script import Script
from engine.wire.coupons import Coupons
from engine.wire.loyalty import Loyalty
from engine.wire.members import Me, MeChange, PayCode, ToppedUp, TopUpRequest
from engine.wire.payments import Payment, Payments

Cursor = Annotated[str, Meta(max_length=200, pattern=r"^[A-Za-z0-9_\-]*\Z")]


class CouponsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which coupons; all of them without ``state``."""

    state: Literal["usable", "soon", "locked", "used", "expired", "revoked"] | None = None
    cursor: Cursor | None = None


class PaymentsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = PAGE


async def get_me(call: Call[None, None]) -> Me:
    """Show yourself: balance, points, tier, invite code."""
    return await me(call.desk, call.caller.member_id, saved_this_month(call.desk, call.caller.member_id))


async def change_my_settings(call: Call[MeChange, None]) -> Me:
    """Change your name, your language or what the pay code pays with; what is left out stays."""
    saved = saved_this_month(call.desk, call.caller.member_id)
    return await change_me(call.desk, call.caller.member_id, call.body, saved)


async def top_up_wallet(call: Call[TopUpRequest, None]) -> Answer:
    """Move money from a bank card into the wallet.

    The bank is a sandbox. When it does not answer (503 ``rail_unavailable``) send the same request again: the money is
    taken once.
    """
    return await top_up(call.desk, call.caller.member_id, call.body, call.once)


async def get_pay_code(call: Call[None, None]) -> PayCode:
    """Get a pay code to show: 20 digits, single use, at most 60 seconds."""
    return await new_pay_code(call.desk, call.caller.member_id)


async def list_my_coupons(call: Call[None, CouponsQuery]) -> Coupons:
    """List your coupons, the soonest to expire first."""
    return await coupons(call.desk, call.caller.member_id, call.query.state, call.query.cursor)


async def list_my_payments(call: Call[None, PaymentsQuery]) -> Payments:
    """List your payments, newest first."""
    return await payments(call.desk, call.caller.member_id, call.query.cursor, call.query.limit)


async def get_my_payment(call: Call[None, None]) -> Payment:
    """Show the receipt of a payment of yours."""
    return await payment_for_member(call.desk, call.caller.member_id, call.path["payment_id"])


async def get_my_loyalty(call: Call[None, None]) -> Loyalty:
    """Show your tier, points, what expires when, and the last movements."""
    return await loyalty(call.desk, call.caller.member_id)


def saved_this_month(desk: Desk, member_id: str) -> Script[int]:
    """Return the script that sums what the member's offers saved since the month began."""
    return saved_script(desk.settings.tenant_id, member_id, desk.clock.now(), desk.settings.timezone)


_MEMBER: tuple[Literal["member"], ...] = ("member",)
OPERATIONS = (
    Operation(method="GET", path="/v1/me", who=_MEMBER, handle=get_me, answer=Me),
    Operation(
        method="PATCH",
        path="/v1/me",
        who=_MEMBER,
        handle=change_my_settings,
        body=MeChange,
        answer=Me,
        codes=("card_not_found",),
    ),
    Operation(
        method="POST",
        path="/v1/me/top-ups",
        who=_MEMBER,
        handle=top_up_wallet,
        body=TopUpRequest,
        answer=ToppedUp,
        status=201,
        needs_key=True,
        codes=("card_declined", "rail_unavailable"),
    ),
    Operation(
        method="GET",
        path="/v1/me/pay-code",
        who=_MEMBER,
        handle=get_pay_code,
        answer=PayCode,
        codes=("member_frozen", "busy"),
    ),
    Operation(
        method="GET",
        path="/v1/me/coupons",
        who=_MEMBER,
        handle=list_my_coupons,
        query=CouponsQuery,
        answer=Coupons,
        codes=("cursor_invalid",),
    ),
    Operation(
        method="GET",
        path="/v1/me/payments",
        who=_MEMBER,
        handle=list_my_payments,
        query=PaymentsQuery,
        answer=Payments,
        codes=("cursor_invalid",),
    ),
    Operation(
        method="GET",
        path="/v1/me/payments/{payment_id}",
        who=_MEMBER,
        handle=get_my_payment,
        answer=Payment,
        codes=("payment_not_found",),
    ),
    Operation(method="GET", path="/v1/me/loyalty", who=_MEMBER, handle=get_my_loyalty, answer=Loyalty),
)
