"""The pay code that the wallet shows, made by the server while there is a network."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

from engine.desk import Desk
from engine.errors import Refused, Unavailable
from engine.paycode.code import NONCES, expires_at, make
from engine.paycode.spend import UNSPENT, pay_code_use
from engine.programs.coupons import coupons
from engine.programs.members import Member, member_script
from engine.store.script import Script, select_keys
from engine.wire.coupons import Coupon
from engine.wire.members import PayCode

#: Codes looked up in one statement; the first is nearly always free.
DRAWN_AT_ONCE: Final = 10
_RANDOM: Final = secrets.SystemRandom()


async def new_pay_code(desk: Desk, member_id: str) -> PayCode:
    """Return a code for *member_id*, good for 30 to 60 seconds and one payment.

    Never one that a payment of the same half minute has spent: with 100 codes a step, one in a hundred would be.
    Raises: Refused ``member_frozen``; NotFound ``member_not_found``; Unavailable ``busy`` when all codes of this half
            minute are spent.
    """
    now = desk.clock.now()
    one = await desk.database.read(member_script(desk.settings.tenant_id, member_id))
    if one.state == "frozen":
        raise Refused("member_frozen", "The account is frozen. Write to us to open it again.")
    over_at = expires_at(now)
    return PayCode(
        code=await desk.database.read(_unspent_script(desk.settings.tenant_id, one, now)),
        issued_at=now,
        expires_at=over_at,
        server_time=now,
        lives_seconds=_seconds(now, over_at),
        best_coupon=await _best_coupon(desk, member_id),
    )


def _unspent_script(tenant_id: str, one: Member, now: datetime) -> Script[str]:
    """Draw codes of this step, a handful at a time, until one is not spent."""
    nonces = list(range(NONCES))
    _RANDOM.shuffle(nonces)
    for first in range(0, NONCES, DRAWN_AT_ONCE):
        drawn = [
            make(one.number, one.code_secret, nonce=nonce, now=now) for nonce in nonces[first : first + DRAWN_AT_ONCE]
        ]
        rows = yield select_keys(pay_code_use, [(tenant_id, one.id, code) for code in drawn])
        spent = {row["code"] for row in rows if row["payment_id"] != UNSPENT}
        for code in drawn:
            if code not in spent:
                return code
    raise Unavailable("busy", "Too many payments in half a minute. The next code comes in a moment.")


def _seconds(now: datetime, over_at: datetime) -> int:
    return int((over_at - now).total_seconds())


async def _best_coupon(desk: Desk, member_id: str) -> Coupon | None:
    """Return the usable coupon worth most on its face, of equals the one that expires first."""
    usable = [one for one in (await coupons(desk, member_id, "usable")).items if one.why_not is None]
    return max(usable, key=lambda one: one.face_minor or 0, default=None)
