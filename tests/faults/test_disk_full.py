"""The disk fills up under SQLite (R-05): refused as out of reach, nothing half done, and it goes on when there is room.

A limit on the size of the server's files stands in for the disk: the kernel refuses the write the same way.
"""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import psutil

from tests.faults.crowd import Crowd, publish_flash
from tests.live import serving, set_up

CLIENTS = 16
ROOM_BYTES = 300_000


async def test_full_disk_refuses_keeps_the_books_and_goes_on_with_room(sqlite_url: str, tmp_path: Path) -> None:
    crowd = Crowd()
    set_up(sqlite_url, tmp_path)
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with serving(sqlite_url, tmp_path) as server:
        publish_flash(server, tmp_path)
        await crowd.join(server, CLIENTS)
        process = psutil.Process(server.process.pid)
        wal = path.with_name(path.name + "-wal")
        full = max(path.stat().st_size, wal.stat().st_size) + ROOM_BYTES
        process.rlimit(resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
        await asyncio.wait_for(crowd.shop(server, lambda: crowd.unavailable < 3 * CLIENTS, shoppers=CLIENTS), 60)
        assert crowd.answered > 0
        assert process.is_running(), "the full disk ended the server"
        process.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        before = crowd.answered
        doubts = await crowd.ask_again(server)
        assert doubts > 0
        await crowd.shop(server, lambda: crowd.answered < before + 2 * CLIENTS, shoppers=CLIENTS)
        await crowd.prove(server, sqlite_url)
    print(f"{before} acknowledged, then {crowd.unavailable} told that the disk is full, {doubts} done after")
