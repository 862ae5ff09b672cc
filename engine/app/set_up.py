"""Setting up: the schema through migrations, the merchants, their keys and the operator's, and the town's past."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from engine.app.keys import Keys, read_keys, write_keys
from engine.app.town.places import TownMerchant, merchants
from engine.programs.api_keys import issue_key_script
from engine.programs.merchants import Merchant, Shop, add_merchants_script, merchant
from engine.rules.decision import Words
from engine.settings import Settings
from engine.store.database import Database
from engine.store.script import Script, select


def is_set_up(tenant_id: str) -> Script[bool]:
    """Whether there is any merchant."""
    return bool((yield select(merchant, tenant_id=tenant_id)))


async def set_up_merchants(database: Database, settings: Settings, now: datetime) -> Keys:
    """Add the town's merchants, and make the keys of ``keys.json``, unless they are there; return the keys."""
    has_merchants = await database.read(is_set_up(settings.tenant_id))
    kept = read_keys(settings) if has_merchants else None
    if kept is not None:
        return kept
    keys = await database.write(_first_rows(settings, now, with_merchants=not has_merchants))
    write_keys(settings, keys)
    return keys


def _first_rows(settings: Settings, now: datetime, *, with_merchants: bool) -> Script[Keys]:
    if with_merchants:
        town = [_merchant(one, settings.timezone) for one in merchants().values()]
        yield from add_merchants_script(settings.tenant_id, town)
    keys = {}
    for merchant_id in merchants():
        keys[merchant_id] = yield from issue_key_script(settings.tenant_id, "merchant", merchant_id, now)
    return Keys(operator=(yield from issue_key_script(settings.tenant_id, "operator", "", now)), merchants=keys)


def _merchant(one: TownMerchant, timezone: str) -> Merchant:
    return Merchant(
        id=one.id,
        name=Words(en=one.en, zh=one.zh),
        district=one.district,
        category=one.category,
        tags=one.all_tags,
        fee_bps=one.fee_bps,
        timezone=timezone,
        shops=tuple(_shops(one)),
    )


def _shops(one: TownMerchant) -> Iterable[Shop]:
    return (Shop(id=shop.id, name=Words(en=shop.en, zh=shop.zh), district=shop.district) for shop in one.shops)
