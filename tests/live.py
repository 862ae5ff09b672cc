"""A real server in its own process, on a free port, for stories that go through the socket."""

from __future__ import annotations

import itertools
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

READY_SECONDS = 60
EVENTUALLY_SECONDS = 10
ROOT = Path(__file__).parent.parent
_keys = itertools.count()
COMMAND = (sys.executable, "-m", "engine.cli.main")


class Server:
    """A running server: its address, its keys, and what operators and tills do with them."""

    def __init__(self, process: subprocess.Popen[str], url: str, environment: dict[str, str]) -> None:
        self.process, self.url, self.environment = process, url, environment
        self.http = httpx.Client(base_url=url, timeout=30)
        self.keys = msgspec.json.decode((Path(environment["YOUHUI_DATA_DIR"]) / "keys.json").read_bytes())
        self._clients = [self.http]

    def till(self, merchant_id: str) -> httpx.Client:
        return self.client(self.keys["merchants"][merchant_id])

    def operator(self) -> httpx.Client:
        return self.client(self.keys["operator"])

    def client(self, key: str) -> httpx.Client:
        client = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, timeout=30)
        self._clients.append(client)
        return client

    def publish(self, folder: Path, *, replace_all: bool = True) -> dict:
        files = [
            {"name": path.name, "text": path.read_text("utf-8")}
            for path in sorted(folder.glob("*.yaml"))
            if not path.name.endswith(".cases.yaml")
        ]
        answer = self.operator().post(
            "/v1/operator/campaigns",
            json={"files": files, "replace_all": replace_all},
            headers={"Idempotency-Key": f"publish-{next(_keys)}"},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def audit(self) -> dict:
        answer = self.operator().get("/v1/operator/audit")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def eventually(self, holds: Callable[[], bool], what: str) -> None:
        """Ask until *holds*, at most ten seconds; each time goes through the server, so nothing spins."""
        until = time.monotonic() + EVENTUALLY_SECONDS
        while not holds():
            assert time.monotonic() < until, f"did not happen: {what}"

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the youhui command against this server."""
        return subprocess.run(
            [sys.executable, "-m", "engine.cli.main", *words],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def close(self) -> None:
        for client in self._clients:
            client.close()


def environment_of(database_url: str, folder: Path, **more: str) -> dict[str, str]:
    own = {"YOUHUI_DATABASE_URL": database_url, "YOUHUI_DATA_DIR": str(folder), "YOUHUI_PORT": "0", **more}
    return {**{name: value for name, value in os.environ.items() if not name.startswith("YOUHUI_")}, **own}


@contextmanager
def start_server(
    database_url: str, folder: Path, *, seed: str = "merchants", wallet: bool = False, **settings: str
) -> Iterator[Server]:
    """Set up *database_url* with the town's merchants and serve it; ``YOUHUI_PORT`` is any free one."""
    set_up(database_url, folder, seed=seed, **settings)
    with serving(database_url, folder, wallet=wallet, **settings) as server:
        yield server


def set_up(database_url: str, folder: Path, *, seed: str = "merchants", **settings: str) -> None:
    """Write the town's merchants and keys into *database_url*."""
    made = subprocess.run(
        [*COMMAND, "setup", "--seed", seed],
        env=environment_of(database_url, folder, **settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert made.returncode == 0, made.stderr


@contextmanager
def serving(
    database_url: str, folder: Path, *, under: tuple[str, ...] = (), wallet: bool = False, **settings: str
) -> Iterator[Server]:
    """Serve what is set up until the block ends; *under* is a command that runs the server, ``prlimit`` say."""
    environment = environment_of(database_url, folder, **settings)
    log = folder / "server.log"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [*under, *COMMAND, "serve", *([] if wallet else ["--no-wallet"])],
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


def _address(process: subprocess.Popen[str], log: Path) -> str:
    """Read the line that says where the server listens."""
    assert process.stdout
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while ready.select(READY_SECONDS):
            line = process.stdout.readline()
            if found := re.search(r"http://[\d.]+:\d+", line):
                return found[0]
            if not line:
                break
    raise AssertionError(f"the server did not start: {log.read_text('utf-8')}")
