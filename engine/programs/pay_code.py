"""The pay code that the wallet shows, made by the server while there is a network."""

from __future__ import annotations

import secrets
from datetime import datetime

from engine.desk import Desk
from engine.errors import Refused
from engine.paycode.code import NONCES, expires_at, make
from engine.programs.coupons import coupons
from engine.programs.members import member_script
from engine.wire.coupons import Coupon
from engine.wire.members import PayCode


async def new_pay_code(desk: Desk, member_id: str) -> PayCode:
    """Return a code for *member_id*, good for 30 to 60 seconds and one payment.

    Raises: Refused ``member_frozen``; NotFound ``member_not_found``.
    """
    now = desk.clock.now()
    one = await desk.database.read(member_script(desk.settings.tenant_id, member_id))
    if one.state == "frozen":
        raise Refused("member_frozen", "The account is frozen. Write to us to open it again.")
    over_at = expires_at(now)
    return PayCode(
        code=make(one.number, one.code_secret, nonce=secrets.randbelow(NONCES), now=now),
        issued_at=now,
        expires_at=over_at,
        server_time=now,
        lives_seconds=_seconds(now, over_at),
        best_coupon=await _best_coupon(desk, member_id),
    )


def _seconds(now: datetime, over_at: datetime) -> int:
    return int((over_at - now).total_seconds())


async def _best_coupon(desk: Desk, member_id: str) -> Coupon | None:
    """Return the usable coupon worth most on its face, of equals the one that expires first."""
    usable = [one for one in (await coupons(desk, member_id, "usable")).items if one.why_not is None]
    return max(usable, key=lambda one: one.face_minor or 0, default=None)
