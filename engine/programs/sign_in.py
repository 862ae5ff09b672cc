"""Signing in by a code sent to the phone; a phone that is new signs up."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from engine.desk import Desk
from engine.errors import Unavailable, YouhuiError
from engine.programs.devices import signed_in_script
from engine.programs.members import Member, member, member_script
from engine.programs.phone import masked, read_phone
from engine.programs.sign_in_codes import RESEND_AFTER, forget_code_script, new_code_script, try_code_script
from engine.programs.sign_up import NewMember, phone_holder_script, sign_up_script
from engine.programs.signing import Signing
from engine.programs.sms import Sms
from engine.store.script import Script, update
from engine.wire.members import SignInCodeSent, SignInRequest


class Opened(NamedTuple):
    """A right code: whose session to open."""

    member: Member
    is_new: bool


async def send_code(desk: Desk, sms: Sms, signing: Signing, phone: str) -> SignInCodeSent:
    """Send a new code to *phone*.

    Raises: Invalid ``phone_invalid``; Refused ``too_many_tries`` with ``retry_after_seconds``; Unavailable
            ``sms_unavailable``, after which a new code may be asked for at once.
    """
    number = read_phone(phone)
    tenant_id = desk.settings.tenant_id
    code = await desk.database.write(new_code_script(tenant_id, signing, number, desk.clock.now()))
    try:
        shown = await sms.send_code(number, code.digits)
    except Unavailable:
        await desk.database.write(forget_code_script(tenant_id, signing, number))
        raise
    return SignInCodeSent(
        phone_masked=masked(number),
        expires_at=code.expires_at,
        retry_after_seconds=int(RESEND_AFTER.total_seconds()),
        sandbox_code=shown,
    )


async def sign_in(desk: Desk, signing: Signing, asked: SignInRequest) -> Opened:
    """Use up the code; find the phone's member, or make one with the inviter's code.

    Raises: Invalid ``phone_invalid``; Unauthorized ``sign_in_code_wrong``, ``sign_in_code_expired``,
            ``too_many_tries``; NotFound ``invite_code_unknown``: nothing is made, and the sign-in code stays good.
    """
    phone = read_phone(asked.phone)
    outcome = await desk.database.write(
        _sign_in_script(desk.settings.tenant_id, signing, phone, asked, desk.clock.now())
    )
    if isinstance(outcome, YouhuiError):
        raise outcome
    return outcome


def _sign_in_script(
    tenant_id: str, signing: Signing, phone: str, asked: SignInRequest, now: datetime
) -> Script[Opened | YouhuiError]:
    wrong = yield from try_code_script(tenant_id, signing, phone, asked.code, now)
    if wrong is not None:
        return wrong
    holder = yield from phone_holder_script(tenant_id, signing, phone)
    if holder is not None:
        yield update(member, [{"tenant_id": tenant_id, "home_id": holder, "device_id": asked.device_id}])
        yield from signed_in_script(tenant_id, holder, asked.device_id)
        return Opened((yield from member_script(tenant_id, holder)), is_new=False)
    new = NewMember(
        phone=phone,
        name=(asked.name or "").strip(),
        locale=asked.locale,
        device_id=asked.device_id,
        invite_code=asked.invite_code or "",
    )
    return Opened((yield from sign_up_script(tenant_id, signing, new, now)), is_new=True)
