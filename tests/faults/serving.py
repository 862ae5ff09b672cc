"""A server that a test kills, starts again, or starts behind a bad line; set up once, so that it is there in a second."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.live import ROOT, Server, _address, environment_of

COMMAND = (sys.executable, "-m", "engine.cli.main")


def set_up(database_url: str, folder: Path) -> None:
    """Write the town's merchants and keys into *database_url*."""
    subprocess.run(
        [*COMMAND, "setup", "--seed", "merchants"],
        env=environment_of(database_url, folder),
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )


@contextmanager
def serving(database_url: str, folder: Path, *, under: tuple[str, ...] = (), **settings: str) -> Iterator[Server]:
    """Serve until the block ends; *under* is a command that runs the server, ``prlimit`` say."""
    environment = environment_of(database_url, folder, **settings)
    log = folder / "server.log"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [*under, *COMMAND, "serve", "--no-wallet"],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        url = _address(process, log)
        environment["YOUHUI_PORT"] = url.rpartition(":")[2]
        server = Server(process, url, environment)
        try:
            yield server
        finally:
            server.close()
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        if process.stdout:
            process.stdout.close()
