"""The nearest things to a contradiction that are none: they must pass, or the checks refuse what marketers mean."""

from __future__ import annotations

import pytest

from engine.rules.language.read import read_campaign

SECTIONS = {
    "currency": "currency: CNY",
    "name": 'name: {en: "Offer", zh: "优惠"}',
    "funding": "funding: {platform: 100%}",
    "schedule": "schedule: {from: 2027-03-01, until: 2027-04-01, timezone: Asia/Shanghai}",
    "give": "give: [{amount_off: {amount: 15.00}}]",
    "limits": "limits: {budget: 50000.00, uses: {total: 20000, per_member: 2}}",
}
WEEK = "schedule: {from: 2027-03-01, until: 2027-03-06, timezone: Asia/Shanghai, on: [%s]}"  # Monday to Friday
SOUND = {
    "a cap of one amount": "give: [{amount_off: {amount: 15.00, every: 100.00, at_most: 15.00}}]",
    "nearly all of every": "give: [{amount_off: {amount: 99.99, every: 100.00}}]",
    "a cap of the last step": "give: [{amount_off: {steps: [{from: 100.00, off: 9.00}, {from: 100.01, off: 9.01}], at_most: 9.01}}]",
    "nearly all of a step": "give: [{amount_off: {steps: [{from: 100.00, off: 99.99}]}}]",
    "an item amount at its cap": "give: [{amount_off_items: {amount: 5.00, at_most: 5.00}}]",
    "a step from the start": "give: [{amount_off_items: {steps: [{off: 5.00}, {from: 6.00, off: 5.99}]}}]",
    "one price in the range": "give: [{percent_off_items: {percent: 10%, price_from: 9.00, price_to: 9.00}}]",
    "a floor below the range": "give: [{percent_off_items: {percent: 10%, price_to: 9.00, floors: [{price: 8.99}]}}]",
    "a set a cent cheaper": "give: [{set_price: {units: 3, price: 59.99, price_to: 20.00}}]",
    "a set of any price": "give: [{set_price: {units: 3, price: 9000.00}}]",
    "one item bought and another got": "give: [{buy_get: {buy: {items: {skus: [a]}}, get: {items: {skus: [b]}}}}]",
    "a line of both": "give: [{buy_get: {buy: {items: {skus: [a, b]}}, get: {items: {skus: [b]}}, within: line}}]",
    "a SKU and a category": "give: [{buy_get: {buy: {items: {skus: [a]}}, get: {items: {categories: [b]}}, within: line}}]",
    "a night that begins in the week": WEEK % '{days: [fri], from: "22:00", until: "02:00"}',
    "a night that ends in the week": WEEK % '{days: [sun], from: "22:00", until: "02:00"}',
    "a weekend of a week and a day": WEEK.replace("03-06", "03-07") % "{days: [sat, sun]}",
    "no end": "schedule: {from: 2027-03-01, timezone: Asia/Shanghai, on: [{days: [sun]}]}",
    "a merchant and another": 'funding: {merchant: 50%, "merchant:tea": 50%}\nscope: {merchants: {ids: [noodle]}}',
    "a merchant among two": 'funding: {merchant: 50%, "merchant:tea": 50%}\nscope: {merchants: {ids: [noodle, tea]}}',
    "of two segments one is excluded": "audience: {all: [{segment: [a, b]}], none: [{segment: a}]}",
    "one of two choices is excluded": "audience: {any: [{tag: a}, {tag: b}], none: [{tag: a}]}",
    "a segment and a tag of one name": "audience: {all: [{segment: a}], none: [{tag: a}]}",
    "two tiers with one in common": "audience: {all: [{tier: [a, b]}, {tier: [b, c]}]}",
    "two segments at once": "audience: {all: [{segment: a}, {segment: b}]}",
    "the first order twice": "audience: {all: [{first_order: {}}, {nth_order: {n: 1}}]}",
    "the second on a new device": "audience: {all: [{first_order: {per: device}}, {nth_order: {n: 2}}]}",
    "one amount exactly": "when: [{spend: {at_least: 60.00}}, {spend_at_most: {amount: 60.00}}]",
    "listed above, left below": "when: [{spend: {at_least: 60.00, basis: listed}}, {spend_at_most: {amount: 50.00}}]",
    "less than an amount": "when: {all: [{spend: {at_least: 60.00}}], none: [{spend: {at_least: 60.01}}]}",
    "of other items": "when: [{spend: {at_least: 60.00, items: {skus: [a]}}}, {spend_at_most: {amount: 50.00}}]",
    "items in a scope of two kinds": "scope: {items: {skus: [a], categories: [b]}}\ngive: [{gift: {sku: c}}]",
    "a tag in a scope of tags": "scope: {items: {tags: [a]}}\ngive: [{percent_off: {percent: 10%, items: {tags: [b]}}}]",
    "another of what is excluded": "scope: {items: {exclude: {skus: [a]}}}\ngive: [{percent_off: {percent: 10%, items: {skus: [a, b]}}}]",
    "delivery in scope": "scope: {kinds: [goods, delivery]}\ngive: [{amount_off_items: {amount: 5.00, kinds: [delivery]}}]",
    "exclusive in its phase, combined with others": "stacking: {exclusive: phase, combine_with: [merchant]}",
    "every limit at the one above": "limits: {uses: {total: 5, per_day: 5, per_member: 5, per_member_per_day: 5}}\ncoupon: {valid_for_days: 1, per_member: 5}",
    "a budget of one use": "limits: {budget: 15.00}",
    "a budget that is cut": "limits: {budget: 14.99, last_unit: partial}",
    "stock of one use": "limits: {units: {total: 3}}\ngive: [{set_price: {units: 3, price: 5.00}}, {buy_get: {buy: {units: 2}}}]",
    "the step that the threshold reaches": "when: [{spend: {at_least: 100.00}}]\ngive: [{amount_off: {steps: [{from: 90.00, off: 9.00}, {from: 100.01, off: 10.00}]}}]",
    "a cut below the most": "when: [{spend_at_most: {amount: 60.00}}]\ngive: [{cut_to: {total: 59.99}}]",
    "all that a basket holds": "when: [{quantity: {at_least: 9999, per: line}}, {quantity: {at_least: 1999800}}]",
}


@pytest.mark.parametrize("name", SOUND)
def test_what_only_looks_like_a_contradiction_passes(name: str) -> None:
    text = SOUND[name]
    missing = [line for key, line in SECTIONS.items() if f"{key}:" not in [row.split()[0] for row in text.splitlines()]]
    reading = read_campaign("\n".join(["campaign: offer", *missing, text]), "offer.yaml")
    assert [str(mistake) for mistake in reading.mistakes] == []
    assert reading.campaign is not None
