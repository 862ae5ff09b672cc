"""A folder of campaigns with their cases, read together: what ``youhui check`` and ``youhui test`` look at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engine.rules.campaign import Campaign
from engine.rules.language.cases import SUFFIX, CaseResult, campaign_id_of, read_cases, run_cases
from engine.rules.language.catalogue_file import is_catalogue_file, read_catalogue
from engine.rules.language.mistakes import Mistake, did_you_mean
from engine.rules.options import Options


class Folder(NamedTuple):
    """What a folder holds. ``cases``: file name → text."""

    campaigns: tuple[Campaign, ...]
    mistakes: tuple[Mistake, ...]
    cases: dict[str, str]
    options: Options | None  # of the catalogue; None when their file has a mistake

    def run(self) -> list[CaseResult]:
        """Run every case beside every campaign, under the folder's own options; none when those can't be read."""
        if self.options is None:
            return []
        return [
            result
            for name, text in self.cases.items()
            for result in run_cases(self.campaigns, text, name, self.options)
        ]


def read_folder(files: Iterable[tuple[str, str]]) -> Folder:
    """Read (name, text) files; names that end in ``.cases.yaml`` are cases, the others campaigns and their options."""
    texts = dict(files)
    cases = {name: text for name, text in texts.items() if name.endswith(SUFFIX)}
    campaigns, options, mistakes = read_catalogue((name, text) for name, text in texts.items() if name not in cases)
    by_id = {campaign.id: campaign for campaign in campaigns}
    stems = {_beside(name): name for name in texts if name not in cases and not is_catalogue_file(name)}
    found = [*mistakes, *_without_cases(stems, cases)]
    for name, text in cases.items():
        if name not in stems:
            hint = did_you_mean(campaign_id_of(name), by_id)
            sentence = f"There is no campaign {campaign_id_of(name)!r} beside these cases.{hint}"
            found.append(Mistake(name, 1, 1, "cases_without_campaign", sentence))
        elif campaign_id_of(name) in by_id:
            found += read_cases(text, name, by_id[campaign_id_of(name)], by_id)[1]
    return Folder(campaigns, tuple(sorted(found)), cases, options)


def _beside(name: str) -> str:
    return name.removesuffix(".yaml") + SUFFIX


def _without_cases(stems: dict[str, str], cases: dict[str, str]) -> Iterable[Mistake]:
    for beside, name in stems.items():
        if beside not in cases:
            sentence = f"No case shows what this campaign does. Write {beside.rpartition('/')[2]!r}."
            yield Mistake(name, 1, 1, "no_cases", sentence)
