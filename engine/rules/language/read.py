"""Read campaign files: the one way from text to campaigns, and every mistake on the way.

>>> reading = read_campaign("campaign: spring", "spring.yaml")
>>> str(reading.mistakes[0])
"spring.yaml:1:1: missing_field: A campaign needs 'currency'."
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final, NamedTuple

from engine.rules.benefits.issue_coupon import IssueCoupon
from engine.rules.campaign import Campaign
from engine.rules.language.build import build
from engine.rules.language.checks import flaws, references
from engine.rules.language.fill import BROKEN, Filler, fields_of
from engine.rules.language.mistakes import MISTAKES_MAX, Mark, Mistake, Mistakes, did_you_mean
from engine.rules.language.nodes import Node, Scalar, child, mark_at
from engine.rules.language.parse import parse
from engine.rules.language.scalars import Unreadable, currency
from engine.rules.language.sections import Sections
from engine.rules.language.shape import CampaignShape

#: Reads amounts of any currency, where the file's own can't be read: that is told once, not at each amount.
_ANY_CURRENCY: Final = "KWD"


class Reference(NamedTuple):
    """Another campaign that a file names, and where."""

    mark: Mark
    campaign_id: str


class Reading(NamedTuple):
    """A file read: the campaign when there is no mistake."""

    campaign: Campaign | None
    mistakes: tuple[Mistake, ...]
    references: tuple[Reference, ...] = ()


def read_campaign(text: str, filename: str) -> Reading:
    """Read one campaign file; *filename* is told in mistakes, and its last part must be the campaign's id."""
    mistakes = Mistakes(filename)
    root = parse(text, mistakes)
    if root is None:
        return Reading(None, mistakes.listed())
    values = Filler(mistakes, _currency_of(root)).values(root, CampaignShape, "a campaign")
    if values is BROKEN:
        return Reading(None, mistakes.listed())
    sound = _with_defaults(values)
    for flaw in islice(flaws(Sections(sound, filename)), MISTAKES_MAX + 1):
        mistakes.add(mark_at(root, flaw.path), flaw.code, flaw.sentence)
    named = tuple(Reference(mark_at(root, path), id_) for path, id_ in references(sound.get("give", ())))
    if mistakes:
        return Reading(None, mistakes.listed(), named)
    shape = CampaignShape(**{fields_of(CampaignShape)[key].name: value for key, value in values.items()})
    return Reading(build(shape, text), (), named)


def _currency_of(root: Node) -> str:
    node = child(root, "currency")
    try:
        return currency(node) if isinstance(node, Scalar) else _ANY_CURRENCY
    except Unreadable:
        return _ANY_CURRENCY


def _with_defaults(values: dict[str, Any]) -> dict[str, Any]:
    defaults = {key: field.default for key, field in fields_of(CampaignShape).items() if not field.required}
    return {key: value for key, value in {**defaults, **values}.items() if value is not BROKEN}


def read_set(files: Iterable[tuple[str, str]]) -> tuple[tuple[Campaign, ...], tuple[Mistake, ...]]:
    """Read (name, text) files that go live together, and check what they say about each other.

    Shape:  the campaigns without a mistake, in the order of files; the mistakes of all files.
    """
    readings = [(name, read_campaign(text, name)) for name, text in files]
    campaigns: dict[str, Campaign] = {}
    mistakes = [mistake for _, reading in readings for mistake in reading.mistakes]
    broken = {_stem(name) for name, reading in readings if reading.campaign is None}
    for name, reading in readings:
        if reading.campaign is None:
            continue
        if reading.campaign.id in campaigns:
            sentence = f"Another file holds the campaign {reading.campaign.id!r} already. Rename one."
            mistakes.append(Mistake(name, 1, 1, "duplicate_campaign", sentence))
        campaigns.setdefault(reading.campaign.id, reading.campaign)
    for name, reading in readings:
        mistakes.extend(_reference_mistakes(name, reading, campaigns, broken))
    return tuple(campaigns.values()), tuple(mistakes)


def _stem(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".yaml")


def _reference_mistakes(
    name: str, reading: Reading, campaigns: dict[str, Campaign], broken: set[str]
) -> Iterable[Mistake]:
    for (line, column), campaign_id in reading.references:
        named = campaigns.get(campaign_id)
        if named is None and campaign_id not in broken:
            sentence = f"There is no campaign {campaign_id!r} here.{did_you_mean(campaign_id, campaigns)}"
            yield Mistake(name, line, column, "unknown_campaign", sentence)
        elif named is not None and named.coupon is None:
            sentence = f"{campaign_id!r} is not a coupon: its file has no 'coupon' section."
            yield Mistake(name, line, column, "not_a_coupon", sentence)
        elif named is not None and named.coupon is not None and reading.campaign is not None:
            for code, sentence in _given_in_vain(reading.campaign, named, named.coupon.per_member):
                yield Mistake(name, line, column, code, sentence)


def _given_in_vain(giver: Campaign, coupon: Campaign, held_max: int | None) -> Iterable[tuple[str, str]]:
    """Say which coupons of *coupon*, of which a member may hold *held_max*, *giver* gives and nobody can use."""
    counts = [one.count for one in giver.give if isinstance(one, IssueCoupon) and one.campaign_id == coupon.id]
    if held_max is not None and sum(counts) > held_max:
        sentence = f"{sum(counts)} are given at once, but a member may hold {held_max} of {coupon.id!r}. Give fewer."
        yield "limit_never_counts", sentence
    if coupon.schedule.until is not None and coupon.schedule.until <= giver.schedule.start:
        yield "coupon_ended", f"{coupon.id!r} has ended when this begins, so nobody can use it. Move one of the two."
