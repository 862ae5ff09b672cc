"""Statements of SQLAlchemy Core, compiled once per dialect and kept, for use on the raw drivers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Dialect, Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

SQLITE: Final[Dialect] = sqlite.dialect(paramstyle="named")
POSTGRES: Final[Dialect] = asyncpg.dialect()  # type: ignore[no-untyped-call]
#: Compiled statements kept; a statement built anew for each call falls out again.
STATEMENTS_KEPT: Final = 512


class Text(NamedTuple):
    """SQL text with its parameters, by name and by place."""

    sql: str
    named: Mapping[str, Any]
    placed: tuple[Any, ...]


def text_of(dialect: Dialect, statement: Executable, parameters: Mapping[str, Any]) -> Text:
    """Return *statement* in the words of *dialect*, lists for IN spread out.

    Raises: sqlalchemy.exc.InvalidRequestError when a parameter without a value is missing.
    """
    compiled = _compiled(dialect, statement)
    if compiled.post_compile_params:
        state = compiled.construct_expanded_state(dict(parameters))
        placed = tuple(state.positional_parameters) if compiled.positional else ()
        return Text(state.statement, state.parameters, placed)
    named = compiled.construct_params(dict(parameters), _check=True)
    return Text(compiled.string, named, tuple(named[name] for name in compiled.positiontup or ()))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _compiled(dialect: Dialect, statement: Executable) -> SQLCompiler:
    if not isinstance(statement, ClauseElement):
        raise TypeError(f"{type(statement).__name__} is not a statement of SQLAlchemy Core")
    compiled = statement.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("statements that define tables belong into a migration")
    return compiled
