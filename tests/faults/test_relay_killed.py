"""The relay killed between sending and marking: sent again under the same id, none missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.relay_killed import relay_is_killed


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.faults)])
def test_relay_killed_between_send_and_mark_loses_nothing(database_url: str, tmp_path: Path, rounds: int) -> None:
    relay_is_killed(database_url, tmp_path, rounds)
