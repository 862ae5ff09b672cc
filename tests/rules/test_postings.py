"""Sets of campaigns as bits: decoded, posted by value, bounded from both sides, turned from lines to campaigns."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.reach.index import places_of
from engine.rules.reach.matches import lines_by_place
from engine.rules.reach.postings import Ladder, Postings, chosen


@given(st.sets(st.integers(0, 3000), max_size=40) | st.sets(st.integers(0, 60)))
def test_bits_decode(places) -> None:
    mask = sum(1 << place for place in places)
    assert places_of(mask) == sorted(places)
    assert chosen(range(3001), mask) == sorted(places)


@given(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=6), st.integers(0, 63))
def test_lines_by_place_is_the_table_turned(table, running) -> None:
    by_line = [sum(flag << place for place, flag in enumerate(row)) for row in table]
    expected = {
        place: tuple(number for number, row in enumerate(table) if row[place])
        for place in range(6)
        if running >> place & 1
    }
    assert lines_by_place(running, by_line) == expected


@given(
    st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, 5)), min_size=1, max_size=12), st.integers(0, 6)
)
def test_ladder_keeps_both_ends(bounds, value) -> None:
    ladder = Ladder.of([least for least, _ in bounds], [most for _, most in bounds])
    expected = [
        place for place, (least, most) in enumerate(bounds) if least <= value <= (value if most is None else most)
    ]
    assert places_of(ladder.fit(value)) == expected


@pytest.mark.parametrize("number", [7, 8, 9])
def test_postings_of_few_and_of_many_are_alike(number) -> None:
    asked = list(itertools.islice(itertools.cycle([("a",), None, ("b", "a")]), number))
    postings = Postings.of(asked)
    assert places_of(postings.fit(["b"])) == [p for p, values in enumerate(asked) if values is None or "b" in values]
    assert places_of(postings.fit(["a"])) == list(range(number))
