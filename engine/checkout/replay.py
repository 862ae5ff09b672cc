"""Decides a stored payment again, on its own facts: the same campaign versions give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from engine.checkout.receipt import payment_script, unknown
from engine.checkout.terms import Terms, kept
from engine.desk import Desk
from engine.errors import NotFound
from engine.programs.campaign_versions import OPTIONS_HOME, campaign_version, home_of, id_of_home
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.facts import Facts
from engine.rules.language.catalogue_file import read_options
from engine.rules.language.read import read_campaign
from engine.rules.options import Options
from engine.store.script import Row, Script, select_keys


class Replayed(NamedTuple):
    """The stored decision and the one made again, as JSON."""

    stored: bytes
    again: bytes

    @property
    def same(self) -> bool:
        """Whether both are the same, byte for byte."""
        return self.stored == self.again


async def replay(desk: Desk, payment_id: str) -> Replayed:
    """Decide the payment again with the campaign versions, and the version of the options, that decided it.

    Raises: NotFound ``payment_not_found``; NotFound ``campaign_not_found`` when a version is not kept any more.
    """
    found = await desk.database.read(payment_script(desk.settings.tenant_id, payment_id))
    if found is None:
        raise unknown(payment_id)
    row = found.payment
    terms = msgspec.json.decode(row["terms"], type=Terms)
    versions = {**terms.versions, **({OPTIONS_HOME: terms.options} if terms.options else {})}
    files = await desk.database.read(_files_script(desk.settings.tenant_id, versions))
    return replayed(row, _catalogue(files, versions))


def replayed(row: Mapping[str, Any], catalogue: Catalogue) -> Replayed:
    """Decide the payment of *row* again with *catalogue*."""
    again = decide(catalogue, msgspec.json.decode(row["facts"], type=Facts))
    return Replayed(row["decision"].encode(), msgspec.json.encode(kept(again)))


def _files_script(tenant_id: str, versions: Mapping[str, str]) -> Script[list[Row]]:
    keys = [(tenant_id, home_of(id_), version) for id_, version in versions.items()]
    return (yield select_keys(campaign_version, keys))


def _catalogue(files: list[Row], versions: Mapping[str, str]) -> Catalogue:
    row_by_id = {id_of_home(row["home_id"]): row for row in files}
    options_row = row_by_id.pop(OPTIONS_HOME, None)
    options = read_options(options_row["text"], options_row["file_name"]).options if options_row else None
    readings = [read_campaign(row["text"], row["file_name"]) for row in row_by_id.values()]
    campaigns = {reading.campaign.id: reading.campaign for reading in readings if reading.campaign}
    known = {*campaigns, *([OPTIONS_HOME] if options else [])}
    for id_ in versions:
        if id_ not in known:
            raise NotFound("campaign_not_found", f"The version of {id_} that decided is not kept.", campaign_id=id_)
    return Catalogue.build(campaigns.values(), options or Options())
