"""JSON that reads one way only: no key twice in an object, no negative zero. Two readers would take them differently.

The shapes are filled by a reader that takes the last of two equal keys and makes -0 into 0, so this looks again.
"""

from __future__ import annotations

import json
from typing import Any, Final

from engine.errors import Invalid

_CLIP: Final = 40


def refuse_ambiguous(body: bytes) -> None:
    """Look through *body*, which fills a shape, so that its depth is bounded.

    Raises: Invalid ``malformed_request``.
    """
    try:
        (_STRICTER if b"-0" in body else _STRICT).decode(body.decode())
    except ValueError as error:
        raise Invalid("malformed_request", f"The body is not JSON: {error}.") from None


def _object(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid("malformed_request", f"The key {twice[:_CLIP]!r} stands twice in one object. Send it once.")


def _number(text: str) -> None:
    if text == "-0":
        raise Invalid("malformed_request", "The number -0 is none that we take. Send 0.")


_STRICT: Final = json.JSONDecoder(object_pairs_hook=_object)
_STRICTER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_int=_number)
