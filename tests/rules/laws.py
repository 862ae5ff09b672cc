"""Laws: a claim that holds of every example. A few examples in the unit tests, many in ``make laws``, all counted."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

#: What ran at length in this process, by law; told when it ends.
EXAMPLES: Counter[str] = Counter()
Test = Callable[..., None]


def quick(examples: int = 40) -> settings:
    """Settings of a law among the unit tests."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def at_length(examples: int, *strategies: st.SearchStrategy) -> Callable[[Test], Test]:
    """Run a law on so many examples; one that fails is printed with the line that replays it alone."""

    def written(test: Test) -> Test:
        @functools.wraps(test)
        def counted(*drawn, **named) -> None:
            EXAMPLES[test.__name__] += 1
            test(*drawn, **named)

        return pytest.mark.laws(settings(quick(examples), print_blob=True)(given(*strategies)(counted)))

    return written
