"""One process leads. On PostgreSQL by an advisory lock on its own direct connection; on SQLite who may write leads.

A connection pooler hands one session lock to two clients, so the lock's connection must not go through one. Keepalives
let the server see a cut network within about ten seconds and free the lock.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Final, Protocol

import asyncpg

from engine.settings import Settings
from engine.store.database import is_postgres

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 2.0
KEEPALIVES: Final = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}
log = logging.getLogger("youhui.jobs")


class Leadership(Protocol):
    """Says whether this process leads now."""

    async def leads(self) -> bool:
        """Try to lead, or check that one still does; never raises."""
        ...

    async def resign(self) -> None:
        """Let another lead."""
        ...


def leadership(settings: Settings) -> Leadership:
    """Return how a leader is found on the database of *settings*."""
    return _AdvisoryLock(settings) if is_postgres(settings.url) else _OnlyWriter()


class _OnlyWriter:
    async def leads(self) -> bool:
        """Return True: the database's file lock was taken when it was opened."""
        return True

    async def resign(self) -> None:
        """Nothing to give back before the database is closed."""


class _AdvisoryLock:
    def __init__(self, settings: Settings) -> None:
        """Lead for the tenant of *settings*."""
        digest = hashlib.blake2b(f"youhui jobs {settings.tenant_id}".encode(), digest_size=8).digest()
        self._lock_id = int.from_bytes(digest, signed=True)
        self._url = settings.url
        self._connection: asyncpg.Connection | None = None

    async def leads(self) -> bool:
        """Hold the lock, or try to take it."""
        try:
            if self._connection is not None:
                await self._connection.execute("select 1", timeout=ANSWER_SECONDS)
                return True
            return await self._try()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            log.warning("not leading: %s: %s", type(error).__name__, error)
            self._drop()
            return False

    async def resign(self) -> None:
        """Give the lock back by closing its connection."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            await connection.close(timeout=ANSWER_SECONDS)

    async def _try(self) -> bool:
        connection = await asyncpg.connect(
            self._url, timeout=CONNECT_SECONDS, statement_cache_size=0, server_settings=KEEPALIVES
        )
        taken = False
        try:
            taken = await connection.fetchval("select pg_try_advisory_lock($1)", self._lock_id, timeout=ANSWER_SECONDS)
        finally:
            if not taken:
                connection.terminate()
        self._connection = connection if taken else None
        return bool(taken)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
