"""How a database says no, in the same words on both."""

from __future__ import annotations

import logging

from engine.errors import Unavailable

log = logging.getLogger("youhui.store")


class RuleBroken(Exception):  # noqa: N818 - it names what happened
    """A constraint of the database refused the write: a unique key, a check, a null. The transaction is rolled back."""


class Contended(Exception):  # noqa: N818 - it names what happened
    """Another transaction stood in the way: a lock not had in time, a deadlock. Rolled back; the work can run again."""


def unreachable(error: BaseException) -> Unavailable:
    """Log *error* and return what a caller meets when the database does not answer; the reason stays in the chain."""
    log.error("the database does not answer: %s: %s", type(error).__name__, error)
    return Unavailable(
        "database_unavailable",
        "The database does not answer. Nothing is lost: send the same request with the same Idempotency-Key again.",
        reason=type(error).__name__,
    )
