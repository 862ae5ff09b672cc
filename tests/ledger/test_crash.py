"""A process killed mid-stream: everything that was answered is there, and nothing is half there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from engine.audit.audit import audit
from engine.ledger.counters import counter, counter_entry
from engine.ledger.idempotency import idempotency
from engine.ledger.sequencer import Sequencer
from engine.settings import Settings
from engine.store.database import open_database
from engine.store.script import read, select
from tests.ledger.works import FLASH, TENANT, take

ROOT = Path(__file__).parents[2]


async def _stream(url: str) -> None:
    """Submit without end from 32 callers, saying each answer on standard output."""
    sequencer = Sequencer(await open_database(Settings(database_url=url)))
    numbers = iter(range(10**9))

    async def caller() -> None:
        for n in numbers:
            answer = await sequencer.submit(take(FLASH, f"p{n}", ceiling=None, key=f"k{n}"))
            print(n, answer.kind, flush=True)

    await asyncio.gather(*(caller() for _ in range(32)))


def _killed(url: str, after: int) -> set[int]:
    """Run a stream, kill it when *after* answers have come, and return all that came."""
    code = "import sys, asyncio; from tests.ledger.test_crash import _stream; asyncio.run(_stream(sys.argv[1]))"
    child = subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(after)]
    child.kill()
    lines += child.stdout.readlines()
    child.stdout.close()
    child.wait()
    return {int(line.split()[0]) for line in lines if line.endswith("done\n")}


@pytest.mark.parametrize("after", [1, 150, 700])
async def test_kill_loses_nothing_that_was_answered(database_url: str, after: int) -> None:
    answered = _killed(database_url, after)
    assert len(answered) >= after
    database = await open_database(Settings(database_url=database_url))
    entries = await database.read(read(select(counter_entry, tenant_id=TENANT)))
    there = {int(row["payment_id"][1:]) for row in entries}
    keys = await database.read(read(select(idempotency, tenant_id=TENANT)))
    [row] = await database.read(read(select(counter, tenant_id=TENANT)))
    assert answered <= there
    assert row["used"] == len(there) == len(keys)
    assert {row["kind"] for row in keys} == {"done"}
    findings = (await audit(database, TENANT)).findings
    assert [one for one in findings if one.check == "counters equal their journal"] == []
    first = min(answered)
    again = await Sequencer(database).submit(take(FLASH, "again", ceiling=None, key=f"k{first}"))
    assert b'"p%d"' % first in again.body
    await database.close()
