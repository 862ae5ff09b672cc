"""A bank that isn't one. The card's token says how it behaves (``engine.rails.behaviour``).

It keeps its own book by rail key, so asking again never takes money twice, and writes its own settlement file.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from msgspec.structs import replace

from engine.clock import Clock, SystemClock
from engine.rails.behaviour import LATE_MESSAGES, Act, behaviour
from engine.rails.rail import RailAnswer, RailState, RailTimeoutError
from engine.rails.sandbox_book import Book, Entries, Entry, MemoryBook
from engine.rails.settlement_file import SettlementRow, written
from engine.store.instants import from_micros, to_micros

#: What a bank that is lost or late says.
_SILENT: Final = None
_TAKEN: Final = ("captured",)
_DONE: Final[dict[Act, RailState]] = {
    "authorise": "authorised",
    "capture": "captured",
    "refund": "refunded",
    "pay_out": "paid_out",
}


class SandboxCard:
    """A rail without a bank behind it."""

    def __init__(self, book: Book | None = None, clock: Clock | None = None) -> None:
        """Write into *book* (default: one in memory) by *clock*."""
        self._book: Book = book or MemoryBook()
        self._clock: Clock = clock or SystemClock()

    async def authorise(self, rail_key: str, *, token: str, amount_minor: int, currency: str) -> RailAnswer:
        """Hold the amount; a second message with the same key finds the first."""
        asked = _asked("charge", token, amount_minor, currency)
        return await self._message(rail_key, "authorise", asked)

    async def capture(self, rail_key: str) -> RailAnswer:
        """Take what was authorised, once."""
        return await self._message(rail_key, "capture", None)

    async def cancel(self, rail_key: str) -> RailAnswer:
        """Let go of what was authorised; a key never heard of is barred, one that waits in the queue is not found."""
        return await self._heard(rail_key, self._cancelled)

    async def refund(self, rail_key: str, *, of: str, amount_minor: int) -> RailAnswer:
        """Give back once for each key, all of them together never more than was taken."""
        return await self._message(rail_key, "refund", Entry(kind="refund", of_key=of, amount_minor=amount_minor))

    async def pay_out(self, rail_key: str, *, token: str, amount_minor: int, currency: str) -> RailAnswer:
        """Pay to the account behind the token, once."""
        return await self._message(rail_key, "pay_out", _asked("pay_out", token, amount_minor, currency))

    async def query(self, rail_key: str) -> RailAnswer:
        """Tell what became of the key."""
        return await self._heard(rail_key, lambda entry: entry)

    async def settlement(self, day: date) -> str:
        """Return the file of *day* (UTC): what moved money, in the order in which it was done."""
        since = datetime.combine(day, time(0), UTC)
        entries = await self._book.between(to_micros(since), to_micros(since + timedelta(days=1)))
        return written(_row(key, one) for key, one in entries.items() if one.state in _MOVED)

    async def charge_back(self, rail_key: str, *, of: str, amount_minor: int) -> None:
        """Take captured money back for the card's holder, who disputes it; the file of the day tells."""
        at = to_micros(self._clock.now())

        def step(entries: Entries) -> tuple[dict[str, Entry], None]:
            charge = entries[of]
            if charge is None or charge.state not in _TAKEN or entries[rail_key] is not None:
                return {}, None
            return {rail_key: _dispute(of, charge, amount_minor, at)}, None

        await self._book.change([rail_key, of], step)

    async def taken_minor(self) -> int:
        """Return what the bank took from all cards and did not give back."""
        entries = await self._book.between(0, _FOREVER)
        return sum(one.amount_minor - one.refunded_minor for one in entries.values() if one.state in _TAKEN)

    async def _message(self, rail_key: str, act: Act, asked: Entry | None) -> RailAnswer:
        """Take a message that acts."""
        at = to_micros(self._clock.now())
        of = asked.of_key if asked is not None else ""

        def step(entries: Entries) -> tuple[dict[str, Entry], RailAnswer | None]:
            charge = entries[of] if of else None
            token = charge.token if charge else asked.token if asked else ""
            first = entries[rail_key] or (_fresh(asked, token) if asked else None)
            if first is None:
                return {}, RailAnswer("unknown")
            if first.requests_to_lose:
                return {rail_key: replace(first, requests_to_lose=first.requests_to_lose - 1)}, _SILENT
            if first.queued:
                return _answered({rail_key: _waited(first, at)}, rail_key)
            if behaviour(first.token).late == act and first.state == _BEFORE[act]:
                return {rail_key: replace(first, queued=act, queued_left=LATE_MESSAGES)}, _SILENT
            changed: dict[str, Entry] = {}
            for _ in range(2 if behaviour(token).twice else 1):
                changed = _acted(rail_key, changed.get(rail_key, first), changed.get(of, charge), act, at) | changed
            return _answered(changed, rail_key)

        return _said(await self._book.change([rail_key, *([of] if of else [])], step), rail_key)

    async def _heard(self, rail_key: str, act: Callable[[Entry], Entry]) -> RailAnswer:
        """Take a message about a key that is there, or is not."""
        at = to_micros(self._clock.now())

        def step(entries: Entries) -> tuple[dict[str, Entry], RailAnswer | None]:
            entry = entries[rail_key]
            if entry is None or entry.requests_to_lose:
                barred = act(Entry(kind="charge", at=at))
                return ({rail_key: barred} if barred.state == "cancelled" else {}), _told(barred)
            waited = _waited(entry, at)
            return _answered({rail_key: waited if waited.queued else act(waited)}, rail_key)

        return _said(await self._book.change([rail_key], step), rail_key)

    def _cancelled(self, entry: Entry) -> Entry:
        free = entry.kind == "charge" and entry.state in {"unknown", "authorised"}
        return replace(entry, state="cancelled", at=to_micros(self._clock.now())) if free else entry


