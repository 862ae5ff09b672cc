"""What every shape on the wire shares.

Money is ``*_minor`` integers with a ``currency`` beside them; instants are RFC 3339 UTC and end in ``_at``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from engine.money import BASKET_MAX_MINOR

Amount = Annotated[int, Meta(ge=0, le=BASKET_MAX_MINOR)]
PositiveAmount = Annotated[int, Meta(ge=1, le=BASKET_MAX_MINOR)]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]
OrderRef = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:\-]+\Z")]
Locale = Literal["en", "zh"]


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller sends."""


class Answer(Struct, frozen=True, kw_only=True):
    """What a caller gets."""
