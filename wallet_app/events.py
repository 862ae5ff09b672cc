"""Hear what happens to the shopper: server-sent events, resumed where they broke off."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

import msgspec

from wallet_app.api import Offline, Problem
from wallet_app.wire import MemberEvent

FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 15.0
log = logging.getLogger("wallet.events")


class Source(Protocol):
    """What gives the lines."""

    def event_lines(self, after: int) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Open the stream after event *after*."""
        ...


async def events_of(lines: AsyncIterable[str]) -> AsyncIterator[MemberEvent]:
    """Yield the events in the lines of a stream; comments and half events are passed over."""
    data: list[str] = []
    async for line in lines:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield msgspec.json.decode("\n".join(data), type=MemberEvent)
            data.clear()


async def listen(
    source: Source,
    after: int,
    hear: Callable[[MemberEvent], Awaitable[None]],
    line_is: Callable[[bool], Awaitable[None]],
) -> None:
    """Call *hear* with each event after *after*, for ever; *line_is* says whether the line is up.

    A broken line is opened again after a growing, uneven wait, from the last event heard.
    Raises: Problem when the token is no longer good.
    """
    wait_seconds = FIRST_WAIT_SECONDS
    while True:
        try:
            async with source.event_lines(after) as lines:
                await line_is(True)
                async for event in events_of(lines):
                    wait_seconds = FIRST_WAIT_SECONDS
                    after = max(after, event.seq)
                    await hear(event)
        except Offline as error:
            log.info("the line broke: %s", error)
        except Problem as problem:
            if problem.code in {"not_signed_in", "not_allowed"}:
                raise
            log.info("the line was refused: %s", problem)
        except msgspec.DecodeError as error:
            log.warning("an event can't be read: %s", error)
        await line_is(False)
        await asyncio.sleep(wait_seconds * random.uniform(0.7, 1.3))  # noqa: S311 - spreads reconnects
        wait_seconds = min(wait_seconds * 2, LONGEST_WAIT_SECONDS)
