"""Find every table: the modules that declare one are those that import ``engine.store.metadata``.

Adding a table touches its own file only. Needed to write or to compare a migration, never to run one.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Final

from sqlalchemy import MetaData

import engine
from engine.store.metadata import metadata

_MARK: Final = "from engine.store.metadata import metadata"
_OWN: Final = Path(__file__).parent


def all_tables() -> MetaData:
    """Return the metadata with the tables of every part of the engine in it."""
    for root in map(Path, engine.__path__):
        for path in sorted(root.rglob("*.py")):
            if _OWN not in path.parents and _MARK in path.read_text("utf-8"):
                importlib.import_module(".".join(("engine", *path.relative_to(root).with_suffix("").parts)))
    return metadata
