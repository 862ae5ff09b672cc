"""The set-wise statements in PostgreSQL's words, written from table metadata once and kept: one array per column.

A text column is cast to ``text``, never to ``varchar(n)``: an explicit cast cuts in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import String, Table

from engine.store.core_text import POSTGRES
from engine.store.script import key_columns

_quote = POSTGRES.identifier_preparer.quote
_UNNEST: Final = re.compile(r"unnest\(([^()]*)\)")
_MARK: Final = re.compile(r"\$(\d+)")


class Part(NamedTuple):
    """One statement of several that are sent as one."""

    sql: str
    marks: int
    names: tuple[str, ...]  # of the columns that come back; none: a statement that only writes
    writes: bool


@cache
def match_text(table: Table, columns: tuple[str, ...], nulls: tuple[str, ...]) -> str:
    """Return SELECT by equal *columns* and null *nulls*, in the order of the primary key."""
    return f"{_select(table, columns, nulls)} ORDER BY {_order(table)}"


@cache
def lock_text(table: Table) -> str:
    """Return SELECT by primary key that locks the rows in the order of the key."""
    return f"{_select(table, key_columns(table), ())} ORDER BY {_order(table)} FOR UPDATE OF t"


@cache
def insert_text(table: Table) -> str:
    """Return INSERT of every column."""
    names = [column.name for column in table.columns]
    listed = ", ".join(_quote(name) for name in names)
    return f"INSERT INTO {_quote(table.name)} ({listed}) SELECT * FROM {_unnest(table, names)} AS k"


@cache
def insert_missing_text(table: Table, returning: tuple[str, ...]) -> str:
    """Return INSERT that leaves a taken primary key as it is."""
    keys = ", ".join(_quote(name) for name in key_columns(table))
    tail = f" RETURNING {', '.join(_quote(name) for name in returning)}" if returning else ""
    return f"{insert_text(table)} ON CONFLICT ({keys}) DO NOTHING{tail}"


@cache
def update_text(table: Table, columns: tuple[str, ...]) -> str:
    """Return UPDATE by primary key from arrays: first those of the key, then those of *columns*."""
    keys = key_columns(table)
    sets = ", ".join(f"{_quote(name)} = k.{_quote(name)}" for name in columns)
    return f"UPDATE {_quote(table.name)} AS t SET {sets} FROM {_keyed(table, (*keys, *columns))} WHERE {_joined(keys)}"


@cache
def delete_text(table: Table) -> str:
    """Return DELETE by primary key."""
    keys = key_columns(table)
    return f"DELETE FROM {_quote(table.name)} AS t USING {_keyed(table, keys)} WHERE {_joined(keys)}"


@cache
def one_text(sql: str) -> str:
    """Return a statement for arrays in the words for one row: plain values, which cost the planner less."""
    return _UNNEST.sub(lambda found: f"(VALUES ({found[1].replace('[]', '')}))", sql)


@cache
def together_text(parts: tuple[Part, ...]) -> str:
    """Return one SELECT with a column for each part: its rows as an array of records.

    The columns are worked out from left to right, each running its part when it is asked for: the order of locks stays.
    """
    writing, shown, before = [], [], 0
    for place, part in enumerate(parts):
        sql = _MARK.sub(lambda mark, by=before: f"${int(mark[1]) + by}", part.sql)  # type: ignore[misc]
        before += part.marks
        source = f"({sql})"
        if part.writes:
            writing.append(f"p{place} AS ({sql}{'' if part.names else ' RETURNING 1'})")
            source = f"p{place}"
        row = ", ".join(f"s.{_quote(name)}" for name in part.names)
        shown.append(f"(SELECT {f'array_agg(ROW({row}))' if part.names else 'count(*)'} FROM {source} AS s)")
    return (f"WITH {', '.join(writing)} " if writing else "") + f"SELECT {', '.join(shown)}"


def _select(table: Table, columns: tuple[str, ...], nulls: tuple[str, ...]) -> str:
    names = ", ".join(f"t.{_quote(column.name)}" for column in table.columns)
    source = f"{_quote(table.name)} AS t"
    if columns:
        source += f" JOIN {_keyed(table, columns)} ON {_joined(columns)}"
    where = " AND ".join(f"t.{_quote(name)} IS NULL" for name in nulls)
    return f"SELECT {names} FROM {source}" + (f" WHERE {where}" if where else "")


def _order(table: Table) -> str:
    columns = table.primary_key.columns
    return ", ".join(f"t.{_quote(c.name)}" + (' COLLATE "C"' if isinstance(c.type, String) else "") for c in columns)


def _keyed(table: Table, columns: Iterable[str]) -> str:
    listed = list(columns)
    return f"{_unnest(table, listed)} AS k ({', '.join(_quote(name) for name in listed)})"


def _joined(columns: Iterable[str]) -> str:
    return " AND ".join(f"t.{_quote(name)} = k.{_quote(name)}" for name in columns)


def _unnest(table: Table, columns: Iterable[str]) -> str:
    return f"unnest({', '.join(f'${place}::{_type(table, name)}[]' for place, name in enumerate(columns, 1))})"


def _type(table: Table, column: str) -> str:
    type_ = table.columns[column].type
    return "text" if isinstance(type_, String) else type_.compile(POSTGRES)
