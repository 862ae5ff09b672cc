"""The signed-in member, as they see themself; and what they may change."""

from __future__ import annotations

from datetime import datetime

from engine.desk import Desk
from engine.ledger.accounts import balance_script, wallet_lock
from engine.programs.cards import BALANCE, require_card_script
from engine.programs.coupons import usable_count_script
from engine.programs.loyalty import earned_script, points_script, tier
from engine.programs.members import Member, member, member_script
from engine.settings import Settings
from engine.store.script import Script, select, update
from engine.wire.members import Me, MeChange


async def me(desk: Desk, member_id: str, saved: Script[int]) -> Me:
    """Return the member; *saved* sums this month's discounts, which payments know.

    Raises: NotFound ``member_not_found``.
    """
    return await desk.database.snapshot(_me_script(desk.settings, member_id, desk.clock.now(), saved))


async def change_me(desk: Desk, member_id: str, change: MeChange, saved: Script[int]) -> Me:
    """Change name, language and what the pay code pays with; what is left out stays.

    Raises: NotFound ``member_not_found``, ``card_not_found``.
    """
    return await desk.database.write(_change_script(desk, member_id, change, saved))


def _me_script(settings: Settings, member_id: str, now: datetime, saved: Script[int]) -> Script[Me]:
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
        saved_this_month_minor=(yield from saved),
        tool=one.tool,
    )


def _change_script(desk: Desk, member_id: str, change: MeChange, saved: Script[int]) -> Script[Me]:
    if change.tool not in {None, BALANCE}:
        yield from require_card_script(desk.settings.tenant_id, member_id, change.tool)
    wanted = {"name": change.name.strip() if change.name else None, "locale": change.locale, "tool": change.tool}
    changes = {column: value for column, value in wanted.items() if value}
    if changes:
        yield update(member, [{"tenant_id": desk.settings.tenant_id, "home_id": member_id, **changes}])
    return (yield from _me_script(desk.settings, member_id, desk.clock.now(), saved))


def _inviter_name_script(tenant_id: str, one: Member) -> Script[str | None]:
    if one.invited_by is None:
        return None
    rows = yield select(member, tenant_id=tenant_id, home_id=one.invited_by)
    return rows[0]["name"] if rows else None
