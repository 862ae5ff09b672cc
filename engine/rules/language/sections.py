"""What a check looks at: the sections of a file that could be read, and where the things in them stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, Final, NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import fields

from engine.rules.campaign import Group
from engine.rules.kinds import Benefit, Condition

SUFFIX: Final = ".yaml"
_Found = TypeVar("_Found", bound=Struct)


class Flaw(NamedTuple):
    """A claim that does not hold: where in the file (dotted), code, sentence."""

    path: str
    code: str
    sentence: str


class Sections:
    """The sections of a file that could be read."""

    def __init__(self, values: dict[str, Any], file: str) -> None:
        """Keep *values* by YAML name."""
        self._values = values
        self.stem = PurePath(file).name.removesuffix(SUFFIX)

    def __getattr__(self, name: str) -> Any:
        return self._values[name]

    def holds(self, *names: str) -> bool:
        """Tell whether all of *names* could be read."""
        return all(name in self._values for name in names)


#: The sections that a check needs, and the check.
Check = tuple[tuple[str, ...], Callable[[Sections], Iterator[Flaw]]]


def key_of(kind: Condition | Benefit) -> str:
    """Return the YAML key of a condition or benefit: its file's name."""
    return type(kind).__module__.rpartition(".")[2]


def given(give: tuple[Benefit, ...]) -> Iterator[tuple[str, Benefit]]:
    """Yield each benefit with the path of its fields."""
    for place, benefit in enumerate(give):
        yield f"give.{place}.{key_of(benefit)}", benefit


def everywhere(path: str, group: Group) -> Iterator[tuple[str, Condition]]:
    """Yield every condition of a nest with the path of its fields; its depth is bounded by the parser."""
    for word in ("all", "any", "none"):
        for place, member in enumerate(getattr(group, word)):
            below = f"{path}.{word}.{place}"
            if isinstance(member, Group):
                yield from everywhere(below, member)
            else:
                yield f"{below}.{key_of(member)}", member


def within(path: str, struct: Struct, wanted: type[_Found]) -> Iterator[tuple[str, _Found]]:
    """Yield every *wanted* among the fields of *struct*, in what it nests too, each with its path."""
    for field in fields(struct):
        value = getattr(struct, field.name)
        many = value if isinstance(value, tuple) else (value,)
        for place, one in enumerate(many):
            below = f"{path}.{field.encode_name}" + (f".{place}" if isinstance(value, tuple) else "")
            if isinstance(one, wanted):
                yield below, one
            elif isinstance(one, Struct):
                yield from within(below, one, wanted)
