"""A merchant's receiver on a real socket, which can be told to be down, slow, rude or gone; it remembers what came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass
class Came:
    """One request as it came, and the status it got."""

    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def event(self) -> dict[str, Any]:
        return msgspec.json.decode(self.body)


@dataclass
class Receiver:
    """Answers ``status`` to everything, or what ``answers`` says for a payment; status 0 cuts the line."""

    port: int = 0
    status: int = 200
    seconds: float = 0.0
    body: bytes = b""
    endless: bool = False
    location: str = ""
    status_by_payment: dict[str, int] = field(default_factory=dict)
    came: list[Came] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    sent: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def accepted(self) -> list[Came]:
        return [one for one in self.came if 200 <= one.status < 300]

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the sender hung up
        finally:
            self.at_once -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        pairs = (line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers["content-length"]))
        payment_id = msgspec.json.decode(body)["data"]["payment_id"]
        status = self.status_by_payment.get(payment_id, self.status)
        self.came.append(Came(headers, body, status))
        if self.seconds:
            await asyncio.sleep(self.seconds)
        if not status:
            return
        extra = f"location: {self.location}\r\n" if self.location else ""
        length = "" if self.endless else f"content-length: {len(self.body)}\r\n"
        writer.write(f"HTTP/1.1 {status} Whatever\r\n{extra}{length}\r\n".encode() + self.body)
        await writer.drain()
        while self.endless:
            writer.write(b"x" * 65_536)
            await writer.drain()
            self.sent += 65_536


@asynccontextmanager
async def receiving(**how: Any) -> AsyncIterator[Receiver]:
    """Listen on a free port of this machine."""
    receiver = Receiver(**how)
    server = await asyncio.start_server(receiver.meet, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
