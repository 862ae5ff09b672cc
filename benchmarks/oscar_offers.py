"""The workload's campaigns as site offers of django-oscar, and its baskets as oscar's, on SQLite in memory.

oscar has no segments, first orders or hours of a day: ``sayable`` tells which campaigns it can say. A campaign's range
lists the carts' products that are in its scope: of all the ways to say it, the one oscar asks the fewest queries for.
"""

from __future__ import annotations

import django
from django.conf import settings
from django.core.management import call_command
from oscar import INSTALLED_APPS, defaults

from engine.money import format_minor
from engine.rules.campaign import Campaign
from engine.rules.conditions.spend import Spend
from engine.rules.facts import Facts, Line
from engine.rules.scope import reaches


def start() -> None:
    """Set Django up with empty tables in memory; once a process."""
    if settings.configured:
        return
    settings.configure(
        **{name: getattr(defaults, name) for name in dir(defaults) if name.startswith("OSCAR_")},
        SECRET_KEY="bench",  # noqa: S106 - nothing is signed
        INSTALLED_APPS=INSTALLED_APPS,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        SILENCED_SYSTEM_CHECKS=["fields.W342"],
        SITE_ID=1,
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)


def sayable(campaign: Campaign) -> bool:
    """Say whether oscar has words for all of *campaign*'s conditions."""
    conditions = (*campaign.audience.all, *campaign.when.all)
    return not campaign.schedule.on and all(isinstance(condition, Spend) for condition in conditions)


class Shop:
    """An oscar shop in which *campaigns* run and *carts* were filled."""

    def __init__(self, campaigns: list[Campaign], carts: list[Facts]) -> None:
        from oscar.core.loading import get_class, get_model
        from oscar.test import factories

        self._applicator = get_class("offer.applicator", "Applicator")
        self._strategy = get_class("partner.strategy", "Default")
        self._basket = get_model("basket", "Basket")
        self._factories = factories
        products = {_key(line): (line, self._product(line)) for facts in carts for line in facts.basket.lines}
        for campaign in campaigns:
            chosen = [product for line, product in products.values() if reaches(campaign.scope, line, {})]
            self._offer(campaign, chosen)
        self._baskets = [self._filled(facts, products) for facts in carts]

    def match(self, place: int) -> list[str]:
        """Return the ids of the campaigns whose offer's condition the basket at *place* satisfies, read anew."""
        basket = self._basket.objects.get(pk=self._baskets[place])
        basket.strategy = self._strategy()
        return sorted(
            offer.name for offer in self._applicator().get_offers(basket) if offer.is_condition_satisfied(basket)
        )

    def _product(self, line: Line):
        price = format_minor(line.unit_price_minor, "CNY")
        return self._factories.create_product(title="-".join(map(str, _key(line))), price=price, num_in_stock=10**6)

    def _offer(self, campaign: Campaign, products: list[object]) -> None:
        spends = [condition for condition in campaign.when.all if isinstance(condition, Spend)]
        scope = self._factories.RangeFactory(name=campaign.id, products=products)
        kind, value = ("Value", format_minor(spends[0].at_least_minor, "CNY")) if spends else ("Count", "1")
        self._factories.ConditionalOfferFactory(
            name=campaign.id,
            condition=self._factories.ConditionFactory(range=scope, type=kind, value=value),
            benefit=self._factories.BenefitFactory(range=scope, type="Percentage", value=10),
        )

    def _filled(self, facts: Facts, products: dict[tuple[str, str, int], tuple[Line, object]]) -> int:
        basket = self._basket.objects.create()
        basket.strategy = self._strategy()
        for line in facts.basket.lines:
            basket.add_product(products[_key(line)][1], line.quantity)
        filled: int = basket.pk
        return filled


def _key(line: Line) -> tuple[str, str, int]:
    return line.merchant_id, line.sku, line.unit_price_minor
