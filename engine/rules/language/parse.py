"""Read YAML text into nodes, from libyaml's events, with an explicit stack and bounds that hold while reading.

The meaning is YAML 1.2's: a scalar is its own text until somebody asks for a number, so ``no`` is no boolean, ``010``
no octal and ``1:30`` no sexagesimal. Anchors, aliases, tags, merge keys, duplicate keys, directives and a second
document are refused. Nothing here calls itself, whatever the file's depth.
"""

from __future__ import annotations

import re
from typing import Final

import yaml

from engine.rules.language.mistakes import Mark, Mistakes, quoted
from engine.rules.language.nodes import Entry, Mapping, Node, Scalar, Sequence

TEXT_MAX_BYTES: Final = 32_768
DEPTH_MAX: Final = 20
NODES_MAX: Final = 5_000
#: What YAML does not allow in a file, and lone surrogates.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_START: Final = Mark(1, 1)


class _Stop(Exception):  # noqa: N818 - a way out of the loop, told as a mistake, never seen outside
    """The file breaks a bound: reading on is pointless."""


def parse(text: str, mistakes: Mistakes) -> Node | None:
    """Return the root node; None when there is none or the text can't be read, told in *mistakes*."""
    builder = _Builder(mistakes)
    try:
        _refuse_unsafe(text, mistakes)
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except _Stop:
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = Mark(mark.line + 1, mark.column + 1) if mark else _START
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it breaks off"
        mistakes.add(where, "bad_yaml", f"This is not YAML: {problem}.")
        return None
    if builder.root is None or (isinstance(builder.root, Scalar) and builder.root.is_null):
        mistakes.add(_START, "empty_file", "The file is empty.")
        return None
    return builder.root


def _refuse_unsafe(text: str, mistakes: Mistakes) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > TEXT_MAX_BYTES:
        sentence = f"The file is larger than {TEXT_MAX_BYTES // 1024} KiB. Split it into campaigns."
        mistakes.add(_START, "too_large", sentence)
        raise _Stop
    if bad := _FORBIDDEN.search(text):
        sentence = f"The character U+{ord(bad[0]):04X} may not stand in a file. Delete it."
        if "\ud800" <= bad[0] <= "\udfff":  # what a byte that is no UTF-8 was read as
            sentence = "This is not UTF-8. Save the file as UTF-8."
        mistakes.add(_mark_of(text, bad.start()), "bad_character", sentence)
        raise _Stop


def _mark_of(text: str, offset: int) -> Mark:
    return Mark(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


class _Builder:
    """Puts events together; ``_open`` is the stack of unfinished collections with the key that waits for its value."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.root: Node | None = None
        self._mistakes = mistakes
        self._open: list[tuple[Sequence | Mapping, Scalar | None]] = []
        self._nodes = 0
        self._documents = 0
        self._skipping = 0  # depth inside a key that is itself a collection

    def take(self, event: yaml.Event) -> None:
        """Take one event."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._document(event)
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self._mistakes.add(_mark(event), "second_document", "A file holds one campaign. Remove what follows '---'.")
            raise _Stop
        if event.version or event.tags:
            self._mistakes.add(
                _START, "directive", "Directives such as %YAML or %TAG are not used here. Delete the line."
            )

    def _node(self, event: yaml.NodeEvent) -> None:
        mark = _mark(event)
        self._nodes += 1
        if self._nodes > NODES_MAX:
            self._mistakes.add(mark, "too_many_nodes", f"The file has more than {NODES_MAX} values. Split it.")
            raise _Stop
        node = self._built(event, mark)
        if not self._skipping:
            self._attach(node)
        if isinstance(node, Scalar):
            return
        if len(self._open) + self._skipping >= DEPTH_MAX:
            self._mistakes.add(mark, "too_deep", f"The file is nested deeper than {DEPTH_MAX} levels.")
            raise _Stop
        if self._skipping:
            self._skipping += 1
        elif self._waits_for_key_after(node):
            self._skipping = 1
        else:
            self._open.append((node, None))

    def _built(self, event: yaml.NodeEvent, mark: Mark) -> Node:
        if isinstance(event, yaml.AliasEvent):
            self._mistakes.add(
                mark, "alias", f"Aliases are not used here. Write the value in place of '*{event.anchor}'."
            )
            return Scalar(mark, "", is_broken=True)
        tag = getattr(event, "tag", None)
        if event.anchor is not None:
            self._mistakes.add(mark, "anchor", f"Anchors are not used here. Delete {quoted(f'&{event.anchor}')}.")
        if tag is not None:
            self._mistakes.add(mark, "tag", f"Tags are not used here. Delete {quoted(tag)}.")
        if isinstance(event, yaml.ScalarEvent):
            if bad := _FORBIDDEN.search(event.value):  # written as an escape
                sentence = f"The character U+{ord(bad[0]):04X} may not stand in a text. Delete it."
                self._mistakes.add(mark, "bad_character", sentence)
            return Scalar(mark, event.value, is_plain=not event.style, is_broken=tag is not None)
        return Sequence(mark) if isinstance(event, yaml.SequenceStartEvent) else Mapping(mark)

    def _waits_for_key_after(self, node: Node) -> bool:
        """Tell whether *node*, just attached, was taken as a key: a collection can't be one."""
        if not self._open or not isinstance(self._open[-1][0], Mapping):
            return False
        return self._open[-1][1] is not None and self._open[-1][1].mark is node.mark

    def _attach(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent, key = self._open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif key is None:
            self._open[-1] = (parent, self._key(node))
        else:
            self._open[-1] = (parent, None)
            self._enter(parent, key, node)

    def _key(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            self._mistakes.add(node.mark, "bad_key", "A key must be a word, not a list or mapping.")
            return Scalar(node.mark, "", is_broken=True)
        if node.is_plain and node.text == "<<":
            self._mistakes.add(node.mark, "merge_key", "Merge keys are not used here. Write the fields out.")
            return Scalar(node.mark, "", is_broken=True)
        return node

    def _enter(self, parent: Mapping, key: Scalar, value: Node) -> None:
        if key.is_broken:
            return
        if (first := parent.entries.get(key.text)) is not None:
            sentence = f"{quoted(key.text)} stands twice; first on line {first.key_mark.line}. Keep one."
            self._mistakes.add(key.mark, "duplicate_key", sentence)
            return
        parent.entries[key.text] = Entry(key.mark, value)

    def _close(self) -> None:
        if self._skipping:
            self._skipping -= 1
        else:
            self._open.pop()


def _mark(event: yaml.Event) -> Mark:
    assert event.start_mark is not None  # noqa: S101 - libyaml marks every event
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
