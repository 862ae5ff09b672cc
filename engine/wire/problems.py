"""RFC 9457 problem details."""

from __future__ import annotations

from typing import Any

from msgspec import field

from engine.wire.base import Answer


class FieldProblem(Answer, frozen=True):
    """One wrong field."""

    path: str
    message: str


class Problem(Answer, frozen=True):
    """RFC 9457 problem details; ``code`` is stable."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str | None = None
    errors: tuple[FieldProblem, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
