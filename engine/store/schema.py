"""The schema is made by migrations only, on both databases; ``python -m engine.store.schema`` writes the first anew.

While nothing has shipped there is one migration, made from the metadata; the command overwrites it. Afterwards every
change is a migration of its own and the command refuses.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from engine.settings import Settings
from engine.store.database import is_postgres, sqlite_path
from engine.store.declared import all_tables
from engine.store.failures import unreachable
from engine.store.writer_lock import WriterLock

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_FIRST: Final = "0001"
#: A new migration is laid out by the formatter of the rest of the code.
_FORMATTED: Final = {
    "hooks": "ruff",
    "ruff.type": "module",
    "ruff.module": "ruff",
    "ruff.options": "format --quiet REVISION_SCRIPT_FILENAME",
}
#: One migrator at a time on PostgreSQL; the number is ours, nothing else uses advisory locks of this class.
_MIGRATOR_LOCK: Final = 7_968_755_001


def create_schema(settings: Settings) -> None:
    """Bring the database of *settings* to the newest schema; doing it again changes nothing.

    Raises: Unavailable ``database_in_use`` when another process writes to the same SQLite file; Unavailable
            ``database_unavailable`` when the database does not answer.
    """
    if is_postgres(settings.url):
        with ThreadPoolExecutor(1) as thread:  # a loop of its own, wherever the caller stands
            thread.submit(asyncio.run, _upgrade_postgres(settings.url)).result()
        return
    path = sqlite_path(settings.url)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = WriterLock(path)
    try:
        _upgrade_sqlite(path)
    finally:
        lock.release()


def upgrade(connection: Connection) -> None:
    """Run every migration that *connection*'s database has not seen."""
    command.upgrade(_config(connection), "head")


async def _upgrade_postgres(url: str) -> None:
    engine = create_async_engine("postgresql+asyncpg://" + url.split("://", 1)[1], poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATOR_LOCK})"))
            await connection.run_sync(upgrade)
    except OSError as error:
        raise unreachable(error) from error
    finally:
        await engine.dispose()


def _upgrade_sqlite(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    try:
        with engine.begin() as connection:
            upgrade(connection)
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    for name, value in _FORMATTED.items():
        config.set_section_option("post_write_hooks", name, value)
    return config


def write_first_migration() -> Path:
    """Write the first migration anew from the metadata and return its path.

    Raises: FileExistsError when a later migration exists: then the schema has shipped.
    """
    versions = _MIGRATIONS / "versions"
    later = [path.name for path in versions.glob("*.py") if not path.name.startswith(_FIRST)]
    if later:
        raise FileExistsError(f"the schema has shipped ({', '.join(later)}): add a migration instead")
    for path in versions.glob(f"{_FIRST}*.py"):
        path.unlink()
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        config = _config(connection)
        config.attributes["tables"] = all_tables()
        command.revision(config, message="first tables", rev_id=_FIRST, autogenerate=True)
    engine.dispose()
    return next(versions.glob(f"{_FIRST}*.py"))


if __name__ == "__main__":
    print(write_first_migration())  # noqa: T201 - a command prints
