"""Where the sum of a statement goes: what the merchant owes is netted first, and nothing falls below zero.

>>> netted(5000, free_minor=0, owed_minor=1200)
Netted(settled_minor=3800, owed_minor=-1200)
>>> netted(-700, free_minor=500, owed_minor=0)
Netted(settled_minor=-500, owed_minor=200)
"""

from __future__ import annotations

from typing import NamedTuple


class Netted(NamedTuple):
    """How a sum changes two balances: what is settled for the merchant, and what it owes us."""

    settled_minor: int
    owed_minor: int


def netted(net_minor: int, *, free_minor: int, owed_minor: int) -> Netted:
    """Return where *net_minor* goes: settled_minor - owed_minor = net_minor.

    Units: minor units; *free_minor* ≥ 0 is settled and not on its way out, *owed_minor* ≥ 0 is owed from earlier.
    """
    if net_minor >= 0:
        repaid = min(net_minor, owed_minor)
        return Netted(net_minor - repaid, -repaid)
    taken = min(-net_minor, free_minor)
    return Netted(-taken, -net_minor - taken)
