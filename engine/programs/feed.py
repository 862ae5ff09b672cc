"""A member's own events after a sequence number, and who is waiting for the next one in this process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from engine.desk import Desk
from engine.outbox.events import Event, events_script, last_seq_script
from engine.store.script import Script
from engine.wire.events import MemberEvent, MemberEvents


async def events_after(desk: Desk, member_id: str, after: int) -> MemberEvents:
    """Return a page of the member's events after *after*, oldest first; ``last_seq`` is where to go on."""
    return await desk.database.snapshot(_events_script(desk.settings.tenant_id, member_id, after))


def _events_script(tenant_id: str, member_id: str, after: int) -> Script[MemberEvents]:
    events = yield from events_script(tenant_id, member_id, after)
    last = events[-1].seq if events else (yield from last_seq_script(tenant_id, member_id))
    return MemberEvents(items=tuple(map(_shown, events)), last_seq=last)


def _shown(one: Event) -> MemberEvent:
    return MemberEvent(
        seq=one.seq,
        type=one.type,  # type: ignore[arg-type]  # written by our own Recorder only
        at=one.at,
        payment_id=one.payment_id or None,
        coupon_id=one.coupon_id or None,
        body=dict(one.body),
    )


class Waiters:
    """Wakes those who wait for a member's events. Waking says "look again", never what happened."""

    def __init__(self) -> None:
        """Nobody waits yet."""
        self._by_member: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def wake(self, member_id: str) -> None:
        """Tell everybody who waits for *member_id*."""
        for bell in self._by_member.get(member_id, ()):
            bell.set()

    @property
    def count(self) -> int:
        """How many wait."""
        return sum(map(len, self._by_member.values()))

    @contextmanager
    def waiting(self, member_id: str) -> Iterator[asyncio.Event]:
        """Give a bell that rings for *member_id* until the block ends; clear it before looking."""
        bell = asyncio.Event()
        self._by_member[member_id].add(bell)
        try:
            yield bell
        finally:
            self._by_member[member_id].discard(bell)
            if not self._by_member[member_id]:
                del self._by_member[member_id]
