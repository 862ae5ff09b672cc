"""From the files that are live to the catalogue that decides."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from engine.programs.campaign_versions import LiveFile, LiveSet
from engine.rules.campaign import Campaign
from engine.rules.catalogue import Catalogue
from engine.rules.language.catalogue_file import read_options
from engine.rules.language.read import read_campaign
from engine.rules.options import Options

log = logging.getLogger("youhui.publish")


def built(live: LiveSet, now: Catalogue) -> Catalogue | None:
    """Return what *live* is, with what *now* has in the same version; None when its options can't be read."""
    options = _options(live.options)
    return None if options is None else Catalogue.build(_campaigns(live.files, now.campaigns), options)


def _options(file: LiveFile | None) -> Options | None:
    if file is None:
        return Options()
    read = read_options(file.text, file.name)
    if read.options is None:
        # Published by a release that reads the language otherwise. Without its caps campaigns could give too much.
        log.error("the live catalogue can't be read, what ran before goes on: %s", read.mistakes[0])
    return read.options


def _campaigns(files: Mapping[str, LiveFile], known: Mapping[str, Campaign]) -> Iterable[Campaign]:
    """Read *files*, those that *known* has in the same version not again."""
    for campaign_id, file in files.items():
        have = known.get(campaign_id)
        if have is not None and have.version == file.version:
            yield have
            continue
        reading = read_campaign(file.text, f"{campaign_id}.yaml")
        if reading.campaign is None:
            # Published by a release that reads the language otherwise. The others must go on running.
            log.error("the live campaign %s can't be read: %s", campaign_id, reading.mistakes[0])
            continue
        yield reading.campaign
