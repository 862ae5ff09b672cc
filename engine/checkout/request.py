"""Who asks for a write, under which Idempotency-Key."""

from __future__ import annotations

from typing import NamedTuple


class Request(NamedTuple):
    """The scope and the body's hash; the same three give the same bytes back."""

    caller: str  # "till:<key id>", "member:<id>"
    key: str
    fingerprint: bytes
