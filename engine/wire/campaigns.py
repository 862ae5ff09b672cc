"""Campaigns as merchants see them and operators publish them; the audit; health."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from engine.rules.decision import Words
from engine.wire.base import Answer, Request


class CampaignShown(Answer, frozen=True):
    """A campaign as a merchant sees it."""

    campaign_id: str
    version: str
    name: Words
    explained: Words
    kind: str
    currency: str
    starts_at: datetime
    ends_at: datetime | None
    funders: tuple[str, ...]
    uses_left: int | None
    units_left: int | None
    budget_left_minor: int | None


class OptionsShown(Answer, frozen=True):
    """How offers meet on a basket, whatever the campaign: the options of the whole catalogue."""

    version: str  # "" for the defaults
    explained: Words
    choose: Literal["best", "in_order"]
    offers_at_most: int | None
    payable_at_least_minor: dict[str, int]  # by currency
    discount_at_most_minor: dict[str, int]  # by currency
    discount_at_most_ppm: int | None  # of the listed total, millionths


class Campaigns(Answer, frozen=True):
    """What runs at a shop."""

    revision: int
    options: OptionsShown
    items: tuple[CampaignShown, ...]


class CampaignFile(Request, frozen=True):
    """One campaign file as it stands in the repository, or ``catalogue.yaml``."""

    name: Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9._\-]+\Z")]
    text: Annotated[str, Meta(max_length=32_768)]


class PublishRequest(Request, frozen=True):
    """Publish files; with ``replace_all`` what is live and not among them ends, the catalogue's options too."""

    files: Annotated[tuple[CampaignFile, ...], Meta(min_length=1, max_length=10_000)]
    replace_all: bool = False


class Published(Answer, frozen=True):
    """What publishing changed, by campaign; ``catalogue`` stands for the options of the whole."""

    revision: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    ended: tuple[str, ...]
    unchanged: int


class AuditFinding(Answer, frozen=True):
    """One broken rule of the books."""

    check: str
    subject: str
    detail: str


class AuditReport(Answer, frozen=True):
    """The books checked. No findings: every check holds."""

    checked_at: datetime
    checks: dict[str, int]  # check → rows looked at
    findings: tuple[AuditFinding, ...]


class Health(Answer, frozen=True):
    """Whether the parts answer."""

    status: Literal["ok", "failing"]
    database: str
    catalogue_revision: int
    campaigns: int
    version: str
