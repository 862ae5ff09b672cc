"""A member: the shopper's account, and the claims that make phone, number and invite code one member's each.

A claim is a row whose home is the thing claimed, so that two sign-ups at once can't both have it, wherever they run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Table, Text

from engine.errors import NotFound
from engine.store.instants import from_micros
from engine.store.metadata import metadata
from engine.store.script import Script, select
from engine.wire.base import Locale

member = Table(
    "member",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the member's id
    Column("name", Text, nullable=False),
    Column("phone_masked", Text, nullable=False),
    Column("locale", Text, nullable=False),  # en | zh
    Column("number", Text, nullable=False),  # 8 digits, in every pay code
    Column("code_secret", Text, nullable=False),  # hex, 32 bytes: the key of the member's pay codes
    Column("invite_code", Text, nullable=False),
    Column("invited_by", Text, nullable=False),  # the inviter's id, "" without one
    Column("device_id", Text, nullable=False),  # signed in on last, "" before the first time
    Column("state", Text, nullable=False),  # open | frozen
    Column("tags", Text, nullable=False),  # JSON array
    Column("segments", Text, nullable=False),  # JSON array
    Column("created_at", BigInteger, nullable=False),
    Column("tool", Text, nullable=False, default="balance"),  # what the pay code pays with: balance, or a card's id
)


def _claim(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("home_id", Text, primary_key=True),
        Column("member_id", Text, nullable=False),
    )


phone_claim = _claim("phone_claim")  # home_id: "phone:<hash>"
number_claim = _claim("number_claim")  # home_id: "number:<8 digits>"
invite_claim = _claim("invite_claim")  # home_id: "invite:<code>"


class Member(Struct, frozen=True, kw_only=True):
    """A shopper's account."""

    id: str
    name: str
    phone_masked: str
    locale: Locale
    number: str
    code_secret: bytes
    invite_code: str
    invited_by: str | None
    device_id: str | None
    state: Literal["open", "frozen"]
    tags: tuple[str, ...]
    segments: tuple[str, ...]
    created_at: datetime
    tool: str = "balance"


def member_script(tenant_id: str, member_id: str) -> Script[Member]:
    """Read a member. Raises: NotFound ``member_not_found``."""
    rows = yield select(member, tenant_id=tenant_id, home_id=member_id)
    if not rows:
        raise NotFound("member_not_found", f"No member {member_id!r}.", member_id=member_id)
    return member_of(rows[0])


def by_number_script(tenant_id: str, number: str) -> Script[Member]:
    """Read the member whose pay codes carry *number*. Raises: NotFound ``member_not_found``."""
    claims = yield select(number_claim, tenant_id=tenant_id, home_id=f"number:{number}")
    if not claims:
        raise NotFound("member_not_found", "No member has this pay code's number.")
    return (yield from member_script(tenant_id, claims[0]["member_id"]))


def member_of(row: Mapping[str, Any]) -> Member:
    """Read a *row* of the table."""
    return Member(
        id=row["home_id"],
        name=row["name"],
        phone_masked=row["phone_masked"],
        locale=row["locale"],
        number=row["number"],
        code_secret=bytes.fromhex(row["code_secret"]),
        invite_code=row["invite_code"],
        invited_by=row["invited_by"] or None,
        device_id=row["device_id"] or None,
        state=row["state"],
        tags=tuple(json.loads(row["tags"])),
        segments=tuple(json.loads(row["segments"])),
        created_at=from_micros(row["created_at"]),
        tool=row["tool"],
    )
