"""The embedded database: one writer thread that owns the only writing connection, and a few reading threads.

Write transactions begin with BEGIN IMMEDIATE (a deferred one that reads and then writes loses updates), WAL with
``synchronous=FULL`` makes a commit durable, and a reading script sees one snapshot.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from engine.store import sqlite_text as words
from engine.store.core_text import SQLITE, text_of
from engine.store.failures import RuleBroken, unreachable
from engine.store.script import (
    Core,
    Delete,
    Insert,
    InsertMissing,
    Lock,
    Match,
    Row,
    Script,
    Statement,
    Together,
    Update,
    key_columns,
)
from engine.store.writer_lock import WriterLock

T = TypeVar("T")
READERS: Final = 3
BUSY_TIMEOUT_MS: Final = 5_000
#: What the file system or another program did to us, as against a mistake in a statement.
_UNREACHABLE: Final = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
}


class SqliteDatabase:
    """A database file; see ``engine.store.database.Database`` for what callers use."""

    def __init__(self, path: Path, lock: WriterLock | None) -> None:
        """Use *path*; without *lock* it only reads."""
        self._path, self._lock = path, lock
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        self._readers = ThreadPoolExecutor(READERS, "sqlite-reader")
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._closed = False

    async def read(self, script: Script[T]) -> T:
        """Run a reading *script* in one snapshot."""
        return await self._in(self._readers, lambda: self._run(self._connection("query_only=ON"), "BEGIN", script))

    snapshot = read

    async def write(self, script: Script[T]) -> T:
        """Run *script* in one transaction, durable when this returns."""
        pragmas = ("query_only=ON",) if self._lock is None else ()
        return await self._in(self._writer, lambda: self._run(self._connection(*pragmas), "BEGIN IMMEDIATE", script))

    async def close(self) -> None:
        """Wait for what runs, then close; calling it again does nothing."""
        if self._closed:
            return
        self._closed = True
        for pool in (self._readers, self._writer):
            await asyncio.to_thread(pool.shutdown)
        for connection in self._opened:
            connection.close()
        if self._lock is not None:
            self._lock.release()

    async def _in(self, pool: ThreadPoolExecutor, job: Callable[[], T]) -> T:
        """Run *job* in *pool*; a caller who goes away does not stop it."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(pool, job))

    def _connection(self, *pragmas: str) -> sqlite3.Connection:
        """Return this thread's connection, opened at its first use."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            try:
                connection = connect(self._path, *pragmas)
            except sqlite3.Error as error:
                raise unreachable(error) from error
            self._local.connection = connection
            self._opened.append(connection)
        return connection

    def _run(self, connection: sqlite3.Connection, begin: str, script: Script[T]) -> T:
        try:
            connection.execute(begin)
            result = _play(connection, script)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            _roll_back(connection, script)
            raise _told(error) from error
        except BaseException:
            _roll_back(connection, script)
            raise
        return result


def connect(path: Path, *pragmas: str) -> sqlite3.Connection:
    """Open *path* the way every connection of ours is: WAL, durable, foreign keys, no hidden transactions."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    connection.row_factory = _as_dict
    settings = (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", *pragmas)
    for setting in settings:
        connection.execute(f"PRAGMA {setting}")
    return connection


def _as_dict(cursor: sqlite3.Cursor, values: tuple[object, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}


def _play(connection: sqlite3.Connection, script: Script[T]) -> T:
    try:
        statement = next(script)
        while True:
            statement = script.send(_execute(connection, statement))
    except StopIteration as done:
        result: T = done.value
        return result


def _execute(connection: sqlite3.Connection, statement: Statement) -> list[Row]:
    match statement:
        case Match(table, columns, keys, nulls):
            text = words.match_text(table, columns, nulls)
            return [row for key in keys for row in connection.execute(text, key)]
        case Lock(table, keys):
            text = words.match_text(table, key_columns(table), ())
            return [row for key in keys for row in connection.execute(text, key)]
        case Insert(table, rows):
            connection.executemany(words.insert_text(table), rows)
        case InsertMissing(table, rows, ()):
            connection.executemany(words.insert_missing_text(table, ()), rows)
        case InsertMissing(table, rows, returning):
            text = words.insert_missing_text(table, returning)
            return [new for row in rows for new in connection.execute(text, row).fetchall()]
        case Update(table, columns, rows):
            connection.executemany(words.update_text(table, columns), rows)
        case Delete(table, keys):
            connection.executemany(words.delete_text(table), keys)
        case Together(statements):
            return [{"rows": _execute(connection, one)} for one in statements]
        case Core(core, parameters):
            text_ = text_of(SQLITE, core, parameters)
            return connection.execute(text_.sql, dict(text_.named)).fetchall()
    return []  # Patience changes nothing either: one writer, nobody else holds a lock


def _roll_back(connection: sqlite3.Connection, script: Script[T]) -> None:
    script.close()
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _told(error: sqlite3.Error) -> Exception:
    """Return *error* in the words of both databases."""
    if isinstance(error, sqlite3.IntegrityError):
        return RuleBroken(str(error))
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _UNREACHABLE:
        return unreachable(error)
    return error
