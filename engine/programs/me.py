"""The signed-in member, as they see themself; and what they may change."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import bindparam

from engine.desk import Desk
from engine.ledger.accounts import balance_script, wallet_lock
from engine.programs.coupons import usable_count_script
from engine.programs.loyalty import earned_script, points_script, tier
from engine.programs.members import Member, member, member_script
from engine.settings import Settings
from engine.store.instants import to_micros
from engine.store.script import Script, query, select, update
from engine.wire.members import Me, MeChange

#: Read by name: the rows of payments belong to the use cases above this layer.
_SAVED: Final = (
    sa.select(sa.func.coalesce(sa.func.sum(sa.column("discount_minor", sa.BigInteger)), 0).label("saved_minor"))
    .select_from(sa.table("payment"))
    .where(
        sa.column("tenant_id", sa.Text) == bindparam("tenant_id"),
        sa.column("home_id", sa.Text) == bindparam("member_id"),
        sa.column("state", sa.Text) == "committed",
        sa.column("currency", sa.Text) == bindparam("currency"),
        sa.column("decided_at", sa.BigInteger) >= bindparam("since"),
    )
)


async def me(desk: Desk, member_id: str) -> Me:
    """Return the member. Raises: NotFound ``member_not_found``."""
    return await desk.database.snapshot(me_script(desk.settings, member_id, desk.clock.now()))


async def change_me(desk: Desk, member_id: str, change: MeChange) -> Me:
    """Change name and language; what is left out stays. Raises: NotFound ``member_not_found``."""
    return await desk.database.write(_change_script(desk.settings, member_id, change, desk.clock.now()))


def me_script(settings: Settings, member_id: str, now: datetime) -> Script[Me]:
    """Read everything the member is shown of themself."""
    tenant_id = settings.tenant_id
    one = yield from member_script(tenant_id, member_id)
    earned = yield from earned_script(tenant_id, member_id, now)
    return Me(
        member_id=one.id,
        name=one.name,
        phone_masked=one.phone_masked,
        locale=one.locale,
        currency=settings.currency,
        balance_minor=(yield from balance_script(wallet_lock(tenant_id, member_id, settings.currency))),
        points=(yield from points_script(tenant_id, member_id)),
        tier=tier(earned),
        invite_code=one.invite_code,
        invited_by_name=(yield from _inviter_name_script(tenant_id, one)),
        joined_at=one.created_at,
        coupons_usable=(yield from usable_count_script(tenant_id, member_id, now)),
        saved_this_month_minor=(yield from _saved_script(settings, member_id, now)),
    )


def _change_script(settings: Settings, member_id: str, change: MeChange, now: datetime) -> Script[Me]:
    wanted = {"name": change.name.strip() if change.name else None, "locale": change.locale}
    changes = {column: value for column, value in wanted.items() if value}
    if changes:
        yield update(member, [{"tenant_id": settings.tenant_id, "home_id": member_id, **changes}])
    return (yield from me_script(settings, member_id, now))


def _inviter_name_script(tenant_id: str, one: Member) -> Script[str | None]:
    if one.invited_by is None:
        return None
    rows = yield select(member, tenant_id=tenant_id, home_id=one.invited_by)
    return rows[0]["name"] if rows else None


def _saved_script(settings: Settings, member_id: str, now: datetime) -> Script[int]:
    local = now.astimezone(ZoneInfo(settings.timezone))
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    rows = yield query(
        _SAVED,
        tenant_id=settings.tenant_id,
        member_id=member_id,
        currency=settings.currency,
        since=to_micros(month),
    )
    return int(rows[0]["saved_minor"])
