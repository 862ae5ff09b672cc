"""The set-wise statements in SQLite's words, written from table metadata once and kept; one run per row."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Table

from engine.store.core_text import SQLITE
from engine.store.script import key_columns

_quote = SQLITE.identifier_preparer.quote


@cache
def match_text(table: Table, columns: tuple[str, ...], nulls: tuple[str, ...]) -> str:
    """Return SELECT by equal *columns* and null *nulls*, in the order of the primary key."""
    names = ", ".join(_quote(column.name) for column in table.columns)
    claims = [f"{_quote(name)} = ?" for name in columns] + [f"{_quote(name)} IS NULL" for name in nulls]
    where = f" WHERE {' AND '.join(claims)}" if claims else ""
    order = ", ".join(_quote(name) for name in key_columns(table))
    return f"SELECT {names} FROM {_quote(table.name)}{where} ORDER BY {order}"


@cache
def insert_text(table: Table) -> str:
    """Return INSERT of every column."""
    names = ", ".join(_quote(column.name) for column in table.columns)
    marks = ", ".join("?" for _ in table.columns)
    return f"INSERT INTO {_quote(table.name)} ({names}) VALUES ({marks})"


@cache
def insert_missing_text(table: Table, returning: tuple[str, ...]) -> str:
    """Return INSERT that leaves a taken primary key as it is."""
    keys = ", ".join(_quote(name) for name in key_columns(table))
    tail = f" RETURNING {', '.join(_quote(name) for name in returning)}" if returning else ""
    return f"{insert_text(table)} ON CONFLICT ({keys}) DO NOTHING{tail}"


@cache
def update_text(table: Table, columns: tuple[str, ...]) -> str:
    """Return UPDATE by primary key; numbered marks, so that a row is its key followed by the values."""
    keys = key_columns(table)
    sets = ", ".join(f"{_quote(name)} = ?{place}" for place, name in enumerate(columns, len(keys) + 1))
    return f"UPDATE {_quote(table.name)} SET {sets} WHERE {_numbered(keys)}"


@cache
def delete_text(table: Table) -> str:
    """Return DELETE by primary key."""
    return f"DELETE FROM {_quote(table.name)} WHERE {_numbered(key_columns(table))}"


def _numbered(keys: Iterable[str]) -> str:
    return " AND ".join(f"{_quote(name)} = ?{place}" for place, name in enumerate(keys, 1))
