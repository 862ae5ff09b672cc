"""An operation of the API, declared once: route, who may call it, shapes, errors. All else is made of that.

The route, the guard, the strict reading of the request, the OpenAPI document, the docs page and the tests of all three
come from here. A handler is a coroutine that gets a ``Call`` and returns a wire shape, the sequencer's ``Answer``, or a
stream; its docstring is its documentation: the first line the summary, the rest the description.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

from msgspec import Struct

from engine.api.caller import Caller, Role
from engine.api.reception import Reception
from engine.checkout.request import Request
from engine.desk import Desk
from engine.ledger.work import Answer

Body = TypeVar("Body")
Query = TypeVar("Query")

#: The status of an answer whose end a bank has not told yet.
PENDING_STATUS: Final = 202
#: Every body is at most this long, but for publications.
BODY_MAX_BYTES: Final = 256 * 1024


class EventStream:
    """A reply of server-sent events."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        """Send *chunks* as they come."""
        self.chunks = chunks


class Download:
    """A reply that is a file, sent as it is made."""

    def __init__(self, chunks: AsyncIterator[bytes], file_name: str) -> None:
        """Send *chunks* as they come, to be saved as *file_name*."""
        self.chunks = chunks
        self.file_name = file_name


Reply = Struct | Answer | EventStream | Download


@dataclass(frozen=True, kw_only=True)
class Call(Generic[Body, Query]):
    """One request, read and checked. ``once`` is there when the operation needs an Idempotency-Key."""

    desk: Desk
    reception: Reception
    caller: Caller
    path: Mapping[str, str]
    body: Body
    query: Query
    request: Request | None
    last_event_id: str | None = None
    content: bytes = b""  # of a file sent up

    @property
    def once(self) -> Request:
        """Who asks, under which key, with which fingerprint."""
        if self.request is None:
            raise LookupError("this operation was declared without an Idempotency-Key")
        return self.request


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one address. ``codes`` are the errors beyond those that every operation can give."""

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str  # "/v1/payments/{payment_id}"
    who: tuple[Role, ...]
    handle: Callable[[Call[Any, Any]], Awaitable[Reply]]
    answer: type[Struct] | None = None  # None: a file, see ``gives``
    status: int = 200
    body: type[Struct] | None = None
    query: type[Struct] | None = None
    codes: tuple[str, ...] = ()
    needs_key: bool = False
    streams: bool = False
    takes: str = ""  # the media type of a file that is the body
    gives: str = ""  # the media type of a file that is the answer
    may_be_pending: bool = False  # a bank may be silent: then the same shape comes with 202
    body_max_bytes: int = BODY_MAX_BYTES

    @property
    def name(self) -> str:
        """The operation's id: the handler's name."""
        return self.handle.__name__

    @property
    def tag(self) -> str:
        """What the operation is about: the first word of its path."""
        words = [part for part in self.path.split("/") if part not in {"", "v1"}]
        return words[0]

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return self._words[0].removesuffix(".")

    @property
    def description(self) -> str:
        """The rest of the handler's docstring."""
        return " ".join(" ".join(self._words[1:]).split())

    @property
    def _words(self) -> list[str]:
        return (inspect.getdoc(self.handle) or "").split("\n")

    @property
    def all_codes(self) -> tuple[str, ...]:
        """Every error that the operation can answer."""
        codes = ["malformed_request", "invalid_field", "database_unavailable", "internal"]
        if "anyone" not in self.who:
            codes += ["not_signed_in", "key_unknown", "not_allowed"]
        if self.body is not None:
            codes += ["too_large", "too_deep"]
        if self.takes:
            codes += ["too_large"]
        if self.needs_key:
            codes += [
                "idempotency_key_missing",
                "idempotency_key_invalid",
                "idempotency_key_reused",
                "request_in_progress",
                "busy",
            ]
        return tuple(dict.fromkeys([*codes, *self.codes]))
