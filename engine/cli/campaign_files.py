"""Campaign files on disk: found, read as UTF-8, named as the user named them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from engine.errors import Invalid
from engine.rules.language.cases import SUFFIX as CASES_SUFFIX
from engine.rules.language.catalogue_file import is_catalogue_file
from engine.rules.language.folder import Folder, read_folder
from engine.rules.language.parse import TEXT_MAX_BYTES

DEFAULT = Path("campaigns")
SUFFIX = ".yaml"


class Asked(NamedTuple):
    """What a user asked to look at. The files beside it are read too: campaigns name each other."""

    names: tuple[str, ...]
    folder: Folder  # only with the mistakes and cases of ``names``, and the mistakes of the options, which always hold


def read_asked(paths: Iterable[Path]) -> Asked:
    """Read the files at *paths* (a folder gives all of its own, a campaign brings its cases) among those beside them.

    Raises: Invalid ``campaign_invalid`` when a path is not there or holds no campaign; OSError.
    """
    asked = _once(file for path in paths for file in _files(path))
    beside = _once([*asked, *(file for path in asked for file in sorted(path.parent.glob(f"*{SUFFIX}")))])
    folder = read_folder((str(file), read_text(file)) for file in beside)
    names = tuple(str(file) for file in asked)
    return Asked(
        names,
        Folder(
            folder.campaigns,
            tuple(one for one in folder.mistakes if one.file in names or is_catalogue_file(one.file)),
            {name: text for name, text in folder.cases.items() if name in names},
            folder.options,
        ),
    )


def read_text(file: Path) -> str:
    """Return a file's text, no more than what is refused as too large.

    A byte that is no UTF-8 becomes a lone surrogate, which the reader refuses where it stands.
    """
    with file.open("rb") as opened:
        content = opened.read(TEXT_MAX_BYTES + 1)
    return content.decode("utf-8", "surrogateescape")


def _once(files: Iterable[Path]) -> list[Path]:
    found: dict[Path, Path] = {}
    for file in files:
        found.setdefault(file.resolve(), file)
    return list(found.values())


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        files = sorted(path.glob(f"*{SUFFIX}"))
        if not files:
            raise Invalid("campaign_invalid", f"{path} holds no campaign: no file ends in {SUFFIX}.")
        yield from files
    elif path.is_file():
        yield path
        cases = path.with_suffix(CASES_SUFFIX)
        if not path.name.endswith(CASES_SUFFIX) and cases.is_file():
            yield cases
    else:
        raise Invalid("campaign_invalid", f"{path} is not there.")
