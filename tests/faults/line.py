"""The network between the server and PostgreSQL, as a proxy that swallows, drops and cuts.

A cut line swallows every byte and says nothing, as a pulled cable does: no FIN, no RST. Connections that lived through a
cut stay dead when it heals, as behind a router that forgot them; new ones work.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

BEGIN, COMMIT = b"BEGIN", b"COMMIT;\x00"


class Line:
    """What happens to bytes on their way. *at_commit* is told once, at the COMMIT of what *marked* names."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self.cut = False
        self.marked = b""
        self.at_commit: Callable[[_Connection], bool] | None = None
        self.connections: list[_Connection] = []
        self.opened: list[asyncio.StreamWriter] = []

    def pull(self) -> None:
        """Cut the line: what is on it now and what comes is swallowed."""
        self.cut = True
        for one in self.connections:
            one.dead = True

    def heal(self) -> None:
        """Let new connections through."""
        self.cut = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened.append(writer)
        if self.cut:
            await reader.read()  # until the client gives up
            writer.close()
            return
        from_server, to_server = await asyncio.open_unix_connection(self._socket)
        self.opened.append(to_server)
        one = _Connection(self, writer, to_server)
        self.connections.append(one)
        back = asyncio.create_task(one.pump_back(from_server))
        try:
            await one.pump(reader)
        finally:
            self.connections.remove(one)
            if not one.dead:  # a dead one leaves PostgreSQL waiting, as in life
                to_server.close()
            writer.close()
            if one.dead:
                back.cancel()


class _Connection:
    def __init__(self, line: Line, to_client: asyncio.StreamWriter, to_server: asyncio.StreamWriter) -> None:
        self._line, self._to_client, self._to_server = line, to_client, to_server
        self.dead = False
        self.swallow_answers = False
        self._seen = False

    async def pump(self, reader: asyncio.StreamReader) -> None:
        while data := await _read(reader):
            if self.dead:
                continue
            if BEGIN in data:
                self._seen = False
            self._seen = self._seen or (bool(self._line.marked) and self._line.marked in data)
            act = self._line.at_commit
            if self._seen and COMMIT in data and act is not None:
                self._line.at_commit = None
                if not act(self):
                    return
            self._to_server.write(data)

    async def pump_back(self, reader: asyncio.StreamReader) -> None:
        while data := await _read(reader):
            if self.swallow_answers:
                break
            if not self.dead:
                self._to_client.write(data)
        if not self.dead:
            self._to_client.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65536)
    except ConnectionError:
        return b""


def lose_commit(_connection: _Connection) -> bool:
    """Cut the connection before COMMIT arrives."""
    return False


def lose_reply(connection: _Connection) -> bool:
    """Let COMMIT arrive and lose its answer."""
    connection.swallow_answers = True
    return True


@contextmanager
def line_to(url: str) -> Iterator[tuple[Line, str]]:
    """Open a line, in a thread of its own, to the PostgreSQL of *url* on a socket file; give the address of this end."""
    parts = urlsplit(url)
    line = Line(f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432")
    ready: Future[int] = Future()
    over: Future[None] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_carry(line, ready, over)))
    thread.start()
    try:
        yield line, f"postgresql://{parts.username}@127.0.0.1:{ready.result(10)}{parts.path}"
    finally:
        over.set_result(None)
        thread.join(10)


async def _carry(line: Line, ready: Future[int], over: Future[None]) -> None:
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    ready.set_result(server.sockets[0].getsockname()[1])
    await asyncio.wrap_future(over)
    server.close()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    for writer in line.opened:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in line.opened), return_exceptions=True)
