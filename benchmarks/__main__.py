"""``python -m benchmarks``: run the rows."""

import sys

from benchmarks.bench import main

sys.exit(main(sys.argv[1:]))
