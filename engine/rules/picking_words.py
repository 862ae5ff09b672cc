"""The fields that say which units of the chosen items an offer takes: what they mean together, and in words."""

from __future__ import annotations

from engine.rules.phrases import Locale, counted
from engine.rules.picking import Picks


def picks_some(benefit: Picks) -> bool:
    """Say whether units compete to be the dearest: some are taken and others are not."""
    is_some = benefit.units_max is not None or benefit.every > 1 or benefit.group > 1
    return is_some and benefit.pick == "dearest"


def picked_in_words(benefit: Picks, locale: Locale) -> str:
    """Return which units are taken, "" when all are; starts with a comma."""
    is_cheap = benefit.pick == "cheapest"
    every = benefit.every if benefit.every > 1 else None
    rows = (
        (None if is_cheap else every, "each {}. item, dearest first", "从高到低每第{}件"),
        (every if is_cheap else None, "the cheapest of each {}", "每{}件中最低价的一件"),
        (True if is_cheap and every is None else None, "cheapest first", "低价优先"),
        (benefit.group if benefit.group > 1 else None, "full groups of {} only", "每满{}件为一组"),
        (_units(benefit.units_max, locale), "{} at most", "最多{}"),
        (_units(benefit.units_per_line, locale), "{} a line at most", "每种最多{}"),
    )
    zh = locale == "zh"
    told = [(in_zh if zh else en).format(value) for value, en, in_zh in rows if value is not None]
    return "".join(f"，{part}" if zh else f", {part}" for part in told)


def _units(count: int | None, locale: Locale) -> str | None:
    if count is None:
        return None
    return f"{count}件" if locale == "zh" else counted(count, "unit", "units")
