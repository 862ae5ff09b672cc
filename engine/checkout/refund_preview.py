"""A refund shown before it is made: what it would do, and the digest that makes it exactly that."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from engine.errors import Conflict, Invalid
from engine.store.instants import from_micros, to_micros
from engine.wire.payments import RefundPreview, RefundShown

#: How long a preview can be carried out.
LIVES: Final = timedelta(minutes=5)
_DIGEST: Final = re.compile(r"([0-9a-f]{1,14})\.[0-9a-f]{64}")


def previewed(refund: RefundShown, now: datetime) -> RefundPreview:
    """Return *refund* as it is shown beforehand, at *now*."""
    return RefundPreview(
        refund=replace(refund, refund_id="", by=""),
        net_minor=refund.amount_minor - refund.deducted_minor,
        digest=_digest(refund, now),
        valid_until=now + LIVES,
    )


def require_as_shown(digest: str | None, refund: RefundShown, now: datetime) -> None:
    """Refuse *refund* unless it is what the preview of *digest* showed at most 5 minutes ago; no digest: anything goes.

    Raises: Conflict ``refund_changed`` with the new preview; Invalid ``invalid_field`` for a digest that is none.
    """
    if digest is None:
        return
    match = _DIGEST.fullmatch(digest)
    if match is None:
        raise Invalid("invalid_field", "The digest is not one that a preview gave.", path="digest")
    made_at = from_micros(int(match[1], 16))
    is_over = not made_at <= now < made_at + LIVES
    if is_over or digest != _digest(refund, made_at):
        raise Conflict(
            "refund_changed",
            "The preview is older than 5 minutes; nothing was refunded. Look again."
            if is_over
            else "The refund is not what was shown; nothing was refunded. Show the new one and confirm again.",
            preview=msgspec.to_builtins(previewed(refund, now)),
        )


def _digest(refund: RefundShown, made_at: datetime) -> str:
    """Return the digest of what *refund* does; not of its id, its time, its reason and who asks."""
    micros = to_micros(made_at)
    does = replace(refund, refund_id="", at=made_at, reason="", by="")
    return f"{micros:x}.{hashlib.sha256(msgspec.json.encode(does)).hexdigest()}"
