"""Play a seed again: ``python -m tests.simulation SEED [--steps N] [--seeds N]``."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from tests.databases import SqliteFiles
from tests.simulation.seeded import play_alone

parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
parser.add_argument("seed", type=int)
parser.add_argument("--steps", type=int, default=100)
parser.add_argument("--seeds", type=int, default=1, help="how many seeds from SEED on")
asked = parser.parse_args()
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    files = SqliteFiles(folder)
    for seed in range(asked.seed, asked.seed + asked.seeds):
        began = time.perf_counter()
        inner = folder / str(seed)
        inner.mkdir()
        with files.fresh(inner) as url:
            story = asyncio.run(play_alone(Path(url.removeprefix("sqlite:///")), seed, asked.steps))
        print(
            f"seed {seed}: {len(story.seen)} steps, {len(story.model.sold)} payments, the books are clean ({time.perf_counter() - began:.1f} s)"
        )
