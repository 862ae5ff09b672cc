"""Making a member: claims on phone, number and invite code, then the member, all in one transaction."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import Table

from engine.errors import Unavailable
from engine.programs.devices import has_signed_in_script, signed_in_script
from engine.programs.invite_code import new_invite_code, read_invite_code, unknown_invite_code
from engine.programs.members import Member, invite_claim, member, member_script, number_claim, phone_claim
from engine.programs.phone import masked
from engine.programs.signing import Signing
from engine.store.instants import to_micros
from engine.store.script import Script, insert, insert_missing, select
from engine.wire.base import Locale

CODE_SECRET_BYTES: Final = 32
#: With a million members one random number in a hundred is taken; twenty in a row are not.
TRIES_MAX: Final = 20


class NewMember(Struct, frozen=True, kw_only=True):
    """Who signs up. Phone as E.164; without a name the last digits of the phone make one."""

    phone: str
    name: str = ""
    locale: Locale = "zh"
    device_id: str = ""
    invite_code: str = ""
    tags: Sequence[str] = ()
    segments: Sequence[str] = ()
    member_id: str = ""  # chosen for a seeded town, else random


def phone_holder_script(tenant_id: str, signing: Signing, phone: str) -> Script[str | None]:
    """Return the id of the member who holds *phone*, None when nobody does."""
    claims = yield select(phone_claim, tenant_id=tenant_id, home_id=f"phone:{signing.phone(phone)}")
    return claims[0]["member_id"] if claims else None


def sign_up_script(tenant_id: str, signing: Signing, new: NewMember, now: datetime) -> Script[Member]:
    """Make a member of *new*.

    Raises: NotFound ``invite_code_unknown``; nothing is made then. ValueError when somebody holds the phone.
    """
    inviter_id = (yield from _inviter_of(tenant_id, new)) if new.invite_code else ""
    member_id = new.member_id or f"mem_{secrets.token_hex(10)}"
    phone_home = f"phone:{signing.phone(new.phone)}"
    if not (yield insert_missing(phone_claim, [_claim(tenant_id, phone_home, member_id)])):
        raise ValueError("a member holds this phone")
    number = yield from _claimed(tenant_id, number_claim, "number", _new_number, member_id)
    invite_code = yield from _claimed(tenant_id, invite_claim, "invite", new_invite_code, member_id)
    yield insert(
        member,
        [
            {
                "tenant_id": tenant_id,
                "home_id": member_id,
                "name": new.name or _default_name(new),
                "phone_masked": masked(new.phone),
                "locale": new.locale,
                "number": number,
                "code_secret": secrets.token_hex(CODE_SECRET_BYTES),
                "invite_code": invite_code,
                "invited_by": inviter_id,
                "device_id": new.device_id,
                "state": "open",
                "tags": json.dumps(list(new.tags)),
                "segments": json.dumps(list(new.segments)),
                "created_at": to_micros(now),
            }
        ],
    )
    yield from signed_in_script(tenant_id, member_id, new.device_id)
    return (yield from member_script(tenant_id, member_id))


def _inviter_of(tenant_id: str, new: NewMember) -> Script[str]:
    """Return who invited *new*: nobody when the inviter ever signed in on that device; nobody invites themself."""
    inviter_id = yield from inviter_script(tenant_id, new.invite_code)
    own = yield from has_signed_in_script(tenant_id, inviter_id, new.device_id)
    return "" if own else inviter_id


def inviter_script(tenant_id: str, invite_code: str) -> Script[str]:
    """Return the id of the member whose invite code this is. Raises: NotFound ``invite_code_unknown``."""
    code = read_invite_code(invite_code)
    claims = yield select(invite_claim, tenant_id=tenant_id, home_id=f"invite:{code}")
    if not claims:
        raise unknown_invite_code()
    return str(claims[0]["member_id"])


def _claimed(tenant_id: str, table: Table, prefix: str, make: Callable[[], str], member_id: str) -> Script[str]:
    """Claim a value that nobody has."""
    for _ in range(TRIES_MAX):
        value = make()
        if (yield insert_missing(table, [_claim(tenant_id, f"{prefix}:{value}", member_id)])):
            return value
    raise Unavailable("busy", "No free number was found. Sign in again in a moment.")


def _claim(tenant_id: str, home_id: str, member_id: str) -> dict[str, str]:
    return {"tenant_id": tenant_id, "home_id": home_id, "member_id": member_id}


def _new_number() -> str:
    return f"{secrets.randbelow(10**8):08}"


def _default_name(new: NewMember) -> str:
    return f"{'用户' if new.locale == 'zh' else 'Member '}{new.phone[-4:]}"
