"""Sends what is due to every endpoint at once; a slow one holds up itself only.

Each endpoint has a slot of its own, so the number of connections is bounded by that of endpoints at work plus the
shared extra slots, of which one endpoint uses a few. What was sent is written down afterwards: a process that dies in
between sends it again under the same id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from engine.clock import Clock
from engine.outbox.delivery import Batch, EndpointKey, batch_script, ready_script, record_script
from engine.outbox.post import Outcome, Post
from engine.outbox.signature import signed_headers, valid_secrets
from engine.store.database import Database
from engine.store.instants import to_micros
from engine.store.script import Row

#: Endpoints at work at one time.
ENDPOINTS_MAX: Final = 200
#: Slots beyond the one of each endpoint: all together, and what one endpoint may take of them.
EXTRA_SLOTS: Final = 64
EXTRA_PER_ENDPOINT: Final = 7
#: While some are at work, look this often for others that have become due.
LOOK_SECONDS: Final = 0.5


def _always() -> bool:
    return True


async def _unseen() -> None:
    """Tell nobody."""


class Dispatcher:
    """Sends webhooks of one tenant. ``run`` returns when nothing is due and nobody is at work."""

    def __init__(
        self,
        database: Database,
        tenant_id: str,
        *,
        clock: Clock,
        post: Post,
        goes_on: Callable[[], bool] = _always,
    ) -> None:
        """Send with *post*; begin nothing new once *goes_on* says no."""
        self._database, self._tenant_id, self._clock = database, tenant_id, clock
        self._post, self._goes_on = post, goes_on
        self._extra = EXTRA_SLOTS

    async def run(self, alive: Callable[[], Awaitable[None]] = _unseen) -> int:
        """Send all that is due, calling *alive* now and then, and return how many were tried.

        Raises: whatever the database raises.
        """
        at_work: dict[EndpointKey, asyncio.Task[int]] = {}
        tried = 0
        try:
            while True:
                await alive()
                await self._begin(at_work)
                if not at_work:
                    return tried
                done, _ = await asyncio.wait(
                    at_work.values(), timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                tried += sum(task.result() for task in done)
                at_work = {key: task for key, task in at_work.items() if task not in done}
        finally:
            for task in at_work.values():
                task.cancel()
            await asyncio.gather(*at_work.values(), return_exceptions=True)

    async def _begin(self, at_work: dict[EndpointKey, asyncio.Task[int]]) -> None:
        """Put endpoints to work to which something may go."""
        if not self._goes_on() or len(at_work) >= ENDPOINTS_MAX:
            return
        # Those at work may be ready too: ask for enough to see past them.
        ready = await self._database.read(ready_script(self._tenant_id, self._now(), ENDPOINTS_MAX + len(at_work)))
        for key in ready:
            if key not in at_work and len(at_work) < ENDPOINTS_MAX:
                at_work[key] = asyncio.create_task(self._serve(key), name=f"webhooks to {key[2]}")

    async def _serve(self, key: EndpointKey) -> int:
        """Send to one endpoint until nothing is due there; return how many were tried."""
        tried = 0
        while self._goes_on():
            extra = min(self._extra, EXTRA_PER_ENDPOINT)
            self._extra -= extra
            try:
                batch = await self._database.read(batch_script(key, self._now(), 1 + extra))
                if batch is None:
                    break
                self._extra += extra - (len(batch.deliveries) - 1)
                extra = len(batch.deliveries) - 1
                outcomes = await asyncio.gather(*(self._send(batch, one) for one in batch.deliveries))
            finally:
                self._extra += extra
            sent = list(zip(batch.deliveries, outcomes, strict=True))
            await self._database.write(record_script(key, sent, self._now()))
            tried += len(sent)
        return tried

    async def _send(self, batch: Batch, one: Row) -> Outcome:
        now, body = self._clock.now(), one["body"]
        headers = signed_headers(one["event_id"], body, valid_secrets(batch.endpoint, now), now)
        fixed = {"content-type": "application/json", "user-agent": "youhui-webhooks/1"}
        return await self._post(batch.endpoint["url"], {**fixed, **headers}, body.encode())

    def _now(self) -> int:
        return to_micros(self._clock.now())
