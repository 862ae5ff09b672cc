"""Say a sentence of ``en.json`` or ``zh.json`` beside this file."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec


def say(language: str, key: str, **facts: object) -> str:
    """Return the sentence of *key* with ``{name}`` places filled from *facts*. Raises: KeyError when there is none."""
    return sentences(language)[key].format(**facts)


def knows(language: str, key: str) -> bool:
    """Return whether there is a sentence of *key*."""
    return key in sentences(language)


@functools.cache
def sentences(language: str) -> dict[str, str]:
    """Return all sentences of *language* by key."""
    return msgspec.json.decode((Path(__file__).parent / f"{language}.json").read_bytes(), type=dict[str, str])
