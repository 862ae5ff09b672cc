"""The sandbox bank's own book: one entry per rail key, kept apart from ours, so that it survives our crashes.

``TableBook`` keeps it in the database in transactions of its own; ``MemoryBook`` is for whoever needs no more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import BigInteger, Column, Table, Text, bindparam

from engine.errors import Unavailable
from engine.rails.behaviour import Act
from engine.rails.rail import RailTimeoutError
from engine.store.database import Database
from engine.store.failures import Contended
from engine.store.metadata import metadata
from engine.store.script import Script, insert_missing, lock, query, update

T = TypeVar("T")
_HOME: Final = "bank"

sandbox_bank = Table(
    "sandbox_bank",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "bank"
    Column("rail_key", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),  # of the last thing done, 0 before the first
    Column("entry", Text, nullable=False),  # Entry as JSON, "" before the first message was taken
)


class Entry(Struct, frozen=True, kw_only=True):
    """One rail key. A charge counts its own refunds; ``queued`` is what the bank was asked and has not come to."""

    kind: str  # charge | refund | pay_out | chargeback
    state: str = "unknown"  # a RailState; "booked" for a chargeback
    token: str = ""
    of_key: str = ""
    amount_minor: int = 0
    currency: str = ""
    refunded_minor: int = 0
    queued: Act | None = None
    queued_left: int = 0
    requests_to_lose: int = 0
    answers_to_lose: int = 0
    at: int = 0


#: What is known of some keys → what to write, and the result.
Entries: TypeAlias = Mapping[str, Entry | None]
Step: TypeAlias = Callable[[Entries], tuple[dict[str, Entry], T]]


class Book(Protocol):
    """Where the bank writes."""

    async def change(self, keys: Sequence[str], step: Step[T]) -> T:
        """Do *step* on the entries of *keys*, all or nothing, alone on them."""
        ...

    async def between(self, since: int, until: int) -> dict[str, Entry]:
        """Return what was done at or after *since* and before *until* (microseconds), by key."""
        ...


class MemoryBook:
    """A book that lives as long as the process."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.entries: dict[str, Entry] = {}

    async def change(self, keys: Sequence[str], step: Step[T]) -> T:
        """Do *step*; there is no await inside, so it is alone."""
        written, result = step({key: self.entries.get(key) for key in keys})
        self.entries.update(written)
        return result

    async def between(self, since: int, until: int) -> dict[str, Entry]:
        """Return what was done in between."""
        return {key: one for key, one in self.entries.items() if since <= one.at < until}


class TableBook:
    """A book in the database, in transactions of its own."""

    def __init__(self, database: Database, tenant_id: str) -> None:
        """Write to *database* for *tenant_id*."""
        self._database, self._tenant_id = database, tenant_id

    async def change(self, keys: Sequence[str], step: Step[T]) -> T:
        """Do *step* under the locks of the rows of *keys*. Raises: RailTimeoutError when the database is silent."""
        try:
            return await self._database.write(self._change_script(keys, step))
        except (Contended, Unavailable) as error:  # a bank whose book is busy is a silent bank
            raise RailTimeoutError(", ".join(keys)) from error

    async def between(self, since: int, until: int) -> dict[str, Entry]:
        """Return what was done in between. Raises: RailTimeoutError when the database does not answer."""
        try:
            return await self._database.read(self._between_script(since, until))
        except (Contended, Unavailable) as error:
            raise RailTimeoutError("the book") from error

    def _change_script(self, keys: Sequence[str], step: Step[T]) -> Script[T]:
        home = {"tenant_id": self._tenant_id, "home_id": _HOME}
        empty = [{**home, "rail_key": key, "at": 0, "entry": ""} for key in keys]
        yield insert_missing(sandbox_bank, empty, returning=())
        rows = yield lock(sandbox_bank, [(self._tenant_id, _HOME, key) for key in keys])
        known = {row["rail_key"]: _entry(row) for row in rows if row["entry"]}
        written, result = step({key: known.get(key) for key in keys})
        if written:
            made = [{**home, "rail_key": key, "at": 0, "entry": ""} for key in written if key not in keys]
            if made:
                yield insert_missing(sandbox_bank, made, returning=())
            yield update(
                sandbox_bank,
                [
                    {**home, "rail_key": key, "at": one.at, "entry": msgspec.json.encode(one).decode()}
                    for key, one in written.items()
                ],
            )
        return result

    def _between_script(self, since: int, until: int) -> Script[dict[str, Entry]]:
        rows = yield query(_BETWEEN, tenant_id=self._tenant_id, since=since, until=until)
        return {row["rail_key"]: _entry(row) for row in rows}


def _entry(row: Mapping[str, Any]) -> Entry:
    return msgspec.json.decode(row["entry"], type=Entry)


_BETWEEN: Final = (
    sa.select(sandbox_bank)
    .where(
        sandbox_bank.c.tenant_id == bindparam("tenant_id"),
        sandbox_bank.c.home_id == _HOME,
        sandbox_bank.c.at >= bindparam("since"),
        sandbox_bank.c.at < bindparam("until"),
    )
    .order_by(sandbox_bank.c.at, sandbox_bank.c.rail_key)
)
