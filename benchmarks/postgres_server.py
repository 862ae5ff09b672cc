"""The bundled PostgreSQL as one would run it: ``fsync`` and ``synchronous_commit`` on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from tests.databases import PostgresServer


@contextmanager
def durable_postgres() -> Iterator[PostgresServer]:
    """Start a server in a temporary folder; it is stopped and removed at the end."""
    server = PostgresServer()
    try:
        asyncio.run(_durable(server.url("postgres")))
        yield server
    finally:
        server.stop()


async def _durable(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ALTER SYSTEM SET fsync = on")
        await connection.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(0.5)
    finally:
        await connection.close()
    again = await asyncpg.connect(url)
    try:
        told = [await again.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
        assert told == ["on", "on"], told
    finally:
        await again.close()
