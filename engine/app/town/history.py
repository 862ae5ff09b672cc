"""Three months of visits to the town's counters, drawn from a fixed seed. Pure: the same day gives the same visits."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from engine.app.town.places import TownMerchant, TownShopper

SEED: Final = 20_260_901
#: A visit in so many is followed by a refund of its first line.
REFUND_ONE_IN: Final = 25
#: Odds in percent that a shopper goes to one of their favourites instead of anywhere.
FAVOURITE_PERCENT: Final = 70
LINES_MAX: Final = 3
#: Flash stock is for those who try the demo.
KEPT_FOR_THE_DEMO: Final = frozenset({"mango-tea"})
FIRST_PHONE: Final = "13800000001"
VOUCHER_DAYS_AGO: Final = 6
VOUCHER_SHOP: Final = ("noodle-house", "noodle-house-1")
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
) -> list[Visit]:
    """Return the visits of the three months before *today*, in order of time."""
    chance = random.Random(SEED)  # noqa: S311 a town, not a secret
    town = _Town(chance, list(merchants.values()), today, ZoneInfo(timezone))
    drawn = [town.visit(phone, shopper) for phone, shopper in shoppers.items() for _ in range(shopper.habit)]
    return sorted([*(visit for visit in drawn if not town.spoils_voucher(visit)), town.voucher_visit()])


class _Town(NamedTuple):
    chance: random.Random
    merchants: Sequence[TownMerchant]
    today: date
    zone: ZoneInfo

    def visit(self, phone: str, shopper: TownShopper) -> Visit:
        """Draw one visit."""
        chance = self.chance
        favourites = [merchant for merchant in self.merchants if merchant.id in shopper.favourites]
        merchant = chance.choice(favourites if chance.randrange(100) < FAVOURITE_PERCENT else self.merchants)
        hour = chance.randrange(*HOURS[merchant.category])
        menu = [item for item in merchant.menu if item.sku not in KEPT_FOR_THE_DEMO]
        bought = chance.sample(menu, chance.randint(1, min(LINES_MAX, len(menu))))
        return Visit(
            at=self._at(
                chance.randrange(1, shopper.since_days), time(hour, chance.randrange(60), chance.randrange(60))
            ),
            phone=phone,
            merchant_id=merchant.id,
            shop_id=chance.choice(merchant.shops).id,
            bought=tuple(Bought(item.sku, chance.choice((1, 1, 1, 2))) for item in bought),
            refunded=chance.randrange(REFUND_ONE_IN) == 0,
        )

    def voucher_visit(self) -> Visit:
        """Return the first shopper's lunch that gave the voucher which is over tomorrow."""
        bought = (Bought("beef-noodles", 2), Bought("cucumber", 1))
        return Visit(self._at(VOUCHER_DAYS_AGO, time(12, 20)), FIRST_PHONE, *VOUCHER_SHOP, bought, refunded=False)

    def spoils_voucher(self, visit: Visit) -> bool:
        """Whether *visit* would spend that voucher."""
        later = visit.at >= self._at(VOUCHER_DAYS_AGO, time(0))
        return visit.phone == FIRST_PHONE and visit.merchant_id == VOUCHER_SHOP[0] and later

    def _at(self, days_ago: int, clock: time) -> datetime:
        return datetime.combine(self.today - timedelta(days=days_ago), clock, self.zone)
