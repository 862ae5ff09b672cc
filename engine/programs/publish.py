"""Putting campaign files and the catalogue's options live, and noticing what others put live.

Every version stays; a campaign has at most one live version, and so have the options. A publication is checked
together with everything that stays live, so that no file refers to a campaign that is not there, and goes live as a
whole or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from engine.desk import Desk
from engine.errors import Conflict, Invalid
from engine.ledger.work import Answer, Lock, Read, Rows, Work
from engine.programs.campaign_versions import (
    LiveSet,
    campaign_version,
    catalogue,
    home_of,
    id_of_home,
    live_script,
    revision_script,
)
from engine.programs.live_catalogue import built
from engine.rules.language.catalogue_file import CatalogueRead, read_catalogue
from engine.rules.language.catalogue_shape import CATALOGUE_FILE
from engine.store.instants import to_micros
from engine.wire.campaigns import Published, PublishRequest

MISTAKES_SHOWN: Final = 200
SUFFIX: Final = ".yaml"


async def publish(desk: Desk, asked: PublishRequest, *, caller: str, key: str, fingerprint: bytes) -> Answer:
    """Put *asked* live here and everywhere; the answer's body is the wire ``Published``.

    Shape:  kind done, or conflict (``version_conflict``: somebody else published in between).
    Raises: Invalid ``campaign_invalid`` with every mistake, ``invalid_field`` when two files have one name; whatever
            ``Sequencer.submit`` raises.
    """
    tenant_id = desk.settings.tenant_id
    before = await desk.database.snapshot(live_script(tenant_id))
    read = await asyncio.to_thread(_checked, asked, before)
    publication = _Publication(tenant_id, asked, read, before.revision, desk.clock.now())
    answer = await desk.sequencer.submit(
        Work(
            tenant_id=tenant_id,
            caller=caller,
            key=key,
            fingerprint=fingerprint,
            locks=publication.locks(),
            reads=[Read(campaign_version, {"tenant_id": tenant_id, "state": "live"})],
            decide=publication.decide,
        )
    )
    await refresh(desk)
    return answer


async def refresh(desk: Desk) -> bool:
    """Take over what is live in the database; return whether that changed anything. Called every second."""
    tenant_id = desk.settings.tenant_id
    if await desk.database.read(revision_script(tenant_id)) == desk.revision:
        return False
    live = await desk.database.snapshot(live_script(tenant_id))
    taken = await asyncio.to_thread(built, live, desk.catalogue)
    if taken is None or live.revision <= desk.revision:
        return False
    desk.catalogue, desk.revision = taken, live.revision
    return True


class _Publication:
    """Checked files on their way into the database."""

    def __init__(
        self, tenant_id: str, asked: PublishRequest, read: CatalogueRead, revision: int, now: datetime
    ) -> None:
        self._tenant_id, self._replace_all, self._revision, self._now = tenant_id, asked.replace_all, revision, now
        self._file_by_id = {_id_of_name(file.name): file for file in asked.files}
        versions = _version_by_id(read)
        self._version_by_id = {id_: versions[id_] for id_ in self._file_by_id}
        self._catalogue_key = (tenant_id, "catalogue")

    def locks(self) -> list[Lock]:
        """Name the catalogue's row, whose lock puts publications in a line, and the row of every version."""
        versions = [Lock(campaign_version, self._key(id_), self._unborn(id_)) for id_ in self._version_by_id]
        return [Lock(catalogue, self._catalogue_key, {"revision": 0}), *versions]

    def decide(self, rows: Rows) -> Answer:
        """Put the new versions live and end the ones they replace."""
        head = rows.get(catalogue, self._catalogue_key) or {}
        if head["revision"] != self._revision:
            raise Conflict(
                "version_conflict", "Somebody else published in between. Look at what is live, publish again."
            )
        live = {
            id_of_home(str(row["home_id"])): row
            for row in rows.read(campaign_version, tenant_id=self._tenant_id, state="live")
        }
        wanted = self._version_by_id
        added = sorted(wanted.keys() - live.keys())
        changed = sorted(id_ for id_ in wanted.keys() & live.keys() if live[id_]["version"] != wanted[id_])
        ended = sorted(live.keys() - wanted.keys()) if self._replace_all else []
        revision = self._revision + bool(added or changed or ended)
        for id_ in [*changed, *ended]:
            rows.update(campaign_version, _primary_key(live[id_]), state="ended")
        for id_ in [*added, *changed]:
            rows.update(
                campaign_version,
                self._key(id_),
                state="live",
                file_name=self._file_by_id[id_].name,
                published_at=to_micros(self._now),
                revision=revision,
            )
        rows.update(catalogue, self._catalogue_key, revision=revision)
        unchanged = len(wanted) - len(added) - len(changed)
        published = Published(
            revision=revision, added=tuple(added), changed=tuple(changed), ended=tuple(ended), unchanged=unchanged
        )
        return Answer("done", "", msgspec.json.encode(published))

    def _key(self, campaign_id: str) -> tuple[str, str, str]:
        return (self._tenant_id, home_of(campaign_id), self._version_by_id[campaign_id])

    def _unborn(self, campaign_id: str) -> dict[str, object]:
        file = self._file_by_id[campaign_id]
        return {"file_name": file.name, "text": file.text, "published_at": 0, "revision": 0, "state": "ended"}


def _version_by_id(read: CatalogueRead) -> dict[str, str]:
    options = read.options.version if read.options else ""
    return {one.id: one.version for one in read.campaigns} | {_id_of_name(CATALOGUE_FILE): options}


def _checked(asked: PublishRequest, before: LiveSet) -> CatalogueRead:
    """Return everything that would be live. Raises: as ``publish``."""
    names = [file.name for file in asked.files]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid("invalid_field", f"Two files are called {twice}. Send each once.", path="files")
    text_by_name = {} if asked.replace_all else _text_by_name(before)
    text_by_name.update({file.name: file.text for file in asked.files})
    read = read_catalogue(sorted(text_by_name.items()))
    mistakes = read.mistakes
    if mistakes:
        count = f"{len(mistakes)} mistakes" if len(mistakes) > 1 else "1 mistake"
        raise Invalid(
            "campaign_invalid",
            f"{count}; nothing was published. The first: {mistakes[0]}",
            mistakes=[_shown(mistake) for mistake in mistakes[:MISTAKES_SHOWN]],
            count=len(mistakes),
        )
    return read


def _text_by_name(live: LiveSet) -> dict[str, str]:
    options = {CATALOGUE_FILE: live.options.text} if live.options else {}
    return {f"{id_}{SUFFIX}": file.text for id_, file in live.files.items()} | options


def _shown(mistake: Any) -> dict[str, Any]:
    keys = ("file", "line", "column", "code", "sentence")
    return {key: getattr(mistake, key) for key in keys} | {"text": str(mistake)}


def _id_of_name(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(SUFFIX)


def _primary_key(row: Mapping[str, object]) -> tuple[str, str, str]:
    return (str(row["tenant_id"]), str(row["home_id"]), str(row["version"]))
