"""A campaign file as a tree: scalars keep their own text, every node keeps its place."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.rules.language.mistakes import Mark


@dataclass(slots=True)
class Scalar:
    """Text as it stands in the file. ``is_plain``: written without quotes."""

    mark: Mark
    text: str
    is_plain: bool = True
    is_broken: bool = False  # told already (an alias, a tag): say nothing more about it

    @property
    def is_null(self) -> bool:
        """Tell whether nothing stands here (YAML 1.2 core schema)."""
        return self.is_plain and self.text in {"", "~", "null", "Null", "NULL"}


@dataclass(slots=True)
class Sequence:
    """A list."""

    mark: Mark
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Keys and values, in the order of the file."""

    mark: Mark
    entries: dict[str, Entry] = field(default_factory=dict)


@dataclass(slots=True)
class Entry:
    """A value and where its key stands."""

    key_mark: Mark
    value: Node


Node = Scalar | Sequence | Mapping


def mark_at(node: Node, path: str) -> Mark:
    """Return where *path* ("limits.uses.total", "steps.1.from") stands, or the nearest thing above it that exists."""
    mark = node.mark
    for part in path.split(".") if path else []:
        if isinstance(node, Mapping) and part in node.entries:
            entry = node.entries[part]
            mark, node = entry.value.mark, entry.value
        elif isinstance(node, Sequence) and part.isdigit() and int(part) < len(node.items):
            node = node.items[int(part)]
            mark = node.mark
        elif not _stands_unwritten(node, part):
            break
    return mark


def _stands_unwritten(node: Node, part: str) -> bool:
    """Say whether a file may leave *part* out: a list of conditions means all; one value stands for a list of one."""
    return (part == "all" and isinstance(node, Sequence | Mapping)) or (part == "0" and isinstance(node, Mapping))


def child(node: Node, key: str) -> Node | None:
    """Return the value under *key*, None when there is none."""
    entry = node.entries.get(key) if isinstance(node, Mapping) else None
    return entry.value if entry else None
