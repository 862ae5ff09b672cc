"""Settles a merchant's days: claims what waits into statements, and books each closed one as one transfer.

    waiting → open statement → closed statement: payable → settled, what is owed first

Everything is decided under the lock of the merchant's head and settled account. What waits is read before, without a
lock; the head counts what was claimed, so who was overtaken in between sees another count and looks again. A run that
dies leaves closed statements and at most one open, which the next goes on with.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import bindparam

from engine.desk import Desk
from engine.errors import Unavailable
from engine.programs.merchants import Merchant, merchant, merchants_script
from engine.settlement.claimable import Waiting, waiting_script
from engine.settlement.day import DAY, require_over, yesterday
from engine.settlement.entry import Entry
from engine.settlement.posting import OvertakenError, Posting, skip_work
from engine.settlement.statement import EMPTY_HEAD, settlement_head
from engine.store.script import Row, Script, query, select

#: How often a merchant is looked at again when another process settles it at the same time.
TRIES_MAX: Final = 5
#: Merchants that are settled side by side: they share the sequencer's groups.
SIDE_BY_SIDE: Final = 16

#: Transfers that one transaction claims: well under a second on both databases.
CLAIM_MAX: Final = 3_000
_IDS: Final = (
    sa.select(merchant.c.home_id).where(merchant.c.tenant_id == bindparam("tenant_id")).order_by(merchant.c.home_id)
)


class ClosedStatement(Struct, frozen=True, kw_only=True):
    """A statement that was closed now."""

    merchant_id: str
    day: date
    currency: str


async def settle(desk: Desk, through: date | None = None, merchant_ids: Sequence[str] = ()) -> list[ClosedStatement]:
    """Settle all days of all merchants (or of *merchant_ids*) up to *through*; without it, up to each one's yesterday.

    Raises: Conflict ``day_not_over`` when *through* is not over for one of them, and nothing is settled; NotFound
            ``merchant_not_found``; Unavailable ``busy`` when others settle the same at the same time.
    """
    found = await desk.database.read(_merchants_script(desk.settings.tenant_id, merchant_ids))
    now = desk.clock.now()
    if through is not None:
        for one in found:
            require_over(through, now, one.timezone)
    return await _side_by_side(desk, [(one, through or yesterday(now, one.timezone)) for one in found])


async def settle_due(desk: Desk, cut_off: datetime) -> list[ClosedStatement]:
    """Settle the merchants that have a day unsettled which was over at *cut_off*, up to that day."""
    merchants, heads = await desk.database.snapshot(_heads_script(desk.settings.tenant_id))
    settled = {head["home_id"]: date.fromisoformat(head["next_day"]) for head in heads if head["next_day"]}
    due = [(one, yesterday(cut_off, one.timezone)) for one in merchants]
    return await _side_by_side(desk, [(one, day) for one, day in due if settled.get(one.id, day) <= day])


async def _side_by_side(desk: Desk, due: Iterable[tuple[Merchant, date]]) -> list[ClosedStatement]:
    """Settle merchants, some at a time, each up to a day; one that fails stops no other, and is told in the end."""
    places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def in_turn(one: Merchant, through: date) -> list[ClosedStatement]:
        async with places:
            return await settle_merchant(desk, one, through)

    outcomes = await asyncio.gather(*(in_turn(one, through) for one, through in due), return_exceptions=True)
    closed = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        closed += outcome
    return closed


async def settle_merchant(desk: Desk, one: Merchant, through: date) -> list[ClosedStatement]:
    """Settle what *one* has waiting that happened up to the end of *through*, a day that is over."""
    closed: list[ClosedStatement] = []
    tries_left = TRIES_MAX
    while tries_left:
        waiting = await desk.database.snapshot(waiting_script(desk.settings.tenant_id, one, through))
        try:
            for posting in postings(desk, one, through, waiting):
                await desk.sequencer.submit(posting.work())
                if posting.closes:
                    closed.append(ClosedStatement(merchant_id=one.id, day=posting.day, currency=posting.currency))
            await _skip_empty_days(desk, one, through, waiting)
        except OvertakenError:
            tries_left -= 1
            continue
        if waiting.complete:
            return closed
    raise Unavailable("busy", f"Somebody else settles {one.id} at the same time. Try again.", merchant_id=one.id)


def postings(desk: Desk, one: Merchant, through: date, waiting: Waiting) -> Iterator[Posting]:
    """Yield what to write for *waiting*, in order: per currency and day, the oldest first."""
    for currency in sorted({entry.currency for entry in waiting.entries} | waiting.heads.keys()):
        head = waiting.heads.get(currency, EMPTY_HEAD)
        own = [entry for entry in waiting.entries if entry.currency == currency]
        entries_by_day = by_day(own, head)
        claimed = int(str(head["claimed"]))
        for day, entries in entries_by_day.items():
            closes = waiting.complete or day < waiting.entries[-1].own_day
            is_last = waiting.complete and day == max(entries_by_day)
            pages = pages_of(entries)
            for page in pages:
                posting = Posting(
                    tenant_id=desk.settings.tenant_id,
                    merchant=one,
                    currency=currency,
                    day=day,
                    entries=tuple(page),
                    claimed=claimed,
                    closes=closes and page is pages[-1],
                    next_day=(through if is_last else day) + DAY,
                    at=desk.clock.now(),
                )
                claimed += posting.count
                yield posting


def pages_of(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Return *entries* in pages of at most about ``CLAIM_MAX`` transfers; without any, one empty page."""
    pages: list[list[Entry]] = [[]]
    count = 0
    for entry in entries:
        if count + len(entry.claimed) > CLAIM_MAX and pages[-1]:
            pages.append([])
            count = 0
        pages[-1].append(entry)
        count += len(entry.claimed)
    return pages


