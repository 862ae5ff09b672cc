"""A process of clients on the hot campaign: says ``ready``, waits for a line, pays, says payments a second.

``python -m benchmarks.hot_clients URL SECONDS FIRST COUNT``
"""

from __future__ import annotations

import asyncio
import sys

from benchmarks.payment_rates import rate, through
from engine.ledger.sequencer import Sequencer
from engine.settings import Settings
from engine.store.database import open_database

WARM = 0.3


async def pay(url: str, seconds: float, clients: range) -> None:
    database = await open_database(Settings(database_url=url))
    way = through(Sequencer(database))
    await rate(way, clients, WARM)
    print("ready", flush=True)
    sys.stdin.readline()
    print(await rate(way, clients, seconds), flush=True)
    await database.close()


if __name__ == "__main__":
    url_, seconds_, first, count = sys.argv[1:]
    asyncio.run(pay(url_, float(seconds_), range(int(first), int(first) + int(count))))
