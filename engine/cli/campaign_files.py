"""Campaign files on disk: found, read as UTF-8, named as the user named them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.errors import Invalid
from engine.rules.language.parse import TEXT_MAX_BYTES

DEFAULT = Path("campaigns")
SUFFIXES = {".yaml", ".yml"}


def read_files(paths: Iterable[Path]) -> list[tuple[str, str]]:
    """Return (name, text) of every campaign and case file at *paths*; a folder gives all of its own.

    Raises: Invalid ``campaign_invalid`` when a path is not there or holds no campaign.
    """
    found = list(dict.fromkeys(file for path in paths for file in _files(path)))
    return [(str(file), _text(file)) for file in found]


def with_cases(paths: Iterable[Path]) -> list[Path]:
    """Return *paths*, and beside each campaign file its cases: naming the campaign is enough."""
    more = []
    for path in paths:
        more.append(path)
        beside = path.with_suffix(".cases.yaml")
        if path.is_file() and not path.name.endswith(".cases.yaml") and beside.is_file():
            more.append(beside)
    return more


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES and file.is_file())
        if not files:
            raise Invalid("campaign_invalid", f"{path} holds no campaign: no file ends in .yaml.")
        yield from files
    elif path.is_file():
        yield path
    else:
        raise Invalid("campaign_invalid", f"{path} is not there.")


def _text(file: Path) -> str:
    """Read no more than what is refused as too large; bytes that are no UTF-8 become marks that the reader refuses."""
    with file.open("rb") as opened:
        content = opened.read(TEXT_MAX_BYTES + 1)
    return content.decode("utf-8", "surrogateescape")
