"""What a check is: how many rows it looks at, and which of them break its rule."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import TextClause, text


class Check(NamedTuple):
    """A rule of the books. ``looked_at`` gives one number; ``broken`` a ``subject`` and ``detail`` per broken row."""

    name: str
    looked_at: TextClause
    broken: TextClause


def check(name: str, *, of: str, broken: str) -> Check:
    """Return a check over the rows of table *of*; *broken* is SQL with ``:tenant_id``, understood by both databases."""
    return Check(name, text(f"SELECT COUNT(*) AS n FROM {of} WHERE tenant_id = :tenant_id"), text(broken))
