"""Where the search starts from: guesses at a good combination, by what offers take on the whole basket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.rules.bound import Contender


def largest_first(numbers: Iterable[int], conflicts: Sequence[int]) -> list[int]:
    """Return those of *numbers*, the largest first, that conflict with none before; in the order of turns."""
    chosen, barred = list[int](), 0
    for number in numbers:
        if not barred >> number & 1:
            chosen.append(number)
            barred |= conflicts[number]
    return sorted(chosen)


def fitting(
    by_size: Iterable[tuple[int, int]],
    contenders: Sequence[Contender],
    totals: Sequence[int],
    conflicts: Sequence[int],
) -> list[int]:
    """Return the same of those that also leave the thresholds before them alone, as if all were on the same lines.

    Shape: *by_size* holds (amount, number), the largest first; *totals* are what is left by region.
    """
    amount_by_number, spare_by_number, barred = dict[int, int](), dict[int, int](), 0
    for amount, number in by_size:
        if barred >> number & 1:
            continue
        floor = contenders[number].floor_minor
        before = sum([taken for other, taken in amount_by_number.items() if other < number])
        spare = totals[contenders[number].region] - floor - before if floor else 0
        later = [other for other in spare_by_number if other > number]
        if spare < 0 or any(spare_by_number[other] < amount for other in later):
            continue
        for other in later:
            spare_by_number[other] -= amount
        if floor:
            spare_by_number[number] = spare
        amount_by_number[number] = amount
        barred |= conflicts[number]
    return sorted(amount_by_number)
