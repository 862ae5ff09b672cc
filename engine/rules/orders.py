"""How many payments came before this one."""

from __future__ import annotations

from typing import Final

from engine.rules.facts import ORDERS, CounterKey, Facts

#: How the index reads a count: who has not signed in, a device that is not known, nothing paid yet, else the number.
ANONYMOUS: Final = "anonymous"
UNKNOWN: Final = "unknown"
NONE_BEFORE: Final = "0"


def orders_before(facts: Facts, scope_kind: str, scope_id: str) -> int:
    """Return the payments that a member or a device has made or holds reserved; 0 when none was counted."""
    key = CounterKey(scope_kind, scope_id, "", ORDERS, "")
    for count in facts.counts:
        if count.key == key:
            return count.taken
    return 0


def member_orders(facts: Facts) -> tuple[str, ...]:
    """Return the member's payments before, for the index."""
    if facts.payer is None:
        return (ANONYMOUS,)
    return (str(orders_before(facts, "member", facts.payer.member_id)),)


def device_orders(facts: Facts) -> tuple[str, ...]:
    """Return the device's payments before, for the index."""
    if facts.payer is None:
        return (ANONYMOUS,)
    if facts.payer.device_id is None:
        return (UNKNOWN,)
    return (str(orders_before(facts, "device", facts.payer.device_id)),)
