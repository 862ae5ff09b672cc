"""Run the cases about money: counters, refunds and races, through the real ledger. One shop on a fresh database each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from tests.conformance.form import Case
from tests.conformance.money.story import played

GROUPS = ("refund", "ledger", "concurrency")
#: Facts about the source, not about the outcome.
NOT_COMPARED = ("refund_minor_unrounded",)


def differences(case: Case) -> Iterator[str]:
    """Play *case* and yield what differs from what it expects. Raises: Unmapped, Refusal."""
    got = asyncio.run(played(case))
    for name, wanted in case["expected"].items():
        if name in NOT_COMPARED or wanted is None:
            continue
        if name not in got:
            yield f"{name}: not known here"
        elif not _same(wanted, got[name]):
            yield f"{name}: expected {wanted}, got {got[name]}"


def _same(wanted: Any, got: Any) -> bool:
    """Whether they are equal; of a table only what is expected is looked at, and nothing is 0."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return all(got.get(key, 0) == value for key, value in wanted.items())
    return bool(wanted == got)
