"""Three months of visits to the town's counters, drawn from a fixed seed. Pure: the same day gives the same visits."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from engine.app.town.places import TownMerchant, TownShopper

SEED: Final = 20_260_901
DAYS: Final = 90
#: A visit in so many is followed by a refund of its first line.
REFUND_ONE_IN: Final = 25
#: Odds in percent that a shopper goes to one of their favourites instead of anywhere.
FAVOURITE_PERCENT: Final = 70
LINES_MAX: Final = 3
#: When people come, by category: local hours from and until.
HOURS: Final[Mapping[str, tuple[int, int]]] = {
    "food": (11, 20),
    "drinks": (8, 19),
    "grocery": (9, 21),
    "leisure": (14, 21),
    "books": (10, 20),
    "health": (9, 20),
}


class Bought(NamedTuple):
    """One line of a visit."""

    sku: str
    quantity: int


class Visit(NamedTuple):
    """One payment to be made: who, when, where, what, and whether the first line comes back later."""

    at: datetime
    phone: str
    merchant_id: str
    shop_id: str
    bought: tuple[Bought, ...]
    refunded: bool


def draw_visits(
    shoppers: Mapping[str, TownShopper], merchants: Mapping[str, TownMerchant], *, today: date, timezone: str
) -> dict[str, list[Visit]]:
    """Return each shopper's visits on the *DAYS* days before *today*, in order of time, by phone."""
    chance = random.Random(SEED)  # noqa: S311 a town, not a secret
    zone = ZoneInfo(timezone)
    drawn = {}
    for phone, shopper in shoppers.items():
        visits = [_visit(chance, phone, shopper, list(merchants.values()), today, zone) for _ in range(shopper.habit)]
        drawn[phone] = sorted(visits)
    return drawn


def _visit(
    chance: random.Random,
    phone: str,
    shopper: TownShopper,
    merchants: Sequence[TownMerchant],
    today: date,
    zone: ZoneInfo,
) -> Visit:
    favourites = [merchant for merchant in merchants if merchant.id in shopper.favourites]
    merchant = chance.choice(favourites if chance.randrange(100) < FAVOURITE_PERCENT else merchants)
    first_hour, last_hour = HOURS[merchant.category]
    clock = time(chance.randrange(first_hour, last_hour), chance.randrange(60), chance.randrange(60))
    day = today - timedelta(days=chance.randrange(1, DAYS + 1))
    menu = chance.sample(merchant.menu, chance.randint(1, min(LINES_MAX, len(merchant.menu))))
    return Visit(
        at=datetime.combine(day, clock, zone),
        phone=phone,
        merchant_id=merchant.id,
        shop_id=chance.choice(merchant.shops).id,
        bought=tuple(Bought(item.sku, chance.choice((1, 1, 1, 2))) for item in menu),
        refunded=chance.randrange(REFUND_ONE_IN) == 0,
    )
