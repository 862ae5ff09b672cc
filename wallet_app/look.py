"""How everything looks and speaks for one shopper: tokens, colours and words. Plain values, no Flet."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from wallet_app.wire import Words
from wallet_app.words.say import say

Language = Literal["zh", "en"]
ThemeChoice = Literal["system", "light", "dark"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
THEMES: Final[tuple[ThemeChoice, ...]] = ("system", "light", "dark")
#: Text sizes in percent.
SCALES: Final = (100, 115, 130, 160, 200)
#: From this text size on, cards go to one column.
LARGE_PERCENT: Final = 130
FUNDERS: Final = ("platform", "merchant", "brand", "bank")


class Type(Struct, frozen=True):
    """A step of the type scale. Units: logical pixels."""

    size: float
    line: float
    weight: int
    family: Literal["text", "figures"]


class Look(Struct, frozen=True, kw_only=True):
    """What a screen is drawn with."""

    language: Language = "zh"
    dark: bool = False
    percent: int = 100

    def say(self, key: str, **facts: object) -> str:
        """Return the sentence of *key*."""
        return say(self.language, key, **facts)

    def words(self, words: Words) -> str:
        """Return the one of two languages."""
        return words.zh if self.language == "zh" else words.en

    def color(self, token: str) -> str:
        """Return a colour as #RRGGBB. Raises: KeyError for an unknown token."""
        return str(self._colors[token])

    def funder(self, kind: str) -> str:
        """Return the hue of a funder; who is not one of the four is shown as the platform."""
        return str(self._colors["funder"][kind if kind in FUNDERS else "platform"])

    @property
    def on_funder(self) -> str:
        """The colour of what stands on a funder's hue."""
        return str(self._colors["funder"]["on_funder"])

    def type(self, name: str) -> Type:
        """Return a step of the type scale at this shopper's text size. Raises: KeyError for an unknown step."""
        step = types()[name]
        return Type(step.size * self.percent / 100, step.line * self.percent / 100, step.weight, step.family)

    @property
    def is_large(self) -> bool:
        """Whether cards go to one column."""
        return self.percent >= LARGE_PERCENT

    @property
    def _colors(self) -> dict[str, Any]:
        colors: dict[str, Any] = tokens()["color"]["dark" if self.dark else "light"]
        return colors


@functools.cache
def tokens() -> dict[str, Any]:
    """Return the design tokens of ``tokens.json``."""
    read: dict[str, Any] = msgspec.json.decode((Path(__file__).parent / "tokens.json").read_bytes())
    return read


@functools.cache
def types() -> dict[str, Type]:
    """Return the type scale by name."""
    scale = tokens()["type"]
    return {name: msgspec.convert(step, Type) for name, step in scale.items() if isinstance(step, dict)}
