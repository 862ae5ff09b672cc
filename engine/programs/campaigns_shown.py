"""Live campaigns as merchants and operators see them: in words, with what their limits leave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from engine.desk import Desk
from engine.ledger.counters import CounterKey, taken_script
from engine.programs.merchants import merchants_script
from engine.rules.campaign import Campaign
from engine.rules.decision import Words
from engine.rules.language.explain import explain
from engine.rules.language.explain_options import explain_options
from engine.rules.options import Options
from engine.rules.plan import MILLION
from engine.rules.scope import chooses, merchant_values
from engine.store.script import Script
from engine.wire.campaigns import Campaigns, CampaignShown, OptionsShown

FOREVER: Final = ""


class _Left(NamedTuple):
    """What the limits of a campaign leave; None is unlimited."""

    uses: int | None
    units: int | None
    budget_minor: int | None


async def campaigns_at(desk: Desk, merchant_id: str, shop_id: str | None) -> Campaigns:
    """Return what runs at a merchant now, ends in the future and has begun; *shop_id* must be one of its shops.

    Raises: NotFound ``merchant_not_found``, ``shop_not_found``.
    """
    catalogue, revision, now = desk.catalogue, desk.revision, desk.clock.now()
    merchants = await desk.database.read(merchants_script(desk.settings.tenant_id, [merchant_id]))
    if shop_id is not None:
        merchants[merchant_id].shop(shop_id)
    values = merchant_values(merchant_id, {merchant_id: merchants[merchant_id].facts})
    running = [
        one
        for one in catalogue.campaigns.values()
        if chooses(one.scope.merchants, values)
        and one.schedule.start <= now
        and (one.schedule.until is None or now < one.schedule.until)
    ]
    return await _shown(desk, catalogue.options, revision, running)


async def every_campaign(desk: Desk) -> Campaigns:
    """Return everything that is live, begun or not."""
    catalogue = desk.catalogue
    return await _shown(desk, catalogue.options, desk.revision, list(catalogue.campaigns.values()))


async def _shown(desk: Desk, options: Options, revision: int, campaigns: list[Campaign]) -> Campaigns:
    taken = await desk.database.read(_taken_script(desk.settings.tenant_id, campaigns))
    return Campaigns(
        revision=revision,
        options=_options(options),
        items=tuple(_campaign(one, left) for one, left in zip(campaigns, taken, strict=True)),
    )


def _options(options: Options) -> OptionsShown:
    part = options.discount_at_most
    return OptionsShown(
        version=options.version,
        explained=Words(en=explain_options(options, "en"), zh=explain_options(options, "zh")),
        choose=options.choose,
        offers_at_most=options.offers_max,
        payable_at_least_minor=options.payable_at_least_minor,
        discount_at_most_minor=options.discount_at_most_minor,
        discount_at_most_ppm=int(part * MILLION) if part is not None else None,
    )


def _taken_script(tenant_id: str, campaigns: Iterable[Campaign]) -> Script[list[_Left]]:
    listed = list(campaigns)
    keys = tuple(_key(one.id, limit) for one in listed for limit in ("uses", "units", "budget"))
    taken = (yield from taken_script(tenant_id, keys)) if keys else {}
    return [
        _Left(
            uses=_left(one.limits.uses_total, taken[_key(one.id, "uses")]),
            units=_left(one.limits.units_total, taken[_key(one.id, "units")]),
            budget_minor=_left(one.limits.budget_minor, taken[_key(one.id, "budget")]),
        )
        for one in listed
    ]


def _key(campaign_id: str, limit: str) -> CounterKey:
    return ("campaign", campaign_id, campaign_id, limit, FOREVER)


def _left(ceiling: int | None, taken: int) -> int | None:
    return None if ceiling is None else max(0, ceiling - taken)


def _campaign(one: Campaign, left: _Left) -> CampaignShown:
    return CampaignShown(
        campaign_id=one.id,
        version=one.version,
        name=one.name,
        explained=Words(en=explain(one, "en"), zh=explain(one, "zh")),
        kind=one.kind,
        currency=one.currency,
        starts_at=one.schedule.start,
        ends_at=one.schedule.until,
        funders=tuple(share.funder for share in one.funding),
        uses_left=left.uses,
        units_left=left.units,
        budget_left_minor=left.budget_minor,
    )
