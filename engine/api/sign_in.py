"""Signing in with a phone."""

from __future__ import annotations

from engine.api.auth import open_session
from engine.api.me import saved_this_month
from engine.api.operation import Call, Operation
from engine.programs.me import me
from engine.programs.sign_in import send_code, sign_in
from engine.wire.members import SignedIn, SignInCodeRequest, SignInCodeSent, SignInRequest


async def request_sign_in_code(call: Call[SignInCodeRequest, None]) -> SignInCodeSent:
    """Send a sign-in code by SMS.

    Six digits, good for 5 minutes and 5 tries. A new one can be asked for after 60 seconds, five times an hour. In the
    sandbox the answer shows the code.
    """
    return await send_code(call.desk, call.reception.sms, await call.reception.signing(), call.body.phone)


async def open_member_session(call: Call[SignInRequest, None]) -> SignedIn:
    """Sign in with the code, or sign up when the phone is new.

    The inviter's code counts at sign-up only; with one that nobody has nothing is made, and the sign-in code stays
    good. The token is good for 30 days.
    """
    signing = await call.reception.signing()
    opened = await sign_in(call.desk, signing, call.body)
    token, expires_at = open_session(
        signing,
        call.desk.settings.tenant_id,
        member_id=opened.member.id,
        device_id=call.body.device_id,
        now=call.desk.clock.now(),
    )
    shown = await me(call.desk, opened.member.id, saved_this_month(call.desk, opened.member.id))
    return SignedIn(token=token, expires_at=expires_at, is_new=opened.is_new, member=shown)


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/sign-in/codes",
        who=("anyone",),
        handle=request_sign_in_code,
        body=SignInCodeRequest,
        answer=SignInCodeSent,
        status=202,
        codes=("phone_invalid", "too_many_tries", "sms_unavailable"),
    ),
    Operation(
        method="POST",
        path="/v1/sign-in",
        who=("anyone",),
        handle=open_member_session,
        body=SignInRequest,
        answer=SignedIn,
        codes=(
            "phone_invalid",
            "sign_in_code_wrong",
            "sign_in_code_expired",
            "too_many_tries",
            "invite_code_unknown",
            "busy",
        ),
    ),
)
