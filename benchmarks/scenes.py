"""Baskets that meet a given number of campaigns out of many, and a whole quote of one: bytes in, bytes out."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from benchmarks.workload import campaigns, carts
from engine.checkout.order import order_to_quote
from engine.checkout.shown import quote_shown
from engine.rules.campaign import Campaign
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.facts import Facts
from engine.rules.lines import merge
from engine.rules.reach.matches import matches
from engine.wire.quotes import QuoteRequest

CARTS = 40


class Scene(NamedTuple):
    """A catalogue, a basket that *applicable* of its campaigns apply to, and the request that asks for its price."""

    catalogue: Catalogue
    facts: Facts
    body: bytes
    applicable: int


def scenes(number: int, *, live: int, applicable: int, lines: int) -> list[Scene]:
    """Return *number* scenes of *live* campaigns each."""
    found = []
    everything = campaigns(live + live // 2)
    catalogue = Catalogue.build(everything)
    for facts in carts(CARTS, lines):
        scene = _scene(everything, catalogue, facts, live=live, applicable=applicable)
        if scene is not None:
            found.append(scene)
        if len(found) == number:
            return found
    raise AssertionError(f"{len(found)} of {CARTS} carts meet {applicable} campaigns")


def _scene(
    everything: list[Campaign], catalogue: Catalogue, facts: Facts, *, live: int, applicable: int
) -> Scene | None:
    """Keep *applicable* of the campaigns that apply, and of the rest only those that have nothing to do with it."""
    met = [plan.campaign.id for plan in matches(catalogue, facts, [whole.line for whole in merge(facts.basket)])]
    if len(met) < applicable:
        return None
    reached = {plan.campaign.id for plan in catalogue.reached(facts)}
    kept = set(random.Random(live + applicable).sample(sorted(met), applicable))
    chosen = [one for one in everything if one.id in kept]
    others = [one for one in everything if one.id not in reached]
    chosen += others[: live - applicable]
    assert len(chosen) == live
    return Scene(Catalogue.build(chosen), facts, body_of(facts), applicable)


def body_of(facts: Facts) -> bytes:
    return msgspec.json.encode({"basket": facts.basket, "channel": facts.channel})


def quoting(scene: Scene) -> Callable[[], bytes]:
    """Return what a quote does once the facts about the payer are there: read, decide, show, write."""
    decode, encode = msgspec.json.Decoder(QuoteRequest).decode, msgspec.json.Encoder().encode
    catalogue, facts, body = scene.catalogue, scene.facts, scene.body

    def quote() -> bytes:
        order = order_to_quote(decode(body), "m0")
        asked = Facts(
            basket=order.basket,
            now=facts.now,
            payer=facts.payer,
            merchants=facts.merchants,
            channel=order.channel,
            counts=facts.counts,
        )
        return encode(quote_shown(decide(catalogue, asked), asked, {}, 1))

    return quote
