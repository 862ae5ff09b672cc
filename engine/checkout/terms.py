"""What a payment remembers of the campaigns that decided it, and of the names its receipt shows."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from engine.rules.campaign import Campaign, RefundRule
from engine.rules.decision import Decision, Words


class CampaignTerms(Struct, frozen=True, kw_only=True):
    """One campaign version: what a refund gives back, and while which time flash stock returns."""

    version: str
    refund: RefundRule
    until: datetime | None


class Terms(Struct, frozen=True, kw_only=True):
    """Stored on the payment, so that neither a later version nor a new name changes a receipt or a refund."""

    campaigns: dict[str, CampaignTerms]  # of those that applied or reward
    versions: dict[str, str]  # of every campaign that the decision looked at: with them it can be made again
    merchants: dict[str, Words]
    merchant_category: str
    shop: Words | None
    options: str = ""  # the version of the catalogue's options; "": the defaults


def campaign_terms(decision: Decision, campaigns: dict[str, Campaign]) -> dict[str, CampaignTerms]:
    """Return the terms of every campaign that gave something."""
    ids = dict.fromkeys(one.campaign_id for part in (decision.applied, decision.rewards) for one in part)
    return {
        campaign.id: CampaignTerms(version=campaign.version, refund=campaign.refund, until=campaign.schedule.until)
        for campaign in map(campaigns.__getitem__, ids)
    }


def versions_of(decision: Decision, campaigns: dict[str, Campaign]) -> dict[str, str]:
    """Return the versions of every campaign that *decision* names."""
    parts = (decision.applied, decision.refused, decision.lost, decision.rewards)
    ids = dict.fromkeys(one.campaign_id for part in parts for one in part)
    return {id_: campaigns[id_].version for id_ in ids if id_ in campaigns}


def kept(decision: Decision) -> Decision:
    """Return what a payment keeps of *decision*.

    Not why others did not apply, which deciding again tells; nor how far the search looked, which a faster engine
    changes.
    """
    return replace(decision, refused=(), lost=(), nodes=0)
