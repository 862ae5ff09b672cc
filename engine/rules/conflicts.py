"""Which campaigns can't stand beside each other: one group, exclusive, or not named in ``combine_with``."""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.campaign import Stacking


def conflict(one: Stacking, other: Stacking) -> bool:
    """Say whether campaigns with these two stackings can't both apply."""
    if one.exclusive == "alone" or other.exclusive == "alone":
        return True
    if one.phase == other.phase and (one.exclusive == "phase" or other.exclusive == "phase"):
        return True
    if one.group and one.group == other.group:
        return True
    if one.combine_with and other.group not in one.combine_with:
        return True
    return bool(other.combine_with) and one.group not in other.combine_with


def conflict_bits(stackings: Sequence[Stacking]) -> list[int]:
    """Return, for each, the bits of those it can't stand beside; equal stackings are looked at once."""
    bits_by_stacking: dict[Stacking, int] = {}
    for place, stacking in enumerate(stackings):
        bits_by_stacking[stacking] = bits_by_stacking.get(stacking, 0) | 1 << place
    barred = {
        one: sum(bits for other, bits in bits_by_stacking.items() if conflict(one, other)) for one in bits_by_stacking
    }
    return [barred[stacking] & ~(1 << place) for place, stacking in enumerate(stackings)]
