"""A piece of work for the sequencer: what to lock, what to read under the lock, and what to decide in memory.

The caller names everything it will touch beforehand; ``decide`` is pure but for the rows it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

import msgspec
from sqlalchemy import Table

from engine.errors import Conflict, Refused


class Lock(NamedTuple):
    """One row to lock by primary key. With *default* it is inserted first when missing."""

    table: Table
    key: tuple[str, ...]  # primary key values in column order, from tenant_id on
    default: Mapping[str, object] | None = None  # the other columns


class Read(NamedTuple):
    """Rows to read after the locks are held (children of a locked row); a column → value filter."""

    table: Table
    equals: Mapping[str, object]


class Answer(NamedTuple):
    """What the caller gets, and what a repeat of the same Idempotency-Key gets again, byte for byte."""

    kind: Literal["done", "refused", "conflict"]
    code: str  # "" when done, "pending" when done but not yet at its end, else the error's code
    body: bytes  # JSON


def refusal(no: Refused | Conflict) -> Answer:
    """Return the answer of a decision that was no; its body is what the edge needs to say it again."""
    body = {"code": no.code, "title": no.title, "detail": no.detail, "fields": no.fields}
    kind: Literal["refused", "conflict"] = "refused" if isinstance(no, Refused) else "conflict"
    return Answer(kind, no.code, msgspec.json.encode(body, enc_hook=str))


class Rows(Protocol):
    """The rows a piece of work sees and changes; nothing reaches the database before all of the batch is decided."""

    def get(self, table: Table, key: tuple[str, ...]) -> dict[str, object] | None:
        """Return the locked row as changed so far, or None when there is none. KeyError when it was not named."""
        ...

    def read(self, table: Table, **equals: object) -> list[dict[str, object]]:
        """Return the rows of a declared Read, with the changes of this batch. KeyError when it was not named."""
        ...

    def update(self, table: Table, key: tuple[str, ...], **changes: object) -> None:
        """Change columns of a locked or read row."""
        ...

    def insert(self, table: Table, **values: object) -> None:
        """Add a row."""
        ...


@dataclass(frozen=True, kw_only=True)
class Work:
    """One item of a batch.

    *decide* returns an Answer, or raises: Refused and Conflict discard this item's changes and are kept as the answer
    of the key; any other error discards its changes, keeps nothing and reaches the caller. Without *key* nothing is
    kept.
    """

    tenant_id: str
    caller: str  # "till:<key id>", "member:<id>", "job:<name>", "operator:<key id>"
    key: str | None
    fingerprint: bytes  # hash of the request; another fingerprint under the same key is refused
    locks: Sequence[Lock]
    decide: Callable[[Rows], Answer]
    reads: Sequence[Read] = field(default_factory=tuple)
