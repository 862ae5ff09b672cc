"""Where a page ended, as text that callers hand back unread."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec

from engine.errors import Invalid

Place = tuple[int, str]
#: The place before everything, counting up; and before everything, counting down.
FIRST: Final[Place] = (-1, "")
LAST: Final[Place] = (2**62, "")


def cursor_after(micros: int, id_: str) -> str:
    """Return the cursor of the page after the row with this instant and id."""
    return base64.urlsafe_b64encode(msgspec.json.encode((micros, id_))).decode().rstrip("=")


def place_of(cursor: str | None, start: Place) -> Place:
    """Return the instant and id that *cursor* stands for; *start* without one.

    Raises: Invalid ``cursor_invalid``.
    """
    if cursor is None:
        return start
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        micros, id_ = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=Place)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise Invalid("cursor_invalid", "The cursor is not one that we gave. Start from the first page.") from None
    if not -(2**62) <= micros <= 2**62:
        raise Invalid("cursor_invalid", "The cursor is not one that we gave. Start from the first page.")
    return micros, id_
