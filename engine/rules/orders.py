"""How many payments came before this one."""

from __future__ import annotations

from engine.rules.facts import ORDERS, CounterKey, Facts


def orders_before(facts: Facts, scope_kind: str, scope_id: str) -> int:
    """Return the payments that a member or a device has made or holds reserved; 0 when none was counted."""
    key = CounterKey(scope_kind, scope_id, "", ORDERS, "")
    return next((count.taken for count in facts.counts if count.key == key), 0)
