"""``python -m tests.conformance [FILE]``: decide the baskets of a file of cases and compare; both files by default."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.conformance.run import FILES, report, results


def main(args: list[str]) -> int:
    """Print the report; 0 when every case passes, 1 when one fails, 2 when the file can't be read."""
    paths = [Path(arg) for arg in args if arg] or list(FILES)
    missing = [path for path in paths if not path.is_file()]
    if missing:
        print(f"There is no file {missing[0]}. Give one: make conformance CASES=FILE", file=sys.stderr)
        return 2
    lines = list(report([result for path in paths for result in results(path)]))
    print("\n".join(lines))
    return int(not lines[-1].endswith(" 0 failed"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
