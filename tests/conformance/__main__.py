"""``python -m tests.conformance [FILE]``: decide the baskets of a file of cases and compare; both files by default."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.conformance.run import FILES, CasesUnreadable, report, results


def main(args: list[str]) -> int:
    """Print the report; 0 when the cases were run, whatever they say, 2 when a file can't be read."""
    paths = [Path(arg) for arg in args if arg] or list(FILES)
    try:
        found = [result for path in paths for result in results(path)]
    except (OSError, UnicodeDecodeError, CasesUnreadable, json.JSONDecodeError) as error:
        print(f"The cases can't be read: {error}. Give a file of the form of {FILES[0].name}.", file=sys.stderr)
        return 2
    print("\n".join(report(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
