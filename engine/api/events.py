"""A member's own events: page by page, or as they happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from engine.api.operation import Call, EventStream, Operation
from engine.desk import Desk
from engine.errors import Invalid
from engine.programs.feed import Waiters, events_after
from engine.store.database import is_postgres
from engine.wire.events import MemberEvent, MemberEvents

#: A comment this often keeps proxies from cutting the line.
HEARTBEAT_SECONDS: Final = 15.0
#: With other processes on one database nobody rings for what they wrote: look by oneself.
LOOK_SECONDS: Final = 1.0
SEQ_MAX: Final = 2**62

Seq = Annotated[int, Meta(ge=0, le=SEQ_MAX)]


class AfterQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last event seen; 0 for all."""

    after: Seq = 0


class StreamQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last event seen; without it (and without Last-Event-ID) only what happens from now on."""

    after: Seq | None = None


async def list_events(call: Call[None, AfterQuery]) -> MemberEvents:
    """List your events after one, oldest first; ask again after ``last_seq``."""
    return await events_after(call.desk, call.caller.member_id, call.query.after)


async def stream_events(call: Call[None, StreamQuery]) -> EventStream:
    """Stream your events as they happen, as server-sent events.

    Each has ``id`` (seq), ``event`` (type) and ``data`` (a MemberEvent). Reconnect with Last-Event-ID and nothing is
    missed. A comment comes every 15 seconds.
    """
    after = _seen(call)
    if after is None:
        after = (await events_after(call.desk, call.caller.member_id, SEQ_MAX)).last_seq
    return EventStream(_chunks(call.desk, call.reception.waiters, call.caller.member_id, after))


def _seen(call: Call[None, StreamQuery]) -> int | None:
    """Return the last event that the caller has seen. Raises: Invalid ``invalid_field``."""
    if call.last_event_id is None:
        return call.query.after
    text = call.last_event_id
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Invalid("invalid_field", "Last-Event-ID must be the id of an event.", path="Last-Event-ID")
    return int(text)


async def _chunks(desk: Desk, waiters: Waiters, member_id: str, after: int) -> AsyncIterator[bytes]:
    """Yield what happened after *after*, then what happens; ends when the caller goes away."""
    look_seconds = LOOK_SECONDS if is_postgres(desk.settings.url) else HEARTBEAT_SECONDS
    loop = asyncio.get_running_loop()
    with waiters.waiting(member_id) as bell:
        yield b"retry: 2000\n\n"
        told_at = loop.time()
        while True:
            bell.clear()
            page = await events_after(desk, member_id, after)
            for one in page.items:
                yield _chunk(one)
                after, told_at = one.seq, loop.time()
            if page.items:
                continue  # there may be another page
            if loop.time() - told_at >= HEARTBEAT_SECONDS:
                yield b": still here\n\n"
                told_at = loop.time()
            await _rung(bell, look_seconds)


async def _rung(bell: asyncio.Event, seconds: float) -> bool:
    """Wait for *bell*, at most *seconds*; return whether it rang."""
    try:
        async with asyncio.timeout(seconds):
            return await bell.wait()
    except TimeoutError:
        return False


def _chunk(one: MemberEvent) -> bytes:
    return f"id: {one.seq}\nevent: {one.type}\ndata: {msgspec.json.encode(one).decode()}\n\n".encode()


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/me/events",
        who=("member",),
        handle=list_events,
        query=AfterQuery,
        answer=MemberEvents,
    ),
    Operation(
        method="GET",
        path="/v1/me/events/stream",
        who=("member",),
        handle=stream_events,
        query=StreamQuery,
        answer=MemberEvent,
        streams=True,
    ),
)
