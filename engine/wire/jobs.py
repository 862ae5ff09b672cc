"""How the jobs do, and what replaying a payment said: for operators."""

from __future__ import annotations

from datetime import datetime

from engine.wire.base import Answer


class JobShown(Answer, frozen=True):
    """One job. ``late``: nothing was done for two periods, or 30 seconds when that is longer."""

    job: str
    about: str
    period_seconds: int
    last_slot: str | None
    last_due_at: datetime | None
    last_done_at: datetime | None
    process: str | None
    failures: int  # since it was last done
    error: str | None
    late: bool


class Jobs(Answer, frozen=True):
    """Every job that runs in one process of all."""

    late: int
    items: tuple[JobShown, ...]


class ReplayDifference(Answer, frozen=True):
    """One place where the decision made again is another; null: not there."""

    path: str
    stored: str | None
    again: str | None


class ReplayReport(Answer, frozen=True):
    """A payment decided again on its stored facts with the campaign versions of then. ``digest``: SHA-256."""

    payment_id: str
    same: bool
    digest: str
    digest_again: str
    versions: dict[str, str]
    differences: tuple[ReplayDifference, ...]
