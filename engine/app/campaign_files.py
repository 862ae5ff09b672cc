"""The campaign files of a folder, without their cases."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engine.errors import Invalid, NotFound


def campaign_files(paths: Iterable[Path]) -> list[tuple[str, str]]:
    """Return name and text of every campaign file in *paths* (folders or files), sorted by name.

    Raises: NotFound ``campaign_not_found`` when a folder holds none or is not there; Invalid ``campaign_invalid`` when
            a file is not UTF-8; OSError when one can't be read.
    """
    found = sorted(file for path in paths for file in _of(path))
    return [(file.name, _text(file)) for file in found]


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid("campaign_invalid", f"{file}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from None


def _of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = [file for file in path.glob("*.yaml") if not file.name.endswith(".cases.yaml")]
    if not files:
        raise NotFound("campaign_not_found", f"No campaign file at {path}.")
    return files
