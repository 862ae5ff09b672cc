"""A merchant and its shops: names, where they are, what they sell, the fee."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Table, Text

from engine.errors import NotFound
from engine.rules import facts
from engine.rules.decision import Words
from engine.store.metadata import metadata
from engine.store.script import Script, insert, select_any, select_keys

merchant = Table(
    "merchant",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the merchant's id
    Column("name_en", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("tags", Text, nullable=False),  # JSON array
    Column("fee_bps", BigInteger, nullable=False),  # of what is paid and funded by others
    Column("timezone", Text, nullable=False),
)
shop = Table(
    "shop",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the merchant
    Column("shop_id", Text, primary_key=True),
    Column("name_en", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("district", Text, nullable=False),
)


class Shop(Struct, frozen=True, kw_only=True):
    """One place of a merchant."""

    id: str
    name: Words
    district: str


class Merchant(Struct, frozen=True, kw_only=True):
    """A merchant with its shops."""

    id: str
    name: Words
    district: str
    category: str
    tags: tuple[str, ...]
    fee_bps: int
    timezone: str
    shops: tuple[Shop, ...] = ()

    @property
    def facts(self) -> facts.Merchant:
        """What rules may ask about it."""
        return facts.Merchant(id=self.id, district=self.district, tags=self.tags)

    def shop(self, shop_id: str) -> Shop:
        """Return one of its shops. Raises: NotFound ``shop_not_found``."""
        for one in self.shops:
            if one.id == shop_id:
                return one
        raise NotFound("shop_not_found", f"{self.id} has no shop {shop_id!r}.", shop_id=shop_id)


def merchants_script(tenant_id: str, ids: Iterable[str]) -> Script[dict[str, Merchant]]:
    """Read merchants with their shops, by id.

    Raises: NotFound ``merchant_not_found`` naming the first that is not there.
    """
    wanted = [(tenant_id, merchant_id) for merchant_id in dict.fromkeys(ids)]
    rows = yield select_keys(merchant, wanted)
    row_by_id = {row["home_id"]: row for row in rows}
    for _, merchant_id in wanted:
        if merchant_id not in row_by_id:
            raise NotFound("merchant_not_found", f"No merchant {merchant_id!r}.", merchant_id=merchant_id)
    shops: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in (yield select_any(shop, ("tenant_id", "home_id"), wanted)):
        shops[row["home_id"]].append(row)
    return {merchant_id: _merchant(row_by_id[merchant_id], shops[merchant_id]) for _, merchant_id in wanted}


def add_merchants_script(tenant_id: str, merchants: Sequence[Merchant]) -> Script[None]:
    """Add *merchants* with their shops."""
    yield insert(
        merchant,
        [
            {
                "tenant_id": tenant_id,
                "home_id": one.id,
                "name_en": one.name.en,
                "name_zh": one.name.zh,
                "district": one.district,
                "category": one.category,
                "tags": json.dumps(one.tags),
                "fee_bps": one.fee_bps,
                "timezone": one.timezone,
            }
            for one in merchants
        ],
    )
    yield insert(shop, [_shop_row(tenant_id, one.id, place) for one in merchants for place in one.shops])


def _shop_row(tenant_id: str, merchant_id: str, place: Shop) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "home_id": merchant_id,
        "shop_id": place.id,
        "name_en": place.name.en,
        "name_zh": place.name.zh,
        "district": place.district,
    }


def _merchant(row: Mapping[str, Any], shops: Iterable[Mapping[str, Any]]) -> Merchant:
    return Merchant(
        id=row["home_id"],
        name=Words(en=row["name_en"], zh=row["name_zh"]),
        district=row["district"],
        category=row["category"],
        tags=tuple(json.loads(row["tags"])),
        fee_bps=row["fee_bps"],
        timezone=row["timezone"],
        shops=tuple(
            Shop(id=one["shop_id"], name=Words(en=one["name_en"], zh=one["name_zh"]), district=one["district"])
            for one in shops
        ),
    )
