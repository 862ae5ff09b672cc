"""A script is database work without input or output: a generator that yields statements and is sent rows.

    def balance(tenant_id, member_id) -> Script[int]:
        rows = yield select(account, tenant_id=tenant_id, home_id=member_id)
        return sum(row["posted_minor"] for row in rows)

The same script runs in SQLite's threads and on asyncpg. A script builds on another with ``yield from``.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias, TypeVar

from sqlalchemy import Executable, Table

T = TypeVar("T")
Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[Any, ...]


class Match(NamedTuple):
    """Rows whose *columns* equal one of *keys* and whose *nulls* are null, by primary key; locked when asked."""

    table: Table
    columns: tuple[str, ...]
    keys: Sequence[Key]
    nulls: tuple[str, ...] = ()


class Lock(NamedTuple):
    """The rows of these primary keys, locked until the end of the transaction in the order of their keys."""

    table: Table
    keys: Sequence[Key]


class Insert(NamedTuple):
    """New rows, each a value per column."""

    table: Table
    rows: Sequence[Key]


class InsertMissing(NamedTuple):
    """New rows where the primary key is free; those taken stay as they are. Gives back the *returning* of the new."""

    table: Table
    rows: Sequence[Key]
    returning: tuple[str, ...] = ()


class Update(NamedTuple):
    """New values of *columns*; each row is its primary key followed by the values."""

    table: Table
    columns: tuple[str, ...]
    rows: Sequence[Key]


class Delete(NamedTuple):
    """Rows to remove, by primary key."""

    table: Table
    keys: Sequence[Key]


class Core(NamedTuple):
    """A statement of SQLAlchemy Core with its parameters. Declare it once per module: its text is kept by identity."""

    statement: Executable
    parameters: Mapping[str, Any]


class Patience(NamedTuple):
    """How long the rest of the transaction waits for somebody else's lock."""

    milliseconds: int


SetWise: TypeAlias = Match | Lock | Insert | InsertMissing | Update | Delete


class Together(NamedTuple):
    """Set-wise statements in one round trip, in their order; gives back one row each: ``{"rows": its rows}``.

    On PostgreSQL all of them see the state before the first one, and rows that others committed before it began.
    """

    statements: tuple[SetWise, ...]


Statement: TypeAlias = SetWise | Together | Core | Patience
Script: TypeAlias = Generator[Statement, list[Row], T]


def select(table: Table, **equals: object) -> Match:
    """Return the rows whose columns equal *equals* (None: is null), in the order of their primary key."""
    columns = tuple(name for name, value in equals.items() if value is not None)
    nulls = tuple(name for name, value in equals.items() if value is None)
    return Match(table, columns, [tuple(equals[name] for name in columns)], nulls)


def select_keys(table: Table, keys: Iterable[Key]) -> Match:
    """Return the rows of these primary keys, those that exist."""
    return Match(table, key_columns(table), list(dict.fromkeys(keys)))


def select_any(table: Table, columns: Sequence[str], values: Iterable[Key]) -> Match:
    """Return the rows whose *columns* equal one of *values*; None is not a value here."""
    return Match(table, tuple(columns), list(dict.fromkeys(values)))


def lock(table: Table, keys: Iterable[Key]) -> Lock:
    """Lock and return the rows of these primary keys, those that exist, sorted."""
    return Lock(table, sorted(set(keys)))


def insert(table: Table, rows: Iterable[Mapping[str, object]]) -> Insert:
    """Add *rows*, sorted by primary key so that no two writers wait for each other in a ring."""
    return Insert(table, _filled(table, rows))


def insert_missing(
    table: Table, rows: Iterable[Mapping[str, object]], *, returning: Sequence[str] | None = None
) -> InsertMissing:
    """Add *rows* whose primary key is free, sorted; return the new ones (*returning*: which columns, default all)."""
    names = tuple(column.name for column in table.columns) if returning is None else tuple(returning)
    return InsertMissing(table, _filled(table, rows), names)


def update(table: Table, rows: Iterable[Mapping[str, object]]) -> Update:
    """Change rows by primary key; every row names the same columns.

    Raises: ValueError when the rows name different columns, or no row is given.
    """
    listed = list(rows)
    keys = key_columns(table)
    names = {frozenset(row) for row in listed}
    if len(names) != 1:
        raise ValueError(f"an update of {table.name} names one set of columns, not {len(names)}")
    columns = tuple(column.name for column in table.columns if column.name in listed[0] and column.name not in keys)
    if len(columns) + len(keys) != len(listed[0]):
        raise ValueError(f"an update of {table.name} names its whole key and columns that it has: {sorted(listed[0])}")
    return Update(table, columns, sorted(tuple(row[name] for name in (*keys, *columns)) for row in listed))


def delete(table: Table, keys: Iterable[Key]) -> Delete:
    """Remove the rows of these primary keys."""
    return Delete(table, sorted(set(keys)))


def query(core_select: Executable, **parameters: object) -> Core:
    """Run a SELECT of SQLAlchemy Core."""
    return Core(core_select, parameters)


def execute(core_statement: Executable, **parameters: object) -> Core:
    """Run any statement of SQLAlchemy Core; rows come back only where it returns some."""
    return Core(core_statement, parameters)


def together(statements: Iterable[SetWise]) -> Script[list[list[Row]]]:
    """Run *statements*, which must not depend on each other's changes, and return the rows of each."""
    listed = tuple(statements)
    if len(listed) > 1:
        return [row["rows"] for row in (yield Together(listed))]
    return [(yield listed[0])] if listed else []


def read(statement: Statement) -> Script[list[Row]]:
    """Return the script of one *statement*."""
    return (yield statement)


@cache
def key_columns(table: Table) -> tuple[str, ...]:
    """Return the names of the primary key's columns, in the order of the table."""
    return tuple(column.name for column in table.primary_key.columns)


def filled(table: Table, row: Mapping[str, object]) -> Row:
    """Return *row* with every column of *table*, in their order: a default, or None, where it names none.

    Raises: ValueError when it names a column that the table does not have.
    """
    defaults = _defaults(table)
    if not row.keys() <= defaults.keys():
        raise ValueError(f"{table.name} has no column {sorted(row.keys() - defaults.keys())}")
    return {**defaults, **row}


def _filled(table: Table, rows: Iterable[Mapping[str, object]]) -> list[Key]:
    """Return *rows* as tuples over every column of *table*, sorted by primary key."""
    rows_ = [filled(table, row) for row in rows]
    rows_.sort(key=itemgetter(*key_columns(table)))
    return [tuple(row.values()) for row in rows_]


@cache
def _defaults(table: Table) -> Row:
    return {column.name: getattr(column.default, "arg", None) for column in table.columns}