#: The state in which a key must be for an act to change it.
_BEFORE: Final[dict[Act, str]] = {
    "authorise": "unknown",
    "capture": "authorised",
    "refund": "unknown",
    "pay_out": "unknown",
}
_MOVED: Final = ("captured", "refunded", "paid_out", "booked")
_FOREVER: Final = 2**62


def _asked(kind: str, token: str, amount_minor: int, currency: str) -> Entry:
    return Entry(kind=kind, token=token, amount_minor=amount_minor, currency=currency)


def _fresh(asked: Entry, token: str) -> Entry:
    faults = behaviour(token)
    return replace(asked, token=token, requests_to_lose=faults.loses_requests, answers_to_lose=faults.loses_answers)


def _acted(rail_key: str, entry: Entry, charge: Entry | None, act: Act, at: int) -> dict[str, Entry]:
    """Do *act*, unless it was done; a refund counts on its charge, too."""
    if entry.state != _BEFORE[act]:
        return {rail_key: entry}
    if act == "refund":
        left = charge.amount_minor - charge.refunded_minor if charge and charge.state in _TAKEN else 0
        if charge is None or entry.amount_minor > left or "refund" in behaviour(entry.token).declines:
            return {rail_key: replace(entry, state="declined", at=at)}
        done = replace(entry, state="refunded", currency=charge.currency, at=at)
        return {rail_key: done, entry.of_key: replace(charge, refunded_minor=charge.refunded_minor + done.amount_minor)}
    state = "declined" if act in behaviour(entry.token).declines else _DONE[act]
    done = replace(entry, state=state, at=at)
    if state == "captured" and behaviour(entry.token).charges_back:
        return {rail_key: done, f"{rail_key}-dispute": _dispute(rail_key, done, done.amount_minor, at)}
    return {rail_key: done}


def _dispute(of: str, charge: Entry, amount_minor: int, at: int) -> Entry:
    return Entry(
        kind="chargeback",
        state="booked",
        of_key=of,
        amount_minor=min(amount_minor, charge.amount_minor),
        currency=charge.currency,
        at=at,
    )


def _waited(entry: Entry, at: int) -> Entry:
    """Let a late bank come to what it was asked, one message later."""
    if entry.queued is None:
        return entry
    if entry.queued_left > 1:
        return replace(entry, queued_left=entry.queued_left - 1)
    return replace(entry, state=_DONE[entry.queued], queued=None, queued_left=0, at=at)


def _answered(changed: dict[str, Entry], rail_key: str) -> tuple[dict[str, Entry], RailAnswer | None]:
    entry = changed[rail_key]
    if entry.answers_to_lose:
        return changed | {rail_key: replace(entry, answers_to_lose=entry.answers_to_lose - 1)}, _SILENT
    return changed, _told(entry)


def _told(entry: Entry) -> RailAnswer:
    state: RailState = entry.state  # type: ignore[assignment]  # "booked" is never asked about
    at = from_micros(entry.at) if entry.at else None
    return RailAnswer(state, "do not honour" if state == "declined" else "", at)


def _said(answer: RailAnswer | None, rail_key: str) -> RailAnswer:
    if answer is None:
        raise RailTimeoutError(rail_key)
    return answer


def _row(rail_key: str, one: Entry) -> SettlementRow:
    return SettlementRow(
        kind=one.kind,
        rail_key=rail_key,
        of_key=one.of_key,
        amount_minor=one.amount_minor,
        currency=one.currency,
        state=one.state,
        at=from_micros(one.at),
    )
