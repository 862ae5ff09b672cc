"""The sequencer: one per process, it gathers what arrives while the last group commits, and commits it as one.

The database's row locks stay the authority, so any number of processes can run one each on PostgreSQL.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from engine.clock import Clock, SystemClock
from engine.errors import Conflict, Unavailable
from engine.ledger.group import KeyHeld, Outcome, group_script
from engine.ledger.idempotency import Claim, claim_of
from engine.ledger.work import Answer, Work
from engine.store.database import Database
from engine.store.failures import Contended, RuleBroken
from engine.store.instants import to_micros

#: Works in one transaction: more gain little and make the first wait longer.
GROUP_MAX: Final = 256
#: Works that wait; past it callers are told to come back. At 5,000 a second a full queue is under half a second.
WAITING_MAX: Final = 2_000
#: How often a single work runs again when another process stood in its way.
TRIES_MAX: Final = 3
#: How long a group waits for another process's lock; then each of its works runs by itself.
PATIENCE_MS: Final = 500
#: How long a work waits, beside the groups, for a key that another process holds: with the above, under 5 s.
KEY_PATIENCE_MS: Final = 3_900
#: How long a caller waits for an answer; the work goes on, and the same key finds what became of it.
ANSWER_SECONDS: Final = 4.8


class _Entry(NamedTuple):
    work: Work
    future: asyncio.Future[Answer]


class Sequencer:
    """Gathers works into groups; see ``engine.ledger.group`` for what a group does."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        """Write to *database*; *clock* stamps kept answers."""
        self._database = database
        self._clock: Clock = clock or SystemClock()
        self._waiting: deque[_Entry] = deque()
        self._in_flight: dict[Claim, _Entry] = {}
        self._running: asyncio.Task[None] | None = None
        self._aside: set[asyncio.Task[None]] = set()
        self._closed = False

    async def submit(self, work: Work) -> Answer:
        """Do *work* once and return its answer after COMMIT; a repeat of its key gets the same bytes.

        A Refused or Conflict that ``decide`` raises comes back as an Answer of kind refused or conflict whose body is
        ``{code, title, detail, fields}``; the edge renders it. A caller who goes away does not stop the work.

        Raises: Invalid ``idempotency_key_reused``; Unavailable ``busy`` when too much waits, or too long; Unavailable
                ``database_unavailable``; Conflict ``request_in_progress`` when another process holds the key; whatever
                else ``decide`` raises. None of these keeps anything.
        """
        claim = claim_of(work)
        while claim is not None and claim in self._in_flight:
            first = self._in_flight[claim]
            if first.work.fingerprint == work.fingerprint:
                return await _answered(first.future)
            await _over(first.future)  # which of the two owns the key, the kept answer says
        if self._closed or len(self._waiting) >= WAITING_MAX:
            raise Unavailable("busy", "Too much is waiting. Send the same request again in a moment.")
        entry = _Entry(work, asyncio.get_running_loop().create_future())
        entry.future.add_done_callback(_seen)
        self._waiting.append(entry)
        if claim is not None:
            self._in_flight[claim] = entry
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await _answered(entry.future)

    async def close(self) -> None:
        """Take nothing new and finish what waits."""
        self._closed = True
        if self._running is not None:
            await asyncio.shield(self._running)
        if self._aside:
            await asyncio.wait(self._aside)

    async def _run(self) -> None:
        """Commit groups until nothing waits; what arrives meanwhile is the next group."""
        while self._waiting:
            entries = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_MAX))]
            try:
                await self._commit(entries)
            except asyncio.CancelledError:
                for entry in entries:
                    self._finish(entry, Unavailable("busy", "The server is stopping. Send the same request again."))
                raise

    async def _commit(self, entries: Sequence[_Entry]) -> None:
        """Commit *entries* together; when the group fails as a whole, each by itself: only the culprit fails."""
        try:
            outcomes = await self._together(entries, PATIENCE_MS)
        except (RuleBroken, Contended):
            for entry in entries:
                await self._alone(entry)
        except Exception as error:  # noqa: BLE001 - it reaches every caller of the group
            for entry in entries:
                self._finish(entry, error)
        else:
            for entry, outcome in zip(entries, outcomes, strict=True):
                self._finish(entry, outcome)

    async def _together(self, entries: Sequence[_Entry], patience_ms: int) -> list[Outcome]:
        works = [entry.work for entry in entries]
        return await self._database.write(group_script(works, to_micros(self._clock.now()), patience_ms))

    async def _alone(self, entry: _Entry) -> None:
        """Commit one work; a rule broken by what another process wrote meanwhile heals by deciding anew."""
        outcome: Outcome = Unavailable("busy", "Others hold what this request needs. Send it again in a moment.")
        for _ in range(TRIES_MAX):
            try:
                outcome = (await self._together([entry], PATIENCE_MS))[0]
                break
            except KeyHeld:
                task = asyncio.create_task(self._beside(entry))
                self._aside.add(task)
                task.add_done_callback(self._aside.discard)
                return
            except Contended:
                continue
            except Exception as error:  # noqa: BLE001 - it reaches the caller
                outcome = error
                if not isinstance(error, RuleBroken):
                    break
        self._finish(entry, outcome)

    async def _beside(self, entry: _Entry) -> None:
        """Wait for a key that another process holds while the groups go on; in the end say that it is in progress."""
        try:
            outcome = (await self._together([entry], KEY_PATIENCE_MS))[0]
        except Contended:
            detail = "The same request is still being worked on. Send it again in a moment."
            outcome = Conflict("request_in_progress", detail)
        except Exception as error:  # noqa: BLE001 - it reaches the caller
            outcome = error
        self._finish(entry, outcome)

    def _finish(self, entry: _Entry, outcome: Outcome) -> None:
        """Answer the callers of *entry*."""
        claim = claim_of(entry.work)
        if claim is not None:
            self._in_flight.pop(claim, None)
        if isinstance(outcome, Answer):
            entry.future.set_result(outcome)
        else:
            entry.future.set_exception(outcome)


async def _answered(future: asyncio.Future[Answer]) -> Answer:
    """Wait for the answer, not for ever: while the database hangs, those behind the first group would wait twice."""
    await _over(future)
    return future.result()


async def _over(future: asyncio.Future[Answer]) -> None:
    done, _ = await asyncio.wait({future}, timeout=ANSWER_SECONDS)
    if not done:
        detail = "This takes longer than usual and may still be done. Send the same request again."
        raise Unavailable("busy", detail)


def _seen(future: asyncio.Future[Answer]) -> None:
    """Mark a failure as noticed when every caller has gone away."""
    if not future.cancelled():
        future.exception()
