"""The campaign files of a folder, without their cases."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engine.errors import NotFound


def campaign_files(paths: Iterable[Path]) -> list[tuple[str, str]]:
    """Return name and text of every campaign file in *paths* (folders or files), sorted by name.

    Raises: NotFound ``campaign_not_found`` when a path is not there or a folder holds none; OSError when one can't be read.
    """
    found = sorted(file for path in paths for file in _of(path))
    return [(file.name, file.read_bytes().decode("utf-8", "surrogateescape")) for file in found]


def _of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = [file for file in path.glob("*.yaml") if not file.name.endswith(".cases.yaml")]
    if not files:
        raise NotFound("campaign_not_found", f"No campaign file at {path}.")
    return files
