"""Run every law at length, in two processes: ``python -m tests.laws [SEED]``. The same seed draws the same examples."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

RULES = Path(__file__).parent / "rules"
FIRST = [str(RULES / name) for name in ("test_combine.py", "test_laws.py", "test_bound.py")]
OTHERS = [str(Path(__file__).parent), *(f"--ignore={path}" for path in FIRST)]


def main(seed: str) -> int:
    """Run the laws with *seed*, tell what each process said and how long it took; 1 when a law does not hold."""
    started = time.monotonic()
    pytest = [sys.executable, "-m", "pytest", "-m", "laws", f"--hypothesis-seed={seed}"]
    runs = [subprocess.Popen([*pytest, *half], stdout=subprocess.PIPE, text=True) for half in (FIRST, OTHERS)]
    for run in runs:
        print(run.communicate()[0], end="")
    took, worked = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    print(
        f"laws: {took:.0f} seconds, {worked:.0f} seconds of work in two processes; the same again: make laws SEED={seed}"
    )
    return int(any(run.returncode for run in runs))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(time.time_ns() % 1_000_000)))
