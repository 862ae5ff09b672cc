"""Cases beside a campaign: a basket, who pays and when, and what must come out. They run through the real decision.

    # spring-100-15.cases.yaml
    - case: 215.00 is two full hundreds
      basket: [{merchant: noodle-house, sku: feast, price: 215.00}]
      expect: {discount: {spring-100-15: 30.00}, payable: 185.00}

Only the campaign of the file decides, and those that ``with`` names; so a case never breaks because another campaign
came. The options of the whole catalogue hold, as ``catalogue.yaml`` beside it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from engine.money import BASKET_MAX_MINOR, UNIT_PRICE_MAX_MINOR
from engine.rules.campaign import Campaign
from engine.rules.catalogue import DEFAULTS, Catalogue
from engine.rules.decide import decide
from engine.rules.language.case_facts import facts_of
from engine.rules.language.case_outcome import differences
from engine.rules.language.case_shape import CaseShape, RewardShape
from engine.rules.language.fill import BROKEN, Filler
from engine.rules.language.mistakes import Mark, Mistake, Mistakes, did_you_mean
from engine.rules.language.nodes import Node, Sequence, mark_at
from engine.rules.language.parse import parse
from engine.rules.options import Options

SUFFIX: Final = ".cases.yaml"


class Case(NamedTuple):
    """A case and where it stands."""

    mark: Mark
    shape: CaseShape


class CaseResult(NamedTuple):
    """A case that was run. ``problems``: what was expected and what came instead; none when it passed."""

    file: str
    line: int
    name: str
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Tell whether everything came out as expected."""
        return not self.problems


def run_cases(campaigns: Iterable[Campaign], text: str, filename: str, options: Options = DEFAULTS) -> list[CaseResult]:
    """Run the cases in *text* with the campaign that *filename* names among *campaigns*, under *options*.

    A mistake in the file is a failed case; then none is run.
    """
    by_id = {campaign.id: campaign for campaign in campaigns}
    campaign_id = campaign_id_of(filename)
    if campaign_id not in by_id:
        return [CaseResult(filename, 1, "", (f"There is no campaign {campaign_id!r} without mistakes.",))]
    cases, mistakes = read_cases(text, filename, by_id[campaign_id], by_id)
    if mistakes:
        return [CaseResult(filename, mistake.line, "", (str(mistake),)) for mistake in mistakes]
    return [_run(case, by_id[campaign_id], by_id, filename, options) for case in cases]


def campaign_id_of(filename: str) -> str:
    """Return the id of the campaign that a file of cases stands beside."""
    return filename.rpartition("/")[2].removesuffix(SUFFIX)


def read_cases(
    text: str, filename: str, campaign: Campaign, known: Mapping[str, Campaign]
) -> tuple[tuple[Case, ...], tuple[Mistake, ...]]:
    """Read the cases of *campaign*, which may name campaigns among *known*; amounts are in its currency."""
    mistakes = Mistakes(filename)
    root = parse(text, mistakes)
    if root is None:
        return (), mistakes.listed()
    if not isinstance(root, Sequence) or not root.items:
        mistakes.add(root.mark, "no_cases", "A file of cases is a list, '- case: …', of at least one.")
        return (), mistakes.listed()
    filler = Filler(mistakes, campaign.currency)
    filled = [(node, filler.struct(node, CaseShape, "a case")) for node in root.items]
    whole = [(node, shape) for node, shape in filled if shape is not BROKEN]
    for node, shape in whole:
        _check(node, shape, known, mistakes)
        _check_worth(node, shape, mistakes)
    return tuple(Case(node.mark, shape) for node, shape in whole), mistakes.listed()


def _check(node: Node, shape: CaseShape, known: Mapping[str, Campaign], mistakes: Mistakes) -> None:
    expect = shape.expect
    if all(getattr(expect, name) is None for name in expect.__struct_fields__):
        mistakes.add(mark_at(node, "expect"), "expects_nothing", "The case expects nothing. Say what must come out.")
    ids = [line.id or line.sku for line in shape.basket]
    for place, line_id in enumerate(ids):
        if line_id in ids[:place]:
            sentence = f"Two lines are called {line_id!r}. Give one of them an 'id' of its own."
            mistakes.add(mark_at(node, f"basket.{place}"), "duplicate_line", sentence)
    named = (
        ("with", shape.others),
        ("payer.coupons", shape.payer.coupons),
        ("expect.discount", expect.discount or ()),
        ("expect.refused", expect.refused or ()),
        ("expect.lost", expect.lost or ()),
    )
    for path, campaign_ids in named:
        for campaign_id in campaign_ids:
            if campaign_id not in known:
                sentence = f"There is no campaign {campaign_id!r} here.{did_you_mean(campaign_id, known)}"
                mistakes.add(mark_at(node, path), "unknown_campaign", sentence)
    for place, reward in enumerate(expect.rewards or ()):
        if sum(value is not None for value in _given(reward)) != 1:
            sentence = "A reward is one of points, red_packet and coupon."
            mistakes.add(mark_at(node, f"expect.rewards.{place}"), "not_a_reward", sentence)


def _check_worth(node: Node, shape: CaseShape, mistakes: Mistakes) -> None:
    """Refuse what no till may send either."""
    for place, line in enumerate(shape.basket):
        if line.price_minor > UNIT_PRICE_MAX_MINOR:
            sentence = "A unit price is larger than any till may send. Lower it."
            mistakes.add(mark_at(node, f"basket.{place}.price"), "out_of_range", sentence)
    if sum(line.price_minor * line.quantity for line in shape.basket) > BASKET_MAX_MINOR:
        mistakes.add(mark_at(node, "basket"), "basket_too_large", "The basket is worth more than any may be. Split it.")


def _given(reward: RewardShape) -> tuple[object, ...]:
    return reward.points, reward.red_packet_minor, reward.coupon


def _run(case: Case, campaign: Campaign, known: Mapping[str, Campaign], filename: str, options: Options) -> CaseResult:
    shape = case.shape
    ids = dict.fromkeys([campaign.id, *shape.others, *shape.payer.coupons])
    catalogue = Catalogue.build([known[campaign_id] for campaign_id in ids if campaign_id in known], options)
    decision = decide(catalogue, facts_of(shape, campaign, catalogue))
    problems = differences(shape.expect, decision)
    return CaseResult(filename, case.mark.line, shape.case, problems)
