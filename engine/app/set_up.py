"""Setting up: the schema through migrations, the merchants, their keys and the operator's, and the town's past.

What is there already stays; what was interrupted goes on.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import BigInteger, Column, Table, Text

from engine.app.campaign_files import campaign_files
from engine.app.compose import opened_desk
from engine.app.keys import Keys, read_keys, write_keys
from engine.app.town.build import build_town
from engine.app.town.places import TownMerchant, merchants, shoppers
from engine.desk import Desk
from engine.errors import Conflict
from engine.programs.api_keys import issue_key_script
from engine.programs.merchants import Merchant, Shop, add_merchants_script, merchant
from engine.programs.publish import publish
from engine.rules.decision import Words
from engine.settings import Settings
from engine.store.database import Database
from engine.store.metadata import metadata
from engine.store.schema import create_schema
from engine.store.script import Row, Script, insert_missing, select, update
from engine.wire.campaigns import CampaignFile, PublishRequest

Seed = Literal["none", "merchants", "town"]


#: The day the town was built for, and whether it is finished; building goes on for the same day.
town_built = Table(
    "town_built",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "town"
    Column("today", Text, nullable=False),
    Column("payments", BigInteger, nullable=False),  # 0 until it is finished
)


async def set_up(settings: Settings, seed: Seed, campaigns: Path) -> str:
    """Set up as much as *seed* says, with the campaigns of a folder running in the town's past; say what there is.

    Raises: Unavailable of the database; Invalid ``campaign_invalid``.
    """
    await asyncio.to_thread(create_schema, settings)
    if seed == "none":
        return "the schema is there"
    async with opened_desk(settings) as desk:
        keys = await set_up_merchants(desk.database, settings, desk.clock.now())
        if seed == "merchants":
            return f"{len(keys.merchants)} merchants"
        payments = await _town(desk, campaigns)
    return f"{len(keys.merchants)} merchants, {len(shoppers())} shoppers, {payments} payments in the past"


async def publish_folder(desk: Desk, folder: Path, key: str) -> None:
    """Put the campaigns of *folder* live, and nothing else, once for each *key*.

    Raises: Invalid ``campaign_invalid``; NotFound ``campaign_not_found`` when the folder holds none.
    """
    files = tuple(CampaignFile(name=name, text=text) for name, text in campaign_files([folder]))
    asked = PublishRequest(files=files, replace_all=True)
    fingerprint = hashlib.sha256(msgspec.json.encode(asked)).digest()
    answer = await publish(desk, asked, caller="operator:setup", key=key, fingerprint=fingerprint)
    if answer.kind != "done":
        raise Conflict("version_conflict", f"{folder} was not published: {answer.body.decode()}")


async def _town(desk: Desk, campaigns: Path) -> int:
    begun = await desk.database.write(_begin(desk))
    if not begun["payments"]:
        if not desk.revision:
            await publish_folder(desk, campaigns, "setup-town")
        payments = await build_town(desk, date.fromisoformat(begun["today"]))
        await desk.database.write(_finish({**begun, "payments": payments}))
        return payments
    return int(begun["payments"])


def _begin(desk: Desk) -> Script[Row]:
    today = desk.clock.now().astimezone(ZoneInfo(desk.settings.timezone)).date()
    home = {"tenant_id": desk.settings.tenant_id, "home_id": "town"}
    yield insert_missing(town_built, [{**home, "today": today.isoformat(), "payments": 0}])
    return (yield select(town_built, **home))[0]


def _finish(row: Row) -> Script[None]:
    yield update(town_built, [row])


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
