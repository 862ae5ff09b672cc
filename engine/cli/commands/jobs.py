"""Show what each job did last, and which are late.

Reads the database directly, also beside a running server. Exit code 1 when a job is late: nothing was done for two of
its periods, or 30 seconds when that is longer.
"""

from __future__ import annotations

import argparse
import asyncio
import json

import msgspec

from engine.clock import SystemClock
from engine.programs.job_states import jobs_script
from engine.settings import Settings, from_environment
from engine.store.database import open_for_reading
from engine.wire.jobs import Jobs, JobShown


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the form of the answer."""
    parser.add_argument("--json", action="store_true", help="print the list as JSON")


def run(args: argparse.Namespace) -> int:
    """Print a line for each job."""
    jobs = asyncio.run(_jobs(from_environment()))
    if args.json:
        print(json.dumps(msgspec.to_builtins(jobs), ensure_ascii=False, indent=1))
    elif not jobs.items:
        print("no job has run yet: `youhui serve` runs them")
    else:
        print("\n".join(map(_line, jobs.items)))
    return 1 if jobs.late else 0


async def _jobs(settings: Settings) -> Jobs:
    database = await open_for_reading(settings)
    try:
        return await database.read(jobs_script(settings.tenant_id, SystemClock().now()))
    finally:
        await database.close()


def _line(one: JobShown) -> str:
    word = "LATE" if one.late else "ok"
    done = f"{one.last_done_at:%Y-%m-%d %H:%M:%S}Z" if one.last_done_at else "never"
    failed = f"  failed {one.failures} times: {one.error}" if one.failures else ""
    each, slot = _period(one.period_seconds), one.last_slot or "-"
    return f"{word:<5}{one.job:<22}each {each:<6} slot {slot:<21} done {done}{failed}"


def _period(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
