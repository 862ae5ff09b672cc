"""The closing lines of a run of laws: how many examples of each."""

from __future__ import annotations

import pytest

from tests.rules.laws import EXAMPLES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not EXAMPLES:
        return
    for name, examples in EXAMPLES.items():
        terminalreporter.write_line(f"{examples:6} examples  {name}")
