"""SQLite has one writing process: the first holds an exclusive lock on a file beside the database."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from engine.errors import Unavailable


class WriterLock:
    """Held from construction until ``release``; the system releases it when the process dies.

    Raises: Unavailable ``database_in_use`` when another process, or another Database of this one, holds it.
    """

    def __init__(self, database: Path) -> None:
        """Take the lock of *database*."""
        path = database.with_name(database.name + ".lock")
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise Unavailable(
                "database_in_use",
                f"Another process already writes to {database.name}: SQLite has one writing process. Stop the "
                "other one, or set YOUHUI_DATABASE_URL to a PostgreSQL database (postgresql://…) to run several.",
                database=database.name,
            ) from None

    def release(self) -> None:
        """Give the lock back; calling it again does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
