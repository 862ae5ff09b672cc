"""Run the cases of a file and compare: what passes, what fails with what was expected and got, by group."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.conformance import adapter, published
from tests.conformance.form import Case, Unmapped, table
from tests.conformance.got import Got
from tests.conformance.money import run as money

HERE = Path(__file__).parent
FILES = (HERE / "peer_cases.json", HERE / "more_cases.json", HERE / "published_examples.json")
TOTALS = ("order_discount_minor", "shipping_discount_minor", "total_minor")


#: Runs one case; raises Unmapped when it holds what the runner does not know.
Runner = Callable[[Case], Iterable[str]]


class CasesUnreadable(Exception):  # noqa: N818 - told in one sentence
    """The file is JSON but not of the form."""


class Result(NamedTuple):
    """How one case went. ``is_run`` is False for groups of a later issue."""

    id: str
    group: str
    is_run: bool
    difference: str  # "" when it passes


def results(path: Path) -> list[Result]:
    """Run every case of the file at *path*."""
    read = json.loads(path.read_text("utf-8"))
    cases = read.get("cases") if isinstance(read, dict) else read
    if not isinstance(cases, list) or not cases or not any(isinstance(case, dict) for case in cases):
        raise CasesUnreadable(f"{path.name} has no list of cases")
    return [_result(case, f"case {place}") for place, case in enumerate(cases, 1)]


def _result(case: Any, place: str) -> Result:
    """Run one case; whatever is wrong with it fails it alone."""
    if not isinstance(case, dict):
        return Result(place, "cart", is_run=True, difference=f"can't be read: {case!r} is not a case")
    id_, group = str(case.get("id", place)), str(case.get("group", "published" if "kind" in case else "cart"))
    try:
        if group == "published" and not published.is_cart(case):
            return Result(id_, f"published {case.get('kind')}", is_run=False, difference="")
        if group not in RUNNERS:
            return Result(id_, group, is_run=False, difference="")
        difference = "; ".join(RUNNERS[group](case))
    except Unmapped as reason:
        difference = f"can't be mapped: {reason}"
    except Exception as error:  # noqa: BLE001 - a case that breaks the adapter is a failed case, told with its reason
        difference = f"broke: {type(error).__name__}: {error}"
    return Result(id_, group, is_run=True, difference=difference)


def _evaluated(decide: Callable[[Case], Got]) -> Runner:
    """Return the runner of a group whose cases are one evaluation each."""

    def run(case: Case) -> Iterator[str]:
        expected = table(case.get("expected"), "expected")
        if not any(expected.get(name) is not None for name in TOTALS):
            raise Unmapped("nothing is expected: no total is told")
        return differences(expected, decide(case))

    return run


#: How each group of cases is run: a case in, what differs out. A group that is not here is told as not run.
RUNNERS: dict[str, Runner] = {
    "cart": _evaluated(adapter.decided),
    "published": _evaluated(published.decided),
    **dict.fromkeys(money.GROUPS, money.differences),
}


def differences(expected: dict[str, Any], got: Got) -> Iterator[str]:
    """Yield what differs: totals exactly, lines by more than one minor unit, gifts."""
    for name in TOTALS:
        if expected.get(name) is not None and expected[name] != getattr(got, name):
            yield f"{name}: expected {expected[name]}, got {getattr(got, name)}"
    for name, found in (("lines", got.lines), ("shipping_lines", got.shipping_lines)):
        wanted = expected.get(name)
        if wanted is not None and any(abs(wanted.get(key, 0) - found.get(key, 0)) > 1 for key in {*wanted, *found}):
            yield f"{name}: expected {wanted}, got {found}"
    part = expected.get("per_line")
    is_whole = part is not None and sum(part.values()) == expected.get("order_discount_minor")  # else one offer's part
    if is_whole and any(abs(part.get(key, 0) - got.lines.get(key, 0)) > 1 for key in {*part, *got.lines}):
        yield f"per_line: expected {part}, got {got.lines}"
    multiset = expected.get("line_multiset")
    if multiset is not None and sorted(multiset) != sorted(got.lines.values()):
        yield f"lines in any order: expected {multiset}, got {sorted(got.lines.values())}"
    gifts = expected.get("gift_items")
    if gifts is not None and gifts != got.gift_items:
        yield f"gift_items: expected {gifts}, got {got.gift_items}"


def report(found: Iterable[Result]) -> Iterator[str]:
    """Yield the lines to print: each failing case, the count of each group, and the sum."""
    found = list(found)
    for result in found:
        if result.difference:
            yield f"{result.id}: {result.difference}"
    for group, number in Counter(result.group for result in found).items():
        own = [result for result in found if result.group == group]
        if own[0].is_run:
            yield f"{group}: {sum(not result.difference for result in own)} of {number} pass"
        else:
            yield f"{group}: {number} not run here"
    ran = [result for result in found if result.is_run]
    failed = sum(bool(result.difference) for result in ran)
    yield f"{len(ran) - failed} passed, {failed} failed"
