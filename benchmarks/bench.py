"""Run every file of ``benchmarks/rows``, print a table and write ``build/bench.json``.

A row's module has ``rows() -> list[Row]``. Arguments name the files to run; without any, all of them run.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time_ns

from msgspec import Struct, structs

from benchmarks import rows as rows_package

OUT = Path("build/bench.json")
ROUNDS = 15


class Row(Struct, frozen=True, kw_only=True):
    """One figure. ``ratio`` is other / ours: times faster. Without another: ``other`` and ``ratio`` are None."""

    name: str
    ours: float
    other: float | None
    ratio: float | None
    unit: str


def main(names: Sequence[str]) -> int:
    """Run the rows called *names*, or all."""
    found = sorted(info.name for info in pkgutil.iter_modules(rows_package.__path__))
    unknown = set(names) - set(found)
    if unknown:
        print(f"no such row: {', '.join(sorted(unknown))}. There are: {', '.join(found)}", file=sys.stderr)
        return 2
    measured: list[Row] = []
    for name in names or found:
        rows = importlib.import_module(f"benchmarks.rows.{name}").rows()
        for row in rows:
            print(sentence(row), flush=True)
        measured += rows
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([structs.asdict(row) for row in measured], indent=1) + "\n", encoding="utf-8")
    return 0


def sentence(row: Row) -> str:
    other = "" if row.other is None else f"{row.other:>12.1f}"
    ratio = "" if row.ratio is None else f"{row.ratio:>8.1f}x"
    return f"{row.name:<28}{row.ours:>12.1f}{other:>12}{ratio:>9}  {row.unit}"


def paired(name: str, ours: Callable[[], object], *others: Callable[[], object], per: int = 1, passes: int = 1) -> Row:
    """Time *ours* and each of *others* in turn, round by round; CPU time; medians; the fastest other counts.

    In a round *ours* runs *passes* times, when once is over too soon to be timed beside the others.
    The ratio is the median of the rounds' own ratios: what slows the machine for a round slows both.
    """
    runs = (ours, *others)
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(ROUNDS):
        for run, spent in zip(runs, times, strict=True):
            over = passes if run is ours else 1
            start = process_time_ns()
            for _ in range(over):
                run()
            spent.append((process_time_ns() - start) / 1000 / per / over)
    mine, *theirs = times
    if not theirs:
        return Row(name=name, ours=round(median(mine), 2), other=None, ratio=None, unit="µs")
    best = min(theirs, key=median)
    ratio = median(other / own for own, other in zip(mine, best, strict=True))
    return Row(name=name, ours=round(median(mine), 2), other=round(median(best), 2), ratio=round(ratio, 2), unit="µs")
