"""Proof of who is asking: a member's session (JWT) or an API key, both as ``Authorization: Bearer``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import jwt
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.security.jwt import Token
from litestar.security.jwt.token import JWTDecodeOptions

from engine.api.caller import ANYONE, Caller
from engine.api.reception import Reception
from engine.desk import Desk
from engine.errors import Unauthorized
from engine.programs.api_keys import key_holder_script
from engine.programs.signing import Signing

ALGORITHM: Final = "HS256"
SESSION_LIFE: Final = timedelta(days=30)
_BEARER: Final = "bearer "


@dataclass
class Session(Token):
    """A member's session. Time is judged by the desk's clock, not by the machine's, so nothing is checked here."""

    def __post_init__(self) -> None:
        """Take the claims as they are."""

    @classmethod
    def decode_payload(
        cls,
        encoded_token: str,
        secret: str,
        algorithms: list[str],
        issuer: str | Sequence[str] | None = None,
        audience: str | Sequence[str] | None = None,
        options: JWTDecodeOptions | None = None,
    ) -> Any:
        """Verify signature and audience; times are the caller's business."""
        looked_at: Any = {**(options or {}), "verify_iat": False}
        return jwt.decode(
            encoded_token, secret, algorithms=algorithms, issuer=issuer, audience=audience, options=looked_at
        )


class Authentication(AbstractAuthenticationMiddleware):
    """Finds out who asks. Without a header it is anyone; with a wrong one it is an error, also where anyone may ask."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """Return the caller as ``user``. Raises: Unauthorized."""
        header = connection.headers.get("authorization", "")
        if not header:
            return AuthenticationResult(user=ANYONE, auth=None)
        if not header.lower().startswith(_BEARER):
            raise Unauthorized("not_signed_in", "Send Authorization: Bearer and a session or an API key.")
        proof = header[len(_BEARER) :].strip()
        desk, reception = connection.app.state.desk, connection.app.state.reception
        if proof.startswith("yk_"):
            return AuthenticationResult(user=await _key_holder(desk, proof), auth=None)
        return AuthenticationResult(user=await _member(desk, reception, proof), auth=None)


def allow(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let only those in whom the operation names.

    Raises: Unauthorized ``not_signed_in`` for anyone, ``not_allowed`` for the wrong sort of caller.
    """
    who = handler.opt["operation"].who
    role = connection.user.role
    if "anyone" in who or role in who:
        return
    if role == "anyone":
        raise Unauthorized(
            "not_signed_in", f"This is for {' or '.join(f'a {one}' for one in who)}. Send a Bearer token."
        )
    raise Unauthorized("not_allowed", f"This is for {' or '.join(f'a {one}' for one in who)}, not for a {role}.")


def open_session(
    signing: Signing, tenant_id: str, *, member_id: str, device_id: str, now: datetime
) -> tuple[str, datetime]:
    """Return the token of a new session and when it is over."""
    over_at = (now + SESSION_LIFE).replace(microsecond=0)
    session = Session(
        exp=over_at,
        iat=now.replace(microsecond=0),
        sub=member_id,
        aud=_audience(tenant_id),
        extras={"device": device_id},
    )
    return session.encode(signing.sessions, ALGORITHM), over_at


async def _member(desk: Desk, reception: Reception, token: str) -> Caller:
    signing = await reception.signing()
    try:
        session = Session.decode(
            token,
            signing.sessions,
            ALGORITHM,
            audience=_audience(desk.settings.tenant_id),
            require_claims=("exp", "iat", "sub", "aud"),
            verify_exp=False,
            verify_nbf=False,
        )
    except NotAuthorizedException:
        raise Unauthorized("not_signed_in", "The session is not one of ours. Sign in again.") from None
    if session.exp <= desk.clock.now():
        raise Unauthorized("not_signed_in", "The session is over. Sign in again.")
    device_id = str(session.extras.get("device", ""))
    return Caller(role="member", scope=f"member:{session.sub}", member_id=session.sub, device_id=device_id)


async def _key_holder(desk: Desk, key: str) -> Caller:
    holder = await desk.database.read(key_holder_script(desk.settings.tenant_id, key))
    return Caller(role=holder.role, scope=holder.caller, merchant_id=holder.merchant_id)


def _audience(tenant_id: str) -> str:
    return f"youhui:{tenant_id}"
