"""A mistake in a file: where it stands, its stable code, and a sentence that says what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final, NamedTuple

#: More mistakes than this help nobody; the rest is told as a count.
MISTAKES_MAX: Final = 100
_CLIP: Final = 40


class Mark(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


class Mistake(NamedTuple):
    """One mistake; ``str()`` gives the line that editors and terminals understand."""

    file: str
    line: int
    column: int
    code: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.code}: {self.sentence}"


class Mistakes:
    """Gathers the mistakes of one file."""

    def __init__(self, file: str) -> None:
        """Gather for *file*."""
        self.file = file
        self._found: list[Mistake] = []
        self._left_out = 0

    def add(self, mark: Mark, code: str, sentence: str) -> None:
        """Note one mistake."""
        if len(self._found) < MISTAKES_MAX:
            self._found.append(Mistake(self.file, mark.line, mark.column, code, sentence))
        else:
            self._left_out += 1

    @property
    def is_full(self) -> bool:
        """Tell whether looking for more is pointless."""
        return len(self._found) >= MISTAKES_MAX

    def __bool__(self) -> bool:
        return bool(self._found)

    def listed(self) -> tuple[Mistake, ...]:
        """Return what was found, in the order of the file."""
        found = sorted(dict.fromkeys(self._found), key=lambda mistake: (mistake.line, mistake.column))
        if self._left_out:
            last = found[-1]
            rest = f"Only the first {MISTAKES_MAX} mistakes are told. Mend them and check again."
            found.append(Mistake(self.file, last.line, last.column, "too_many_mistakes", rest))
        return tuple(found)


def quoted(text: str) -> str:
    """Return *text* in quotes, clipped, with what can't be printed escaped."""
    return repr(text if len(text) <= _CLIP else f"{text[:_CLIP]}…")


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the nearest option, "" when none is near."""
    known = list(options)
    small = word[:64].lower()
    same = [option for option in known if len(option) > 2 and small.startswith(option.lower())]
    near = same or difflib.get_close_matches(word[:64], known, n=1, cutoff=0.7)
    return f" Did you mean {near[0]!r}?" if near else ""
