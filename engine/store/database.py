"""The database behind one setting: ``sqlite:///path`` or ``postgresql://user@host/name``.

database = await open_database(settings)
member = await database.read(member_script(tenant_id, member_id))
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol, TypeVar
from urllib.parse import urlsplit

from engine.errors import Invalid
from engine.settings import Settings
from engine.store.postgres import open_pool
from engine.store.script import Script
from engine.store.sqlite import SqliteDatabase
from engine.store.writer_lock import WriterLock

T = TypeVar("T")
_POSTGRES: Final = ("postgresql", "postgres")


class Database(Protocol):
    """Runs scripts. A failed one leaves nothing behind.

    Raises: Unavailable ``database_unavailable`` when the database does not answer; RuleBroken when a constraint
            refuses; Contended when another transaction stood in the way.
    """

    async def read(self, script: Script[T]) -> T:
        """Run a reading *script*; statements of one script may see commits made in between."""
        ...

    async def snapshot(self, script: Script[T]) -> T:
        """Run a reading *script* whose statements all see the same state."""
        ...

    async def write(self, script: Script[T]) -> T:
        """Run *script* in one transaction, durable when this returns."""
        ...

    async def close(self) -> None:
        """Wait for what runs, then close; calling it again does nothing."""
        ...


async def open_database(settings: Settings) -> Database:
    """Open the database for reading and writing.

    Raises: Unavailable ``database_unavailable``; Unavailable ``database_in_use`` when another process writes to the
            same SQLite file; Invalid ``invalid_field`` when the URL is of neither database.
    """
    if is_postgres(settings.url):
        return await open_pool(settings.url)
    path = sqlite_path(settings.url)
    path.parent.mkdir(parents=True, exist_ok=True)
    return SqliteDatabase(path, WriterLock(path))


async def open_for_reading(settings: Settings) -> Database:
    """Open the database for reading beside a process that writes (the command line beside a running server).

    Raises: as ``open_database``, without ``database_in_use``.
    """
    if is_postgres(settings.url):
        return await open_pool(settings.url, default_transaction_read_only="on")
    return SqliteDatabase(sqlite_path(settings.url), None)


def is_postgres(url: str) -> bool:
    """Whether *url* names a PostgreSQL database."""
    return urlsplit(url).scheme in _POSTGRES


def sqlite_path(url: str) -> Path:
    """Return the file that *url* names: ``sqlite:///relative`` or ``sqlite:////absolute``.

    Raises: Invalid ``invalid_field`` when it names none.
    """
    prefix = "sqlite:///"
    if not url.startswith(prefix) or len(url) == len(prefix):
        raise Invalid(
            "invalid_field",
            "YOUHUI_DATABASE_URL must be sqlite:///path or postgresql://user@host/name.",
            field="database_url",
        )
    return Path(url.removeprefix(prefix))
