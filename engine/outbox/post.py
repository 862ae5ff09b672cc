"""Sends one webhook: a POST to an address that is looked up, checked and pinned; the answer is its status alone.

Redirects are not followed and the body of the answer is not read. Everything together ends within ``TIMEOUT_SECONDS``,
whatever the receiver does.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

import httpcore
import httpx

from engine.outbox.address import AddressRefused, is_allowed

#: Standard Webhooks asks for 15 to 30.
TIMEOUT_SECONDS: Final = 20.0
OK: Final = range(200, 300)
GONE: Final = 410
#: Looking a name up blocks a thread; these are ours alone, so that a dead name server holds up webhooks only.
LOOKUPS_MAX: Final = 64


class Outcome(NamedTuple):
    """How a receiver answered: a status, or 0 and why there was none."""

    status: int
    error: str

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver has it."""
        return self.status in OK


class Post(Protocol):
    """Sends a body somewhere."""

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send and return the outcome; raises for nothing that a receiver can do."""
        ...


class HttpPost:
    """Sends over HTTP, each time on a connection of its own."""

    def __init__(self, *, loopback: bool, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Send to public addresses, with *loopback* to this machine too."""
        self._network = Pinned(loopback=loopback)
        self._timeout_seconds = timeout_seconds
        self._tls: asyncio.Future[ssl.SSLContext] | None = None

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send *body* to *url*."""
        if self._tls is None:  # reading the authorities takes a tenth of a second, once
            self._tls = asyncio.ensure_future(asyncio.to_thread(httpx.create_ssl_context))
        tls = await asyncio.shield(self._tls)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._post(url, headers, body, tls)
        except (TimeoutError, httpcore.TimeoutException):
            return Outcome(0, "timeout")
        except AddressRefused as error:
            return Outcome(0, f"address_refused: {error}")
        except (OSError, httpcore.NetworkError) as error:
            return Outcome(0, f"not_reached: {_said(error)}")
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
            return Outcome(0, f"not_http: {_said(error)}")

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes, tls: ssl.SSLContext) -> Outcome:
        async with (
            httpcore.AsyncConnectionPool(ssl_context=tls, network_backend=self._network) as pool,
            pool.stream("POST", url, headers=list(headers.items()), content=body) as answer,
        ):
            status: int = answer.status
            return Outcome(status, "")


class Pinned(httpcore.AsyncNetworkBackend):
    """Connects to an address only after looking at it; TLS is still proven for the name."""

    def __init__(self, *, loopback: bool) -> None:
        """Allow public addresses, with *loopback* this machine too."""
        self._loopback = loopback
        self._plain = httpcore.AnyIOBackend()
        self._lookups = ThreadPoolExecutor(LOOKUPS_MAX, "webhook-lookup")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Look *host* up and connect to the first of its addresses that answers. Raises: AddressRefused."""
        failure: Exception = OSError(f"{host} has no address")
        for address in await self._addresses(host, port):
            try:
                return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.NetworkError as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Refuse: a webhook goes to a host."""
        raise AddressRefused(path)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of *host*, each looked at; one bad one spoils all."""
        lookup = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._lookups, lookup)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        for address in addresses:
            if not is_allowed(address, loopback=self._loopback):
                raise AddressRefused(f"{host} is at {address}")
        return addresses


def _said(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:200]
