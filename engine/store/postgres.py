"""The server database: asyncpg's pool with every wait bounded, so that a dead network fails in seconds and heals."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy import Table

from engine.store import postgres_text as words
from engine.store.core_text import POSTGRES, text_of
from engine.store.failures import Contended, RuleBroken, unreachable
from engine.store.script import (
    Core,
    Delete,
    Insert,
    InsertMissing,
    Key,
    Lock,
    Match,
    Patience,
    Row,
    Script,
    SetWise,
    Statement,
    Together,
    Update,
    key_columns,
)

T = TypeVar("T")
CONNECTIONS: Final = 10
#: Everything a caller waits for ends within 5 s: a connection, a lock, a statement.
CONNECT_SECONDS: Final = 2.0
COMMAND_SECONDS: Final = 4.2
LOCK_WAIT_MS: Final = 4_000
_SERVER_SETTINGS: Final = {
    "application_name": "youhui",
    "lock_timeout": str(LOCK_WAIT_MS),
    "statement_timeout": "5000",
    # We never pause within a transaction, so one that does has lost its network: its locks are free again after this.
    "idle_in_transaction_session_timeout": "5000",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "jit": "off",
}
_CONTENDED: Final = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)
#: After these a connection is of no use any more.
_DEAD: Final = (TimeoutError, asyncpg.InternalClientError)
_UNREACHABLE: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # "another operation is in progress": the connection died in the middle of one
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


class PostgresDatabase:
    """A database on a server; see ``engine.store.database.Database`` for what callers use."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        """Use *pool*."""
        self._pool = pool

    async def read(self, script: Script[T]) -> T:
        """Run a reading *script*; each statement sees what was committed before it."""
        return await self._run(script, None)

    async def snapshot(self, script: Script[T]) -> T:
        """Run a reading *script* in one snapshot."""
        return await self._run(script, {"isolation": "repeatable_read", "readonly": True})

    async def write(self, script: Script[T]) -> T:
        """Run *script* in one transaction, durable when this returns."""
        return await self._run(script, {})

    async def close(self) -> None:
        """Close every connection; calling it again does nothing."""
        if not self._pool.is_closing():
            await self._pool.close()

    async def _run(self, script: Script[T], transaction: dict[str, Any] | None) -> T:
        try:
            async with _acquired(self._pool) as connection:
                try:
                    if transaction is None:
                        return await _play(connection, script)
                    async with connection.transaction(**transaction):
                        return await _play(connection, script)
                except _DEAD:  # at COMMIT
                    connection.terminate()
                    raise
        except asyncpg.IntegrityConstraintViolationError as error:
            raise RuleBroken(str(error)) from error
        except _CONTENDED as error:
            raise Contended(str(error)) from error
        except _UNREACHABLE as error:
            await self._pool.expire_connections()  # the idle ones went through the same network: don't try each in turn
            raise unreachable(error) from error
        finally:
            script.close()


async def open_pool(url: str, **settings: str) -> PostgresDatabase:
    """Open *url* (``postgresql://user@host/name``); *settings* are set on every connection.

    Raises: Unavailable ``database_unavailable`` when nobody answers there.
    """
    try:
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=CONNECTIONS,
            command_timeout=COMMAND_SECONDS,
            timeout=CONNECT_SECONDS,
            max_cacheable_statement_size=0,  # several in one are long
            reset=_as_it_is,
            server_settings={**_SERVER_SETTINGS, **settings},
        )
    except _UNREACHABLE as error:
        raise unreachable(error) from error
    return PostgresDatabase(pool)


async def _as_it_is(_connection: asyncpg.Connection[Any]) -> None:
    """Give a connection back without asking for anything: we set nothing that outlives a transaction."""


def _acquired(pool: asyncpg.Pool[Any]) -> AbstractAsyncContextManager[asyncpg.Connection[Any]]:
    acquired: AbstractAsyncContextManager[asyncpg.Connection[Any]] = pool.acquire(timeout=CONNECT_SECONDS)
    return acquired


async def _play(connection: asyncpg.Connection[Any], script: Script[T]) -> T:
    try:
        statement = next(script)
        while True:
            try:
                rows = await _execute(connection, statement)
            except _DEAD:
                connection.terminate()  # a ROLLBACK on a line that is cut would wait as long again
                raise
            except _CONTENDED as error:
                script.throw(Contended(str(error)))  # the script may say what it waited for
                raise
            statement = script.send(rows)
    except StopIteration as done:
        result: T = done.value
        return result


async def _execute(connection: asyncpg.Connection[Any], statement: Statement) -> list[Row]:
    match statement:
        case Together(statements):
            return await _execute_together(connection, statements)
        case Core(core, parameters):
            text = text_of(POSTGRES, core, parameters)
            sql, arguments = text.sql, text.placed
        case Patience(milliseconds):
            sql, arguments = f"SET LOCAL lock_timeout = {milliseconds:d}", ()
        case _:
            part, arguments = _words(statement)
            sql = part.sql
    return [dict(row) for row in await connection.fetch(sql, *arguments)]


async def _execute_together(connection: asyncpg.Connection[Any], statements: tuple[SetWise, ...]) -> list[Row]:
    worded = [_words(statement) for statement in statements]
    parts = tuple(part for part, _ in worded)
    values = [value for _, arguments in worded for value in arguments]
    found = await connection.fetchrow(words.together_text(parts), *values)
    return [{"rows": _records(part.names, shown)} for part, shown in zip(parts, found or (), strict=True)]


def _records(names: tuple[str, ...], shown: Any) -> list[Row]:
    """Return the rows of one part: an array of records, null when there is none; a count when it only writes."""
    return [dict(zip(names, record, strict=True)) for record in shown or ()] if names else []


def _words(statement: SetWise) -> tuple[words.Part, tuple[Any, ...]]:
    table = statement.table
    writes = True
    names: tuple[str, ...] = ()
    match statement:
        case Match(_, columns, rows, nulls):
            sql, width = words.match_text(table, columns, nulls), len(columns)
            writes, names = False, _names(table)
        case Lock(_, rows):
            sql, width = words.lock_text(table), len(key_columns(table))
            writes, names = False, _names(table)
        case Insert(_, rows):
            sql, width = words.insert_text(table), len(table.columns)
        case InsertMissing(_, rows, names):
            sql, width = words.insert_missing_text(table, names), len(table.columns)
        case Update(_, columns, rows):
            sql, width = words.update_text(table, columns), len(key_columns(table)) + len(columns)
        case Delete(_, rows):
            sql, width = words.delete_text(table), len(key_columns(table))
    if len(rows) == 1:
        return words.Part(words.one_text(sql), width, names, writes), tuple(rows[0])
    return words.Part(sql, width, names, writes), _arrays(rows, width)


@cache
def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def _arrays(rows: Any, width: int) -> tuple[list[Any], ...]:
    """Turn rows into one array per column."""
    listed: list[Key] = list(rows)
    return tuple([row[place] for row in listed] for place in range(width))
