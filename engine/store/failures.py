"""How a database says no, in the same words on both."""

from __future__ import annotations

from engine.errors import Unavailable


class RuleBroken(Exception):  # noqa: N818 - it names what happened
    """A constraint of the database refused the write: a unique key, a check, a null. The transaction is rolled back."""


class Contended(Exception):  # noqa: N818 - it names what happened
    """Another transaction stood in the way: a lock not had in time, a deadlock. Rolled back; the work can run again."""


def unreachable(error: BaseException) -> Unavailable:
    """Return the error a caller meets when the database does not answer; the reason stays in the chain."""
    return Unavailable(
        "database_unavailable",
        "The database does not answer. Nothing is lost: send the same request with the same Idempotency-Key again.",
        reason=type(error).__name__,
    )
