"""The code sent to a phone: six digits, five minutes, five tries; one row per phone, changed under its lock.

The row also counts the codes sent in the last hour, so that neither a phone can be flooded nor a code be guessed by
asking for new ones: 5 codes with 5 tries each are 25 tries an hour out of a million. All processes share it.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Table, Text

from engine.errors import Refused, Unauthorized
from engine.programs.signing import Signing
from engine.store.instants import from_micros, to_micros
from engine.store.metadata import metadata
from engine.store.script import Row, Script, insert_missing, lock, update

sign_in_code = Table(
    "sign_in_code",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "phone:<hash>"
    Column("code_hash", Text, nullable=False),  # "" when none is open
    Column("sent_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("tries", BigInteger, nullable=False),
    Column("hour_began_at", BigInteger, nullable=False),
    Column("sent_in_hour", BigInteger, nullable=False),
)
LIFE: Final = timedelta(minutes=5)
RESEND_AFTER: Final = timedelta(seconds=60)
TRIES_MAX: Final = 5
SENT_PER_HOUR_MAX: Final = 5
_HOUR: Final = timedelta(hours=1)


class NewCode(Struct, frozen=True, kw_only=True):
    """A code to be sent, in clear for the sender only."""

    digits: str
    expires_at: datetime


def new_code_script(tenant_id: str, signing: Signing, phone: str, now: datetime) -> Script[NewCode]:
    """Make the code for *phone*; an earlier one is over.

    Raises: Refused ``too_many_tries`` with ``retry_after_seconds`` within 60 s of the last, or after 5 in an hour.
    """
    phone_hash = signing.phone(phone)
    row = yield from _locked(tenant_id, phone_hash)
    began, sent = row["hour_began_at"], row["sent_in_hour"]
    if from_micros(began) + _HOUR <= now:
        began, sent = to_micros(now), 0
    _refuse_soon(from_micros(row["sent_at"]) + RESEND_AFTER, now)
    if sent >= SENT_PER_HOUR_MAX:
        _refuse_soon(from_micros(began) + _HOUR, now)
    digits = f"{secrets.randbelow(10**6):06}"
    yield update(
        sign_in_code,
        [
            {
                **_key(tenant_id, phone_hash),
                "code_hash": signing.sign_in_code(phone_hash, digits),
                "sent_at": to_micros(now),
                "expires_at": to_micros(now + LIFE),
                "tries": 0,
                "hour_began_at": began,
                "sent_in_hour": sent + 1,
            }
        ],
    )
    return NewCode(digits=digits, expires_at=now + LIFE)


def forget_code_script(tenant_id: str, signing: Signing, phone: str) -> Script[None]:
    """Take back a code that could not be sent: it opens nothing, and the next may be asked for at once."""
    phone_hash = signing.phone(phone)
    row = yield from _locked(tenant_id, phone_hash)
    yield update(
        sign_in_code,
        [{**_key(tenant_id, phone_hash), "code_hash": "", "sent_at": 0, "sent_in_hour": row["sent_in_hour"]}],
    )


def try_code_script(
    tenant_id: str, signing: Signing, phone: str, digits: str, now: datetime
) -> Script[Unauthorized | None]:
    """Return None when *digits* is the code sent to *phone*, which is then used up, else the error to raise afterwards.

    The wrong try must be counted, so the error is returned: raising it here would roll the count back.
    """
    phone_hash = signing.phone(phone)
    row = yield from _locked(tenant_id, phone_hash)
    key = _key(tenant_id, phone_hash)
    if not row["code_hash"]:
        return Unauthorized("sign_in_code_wrong", "No code was sent to this phone, or it was used. Ask for a new one.")
    if from_micros(row["expires_at"]) <= now:
        return Unauthorized("sign_in_code_expired", "The code is older than 5 minutes. Ask for a new one.")
    if row["tries"] >= TRIES_MAX:
        return Unauthorized("too_many_tries", "Five wrong codes. Ask for a new one.")
    if not hmac.compare_digest(row["code_hash"], signing.sign_in_code(phone_hash, digits)):
        yield update(sign_in_code, [{**key, "tries": row["tries"] + 1}])
        return Unauthorized("sign_in_code_wrong", "The code is wrong. Look at the last message.")
    yield update(sign_in_code, [{**key, "code_hash": ""}])
    return None


def _locked(tenant_id: str, phone_hash: str) -> Script[Row]:
    key = _key(tenant_id, phone_hash)
    none_sent = {"code_hash": "", "sent_at": 0, "expires_at": 0, "tries": 0, "hour_began_at": 0, "sent_in_hour": 0}
    yield insert_missing(sign_in_code, [{**key, **none_sent}])
    return (yield lock(sign_in_code, [tuple(key.values())]))[0]


def _key(tenant_id: str, phone_hash: str) -> dict[str, str]:
    return {"tenant_id": tenant_id, "home_id": f"phone:{phone_hash}"}


def _refuse_soon(allowed_at: datetime, now: datetime) -> None:
    if now < allowed_at:
        seconds = -((now - allowed_at) // timedelta(seconds=1))
        raise Refused(
            "too_many_tries",
            f"A code was sent to this phone a moment ago. Wait {seconds} seconds.",
            retry_after_seconds=seconds,
        )
