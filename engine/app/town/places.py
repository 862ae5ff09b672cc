"""The town's merchants with their shops and menus, and its shoppers, read from the JSON files beside this one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct


class Shop(Struct, frozen=True):
    """One counter of a merchant."""

    id: str
    en: str
    zh: str
    district: str


class Item(Struct, frozen=True):
    """One thing on a menu; the price is in minor units of CNY."""

    sku: str
    en: str
    zh: str
    price_minor: int
    category: str


class TownMerchant(Struct, frozen=True):
    """A merchant of the town."""

    id: str
    en: str
    zh: str
    district: str
    category: str
    tags: tuple[str, ...]
    fee_bps: int
    shops: tuple[Shop, ...]
    menu: tuple[Item, ...]

    @property
    def all_tags(self) -> tuple[str, ...]:
        """The category is a tag too, so that campaigns can say ``merchants: {tags: [food]}``."""
        return (self.category, *self.tags)


class TownShopper(Struct, frozen=True):
    """A shopper of the town; *habit* is how many payments the days *since_days* ago until today hold."""

    zh: str
    en: str
    locale: str
    habit: int
    favourites: tuple[str, ...]
    since_days: int = 90
    invited_by: str = ""  # the inviter's phone

    @property
    def name(self) -> str:
        """The name the wallet shows, in the shopper's own language."""
        return self.zh if self.locale == "zh" else self.en


@cache
def merchants() -> dict[str, TownMerchant]:
    """Return the town's merchants by id, in the order of the file."""
    found = msgspec.json.decode(_text("merchants.json"), type=tuple[TownMerchant, ...])
    return {merchant.id: merchant for merchant in found}


@cache
def shoppers() -> dict[str, TownShopper]:
    """Return the town's shoppers by phone: 13800000001 is the first of the file."""
    found = msgspec.json.decode(_text("shoppers.json"), type=tuple[TownShopper, ...])
    return {f"138{place:08}": shopper for place, shopper in enumerate(found, start=1)}


def menu_item(merchant_id: str, sku: str) -> Item | None:
    """Return what *merchant_id* sells as *sku*, None when the town knows no such thing."""
    merchant = merchants().get(merchant_id)
    return next((item for item in merchant.menu if item.sku == sku), None) if merchant else None


def _text(name: str) -> bytes:
    return (Path(__file__).parent / name).read_bytes()
