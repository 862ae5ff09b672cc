"""The answers that were given, by caller and Idempotency-Key.

A key is claimed by inserting its row in the transaction of the effect, so key and effect stand together or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from engine.errors import Invalid
from engine.ledger.work import Answer, Work
from engine.store.metadata import metadata
from engine.store.script import Delete, InsertMissing, Match, Row, Update, delete, insert_missing, select_keys, update

#: tenant, caller, key: the scope of an Idempotency-Key and the primary key of its row.
Claim: TypeAlias = tuple[str, str, str]

idempotency = Table(
    "idempotency",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the caller
    Column("idempotency_key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),  # done | refused | conflict; "" only inside the transaction
    Column("code", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("idempotency_by_age", "created_at"),
)


def claim_of(work: Work) -> Claim | None:
    """Return the scope of a work's key, None without a key."""
    return None if work.key is None else (work.tenant_id, work.caller, work.key)


def claim(works: Iterable[tuple[Claim, Work]], created_at: int) -> InsertMissing:
    """Insert the rows of keys never seen; those new come back, the others are held by somebody or answered."""
    empty = {"kind": "", "code": "", "body": b"", "created_at": created_at}
    rows = [{**_named(key), "fingerprint": work.fingerprint, **empty} for key, work in works]
    return insert_missing(idempotency, rows, returning=("tenant_id", "home_id", "idempotency_key"))


def stored(claims: Iterable[Claim]) -> Match:
    """Read the answers of keys seen before."""
    return select_keys(idempotency, claims)


def keep(answer_by_claim: Mapping[Claim, Answer]) -> Update:
    """Write the answers into the claimed rows."""
    return update(idempotency, [{**_named(key), **answer._asdict()} for key, answer in answer_by_claim.items()])


def forget(claims: Iterable[Claim]) -> Delete:
    """Give claimed keys back: their work kept no answer."""
    return delete(idempotency, claims)


def claim_in(row: Row) -> Claim:
    """Return the scope that a row stands for."""
    return (row["tenant_id"], row["home_id"], row["idempotency_key"])


def answer_in(row: Row, work: Work) -> Answer:
    """Return the answer kept in *row* for a repeat of *work*.

    Raises: Invalid ``idempotency_key_reused`` when the key was used for another request.
    """
    if bytes(row["fingerprint"]) != work.fingerprint:
        raise reused()
    return Answer(row["kind"], row["code"], bytes(row["body"]))


def reused() -> Invalid:
    """Return the error of a key that was used for another request."""
    return Invalid(
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request. Use a new key for a new request.",
    )


def _named(key: Claim) -> dict[str, object]:
    return dict(zip(("tenant_id", "home_id", "idempotency_key"), key, strict=True))
