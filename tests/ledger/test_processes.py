"""Several sequencers on one PostgreSQL, as several processes are: the row locks decide."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest

from engine.errors import Conflict, Unavailable
from engine.ledger import accounts, counters, transfers
from engine.ledger import sequencer as settings
from engine.ledger.counters import counter
from engine.ledger.idempotency import claim
from engine.ledger.sequencer import Sequencer
from engine.ledger.work import Answer, Lock, Rows
from engine.settings import Settings
from engine.store.database import Database, open_database
from engine.store.script import Script, lock, read, select
from tests.ledger.works import FLASH, TENANT, done, take, top_up, transfer, work

pytestmark = pytest.mark.postgres


@pytest.fixture
async def databases(postgres_url: str, anyio_backend: str):
    opened = [await open_database(Settings(database_url=postgres_url)) for _ in range(2)]
    yield opened
    for one in opened:
        await one.close()


async def test_two_processes_share_one_hot_row(databases: list[Database]) -> None:
    two = [Sequencer(database) for database in databases]
    answers = await asyncio.gather(
        *(two[n % 2].submit(take(FLASH, f"p{n}", ceiling=150, key=f"k{n}")) for n in range(400))
    )
    assert [answer.kind for answer in answers].count("done") == 150
    [row] = await databases[0].read(read(select(counter, tenant_id=TENANT)))
    assert row["used"] == 150


async def test_same_key_in_two_processes_is_one_effect(databases: list[Database]) -> None:
    two = [Sequencer(database) for database in databases]
    answers = await asyncio.gather(*(two[n % 2].submit(take(FLASH, f"p{n}", ceiling=9, key="same")) for n in range(40)))
    assert len(set(answers)) == 1
    [row] = await databases[0].read(read(select(counter, tenant_id=TENANT)))
    assert row["used"] == 1


@pytest.mark.parametrize("seed", range(3))
async def test_random_lock_sets_never_wait_in_a_ring(databases: list[Database], seed: int) -> None:
    """Each moves money round a random set of members whose accounts may not exist yet, locks named in random order."""
    random_ = random.Random(seed)
    two = [Sequencer(database) for database in databases]
    members = [f"member-{n}" for n in range(6)]
    for member in members[:3]:
        await two[0].submit(top_up(f"top-{member}", member, 50))

    def ring(name: str):
        chosen = random_.sample(members, 3)

        def decide(rows: Rows) -> Answer:
            for n, (source, target) in enumerate(itertools.pairwise(chosen)):
                transfers.post(
                    rows, transfer(f"{name}-{n}", accounts.wallet(source), accounts.wallet(target), 1, member=source)
                )
            return done()

        locks = [accounts.wallet_lock(TENANT, member, "CNY") for member in chosen]
        counts = [("member", member, "c", "uses", "") for member in chosen]
        return work(decide, *locks, *(counters.counter_lock(TENANT, key) for key in counts), key=name)

    answers = await asyncio.gather(*(two[n % 2].submit(ring(f"r{n}")) for n in range(300)))
    assert {answer.kind for answer in answers} <= {"done", "refused"}
    rows = await databases[0].read(read(select(accounts.account, tenant_id=TENANT)))
    assert sum(row["posted_minor"] for row in rows) == 150
    assert min(row["posted_minor"] for row in rows) >= 0


def _holding(claimed, release: asyncio.Event, holds: asyncio.Event) -> Script[None]:
    yield claimed
    holds.set()
    while not release.is_set():
        yield select(counter, tenant_id=TENANT)


async def test_key_that_another_process_holds_is_in_progress_and_stops_nobody_else(
    databases: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "KEY_PATIENCE_MS", 300)
    monkeypatch.setattr(settings, "PATIENCE_MS", 100)
    release, holds = asyncio.Event(), asyncio.Event()
    held = work(lambda _: done(), key="held")
    other = asyncio.create_task(
        databases[1].write(_holding(claim([((TENANT, held.caller, "held"), held)], 0), release, holds))
    )
    await holds.wait()
    mine = Sequencer(databases[0])
    waiting = asyncio.create_task(mine.submit(held))
    mates = await asyncio.gather(*(mine.submit(take(FLASH, f"p{n}", ceiling=9, key=f"k{n}")) for n in range(5)))
    assert {answer.kind for answer in mates} == {"done"}
    assert not waiting.done()
    with pytest.raises(Conflict, match="request_in_progress"):
        await waiting
    release.set()
    await other


async def test_key_that_another_process_gives_back_is_done_after_waiting(databases: list[Database]) -> None:
    release, holds = asyncio.Event(), asyncio.Event()
    held = take(FLASH, "p", ceiling=1, key="held")

    def gives_back() -> Script[None]:
        yield from _holding(claim([((TENANT, held.caller, "held"), held)], 0), release, holds)
        raise LookupError("rolled back")

    other = asyncio.create_task(databases[1].write(gives_back()))
    await holds.wait()
    waiting = asyncio.create_task(Sequencer(databases[0]).submit(held))
    release.set()
    with pytest.raises(LookupError):
        await other
    assert (await waiting).kind == "done"


async def test_row_that_another_process_inserts_first_is_decided_anew(databases: list[Database]) -> None:
    """Both see no row and insert it: the unique key fails one, which then sees the row and answers from it."""
    two = [Sequencer(database) for database in databases]
    key = (TENANT, "campaign:flash", *FLASH)

    def claims(owner: int):
        def decide(rows: Rows) -> Answer:
            row = rows.get(counter, key)
            if row is not None:
                raise Conflict("payment_state", "somebody was first")
            names = [column.name for column in counter.primary_key.columns]
            rows.insert(counter, **dict(zip(names, key, strict=True)), used=owner, reserved=0)
            return done()

        return work(decide, Lock(counter, key), key=f"k{owner}")

    answers = await asyncio.gather(*(two[n % 2].submit(claims(n)) for n in range(20)))
    assert sorted(answer.kind for answer in answers) == ["conflict"] * 19 + ["done"]


async def test_locks_held_for_ever_answer_busy(databases: list[Database], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PATIENCE_MS", 50)
    mine = Sequencer(databases[0])
    await mine.submit(take(FLASH, "p0", ceiling=None))
    release, holds = asyncio.Event(), asyncio.Event()
    other = asyncio.create_task(
        databases[1].write(_holding(lock(counter, [(TENANT, "campaign:flash", *FLASH)]), release, holds))
    )
    await holds.wait()
    with pytest.raises(Unavailable, match="busy"):
        await mine.submit(take(FLASH, "p1", ceiling=None, key="k"))
    release.set()
    await other
    assert (await mine.submit(take(FLASH, "p1", ceiling=None, key="k"))).kind == "done"
