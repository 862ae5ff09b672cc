"""Every published version of every campaign and of the catalogue's options, and the revision of it all."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Index, Table, Text

from engine.store.metadata import metadata
from engine.store.script import Script, select

campaign_version = Table(
    "campaign_version",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "campaign:<id>", or "catalogue": the options of the whole
    Column("version", Text, primary_key=True),  # the content hash of its file
    Column("file_name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("published_at", BigInteger, nullable=False),  # when it last went live
    Column("revision", BigInteger, nullable=False),  # the catalogue's when it last went live, 0 before
    Column("state", Text, nullable=False),  # live | ended
    Index("campaign_version_by_state", "tenant_id", "state"),
)
#: One row; its lock puts publications in a line.
catalogue = Table(
    "catalogue",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "catalogue"
    Column("revision", BigInteger, nullable=False),
)


#: Where versions of the catalogue's options live; no campaign is called so, for its file's name is reserved.
OPTIONS_HOME: Final = "catalogue"


class LiveFile(Struct, frozen=True, kw_only=True):
    """A file that is live."""

    version: str
    name: str
    text: str


class LiveSet(Struct, frozen=True, kw_only=True):
    """Everything that is live at a revision, in the order of ids."""

    revision: int
    files: dict[str, LiveFile]  # by campaign id
    options: LiveFile | None  # None: the defaults


def revision_script(tenant_id: str) -> Script[int]:
    """Return the revision of the catalogue, 0 before the first publication."""
    rows = yield select(catalogue, tenant_id=tenant_id, home_id="catalogue")
    return rows[0]["revision"] if rows else 0


def live_script(tenant_id: str) -> Script[LiveSet]:
    """Read what is live. Run it as a snapshot: revision and files belong together."""
    revision = yield from revision_script(tenant_id)
    rows = yield select(campaign_version, tenant_id=tenant_id, state="live")
    files = {
        id_of_home(row["home_id"]): LiveFile(version=row["version"], name=row["file_name"], text=row["text"])
        for row in rows
    }
    return LiveSet(revision=revision, options=files.pop(OPTIONS_HOME, None), files=files)


def home_of(id_: str) -> str:
    """Return where the versions of a campaign live, or those of the options, whose id is ``catalogue``."""
    return OPTIONS_HOME if id_ == OPTIONS_HOME else f"campaign:{id_}"


def id_of_home(home_id: str) -> str:
    """Return the id whose versions live at *home_id*."""
    return home_id.removeprefix("campaign:")