async def _skip_empty_days(desk: Desk, one: Merchant, through: date, waiting: Waiting) -> None:
    """Say of currencies in which nothing waited that the days up to *through* are settled."""
    busy = {entry.currency for entry in waiting.entries}
    for currency, head in waiting.heads.items():
        is_idle = currency not in busy and not head["open_day"]
        if waiting.complete and is_idle:
            known = {"claimed": head["claimed"], "next_day": through + DAY}
            await desk.sequencer.submit(skip_work(desk.settings.tenant_id, one.id, currency, **known))


def by_day(entries: Iterable[Entry], head: Mapping[str, object]) -> dict[date, list[Entry]]:
    """Return the entries by the statement they go into, in order of days.

    An entry goes into the statement of its own day; when that is closed, into the first that is not. A statement that
    was left open is among them.
    """
    days = defaultdict[date, list[Entry]](list)
    first = _date(head, "next_day") or date.min
    for entry in entries:
        days[max(entry.own_day, first)].append(entry)
    left_open = _date(head, "open_day")
    if left_open:
        days[left_open] += []
    return dict(sorted(days.items()))


def _date(head: Mapping[str, object], name: str) -> date | None:
    return date.fromisoformat(str(head[name])) if head[name] else None


def _heads_script(tenant_id: str) -> Script[tuple[list[Merchant], list[Row]]]:
    """Return every merchant, and the heads, those that are furthest behind last."""
    merchants = yield from _merchants_script(tenant_id, ())
    heads = yield select(settlement_head, tenant_id=tenant_id)
    return merchants, sorted(heads, key=lambda head: str(head["next_day"]), reverse=True)


def _merchants_script(tenant_id: str, merchant_ids: Sequence[str]) -> Script[list[Merchant]]:
    rows: list[Row] = [] if merchant_ids else (yield query(_IDS, tenant_id=tenant_id))
    ids = merchant_ids or [row["home_id"] for row in rows]
    return list((yield from merchants_script(tenant_id, ids)).values()) if ids else []
