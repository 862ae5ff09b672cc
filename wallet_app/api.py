"""The API over HTTP: one method for each thing the wallet asks."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import httpx
import msgspec

from wallet_app import wire

T = TypeVar("T")
TIMEOUT: Final = httpx.Timeout(10, connect=5)
#: The server says something every 15 seconds; twice that and it is gone.
STREAM_TIMEOUT: Final = httpx.Timeout(35, connect=5)
PAGE: Final = 30


class Problem(Exception):  # noqa: N818 - the name that the API gives it
    """The API said no: a stable *code*, the sentence and what it is about."""

    def __init__(self, code: str, detail: str, status: int) -> None:
        """Keep what was said."""
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.status = code, detail, status


class Offline(Exception):  # noqa: N818 - a state, shown as one
    """The API can't be reached, or broke."""


class Api:
    """A member's calls; ``token`` is empty before sign-in."""

    def __init__(self, address: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Ask the API at *address*, by *transport* when given."""
        self._http = httpx.AsyncClient(base_url=address, timeout=TIMEOUT, transport=transport, trust_env=False)
        self.token = ""

    async def ask_sign_in_code(self, phone: str) -> wire.SignInCodeSent:
        """Have a code sent."""
        return await self._send("POST", "/v1/sign-in/codes", wire.SignInCodeSent, wire.SignInCodeRequest(phone=phone))

    async def sign_in(self, request: wire.SignInRequest) -> wire.SignedIn:
        """Open a session and keep its token."""
        signed_in = await self._send("POST", "/v1/sign-in", wire.SignedIn, request)
        self.token = signed_in.token
        return signed_in

    async def me(self) -> wire.Me:
        """Return who is signed in."""
        return await self._send("GET", "/v1/me", wire.Me)

    async def change_language(self, language: str) -> wire.Me:
        """Have the member's language kept."""
        return await self._send("PATCH", "/v1/me", wire.Me, {"locale": language})

    async def top_up(self, request: wire.TopUpRequest, key: str) -> wire.ToppedUp:
        """Move money in; the same *key* again moves it once."""
        return await self._send("POST", "/v1/me/top-ups", wire.ToppedUp, request, key=key)

    async def pay_code(self) -> wire.PayCode:
        """Return a fresh pay code."""
        return await self._send("GET", "/v1/me/pay-code", wire.PayCode)

    async def coupons(self, cursor: str | None = None) -> wire.Coupons:
        """Return a page of coupons."""
        return await self._send("GET", "/v1/me/coupons", wire.Coupons, query={"cursor": cursor})

    async def payments(self, cursor: str | None = None) -> wire.Payments:
        """Return a page of payments, newest first."""
        return await self._send("GET", "/v1/me/payments", wire.Payments, query={"cursor": cursor, "limit": PAGE})

    async def payment(self, payment_id: str) -> wire.Payment:
        """Return a receipt."""
        return await self._send("GET", f"/v1/me/payments/{payment_id}", wire.Payment)

    async def loyalty(self) -> wire.Loyalty:
        """Return tier and points."""
        return await self._send("GET", "/v1/me/loyalty", wire.Loyalty)

    async def last_event(self) -> int:
        """Return the number of the newest event."""
        return (await self._send("GET", "/v1/me/events", wire.MemberEvents, query={"after": 2**62})).last_seq

    @asynccontextmanager
    async def event_lines(self, after: int) -> AsyncIterator[AsyncIterator[str]]:
        """Open the stream of what happens after event *after*, line by line. Raises: Offline, Problem."""
        headers = {**self._headers(), "Last-Event-ID": str(after)}
        try:
            async with self._http.stream(
                "GET", "/v1/me/events/stream", headers=headers, timeout=STREAM_TIMEOUT
            ) as answer:
                if answer.is_error:
                    await answer.aread()
                    raise _problem(answer)
                yield answer.aiter_lines()
        except httpx.HTTPError as error:
            raise Offline(str(error)) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _send(
        self,
        method: str,
        path: str,
        shape: type[T],
        body: object = None,
        *,
        key: str = "",
        query: dict[str, Any] | None = None,
    ) -> T:
        headers = self._headers()
        if key:
            headers["Idempotency-Key"] = key
        given = {name: value for name, value in (query or {}).items() if value is not None}
        content = None if body is None else msgspec.json.encode(_without_none(body))
        try:
            answer = await self._http.request(method, path, params=given, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise Offline(str(error)) from error
        if answer.is_error:
            raise _problem(answer)
        try:
            return msgspec.json.decode(answer.content, type=shape)
        except msgspec.DecodeError as error:
            raise Offline(f"{path} answered what can't be read: {error}") from error

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers


def new_key() -> str:
    """Return a key for one wish of the shopper; kept while it is tried again."""
    return str(uuid.uuid4())


def _without_none(body: object) -> object:
    built = msgspec.to_builtins(body)
    return {name: value for name, value in built.items() if value is not None} if isinstance(built, dict) else built


def _problem(answer: httpx.Response) -> Exception:
    try:
        said = msgspec.json.decode(answer.content, type=wire.Problem)
    except msgspec.DecodeError:
        return Offline(f"{answer.request.url.path} answered {answer.status_code}")
    return Problem(said.code, said.detail, answer.status_code)
