"""How much a basket may save, by the options of the whole catalogue."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.rules.options import Options


@pytest.mark.parametrize(
    ("options", "room"),
    [
        ({}, None),
        ({"payable_at_least_minor": {"CNY": 1}}, 999),
        ({"payable_at_least_minor": {"CNY": 1000}}, 0),
        ({"payable_at_least_minor": {"CNY": 1001}}, 0),
        ({"payable_at_least_minor": {"JPY": 1}}, None),
        ({"discount_at_most_minor": {"CNY": 200}}, 200),
        ({"discount_at_most_minor": {"JPY": 200}}, None),
        ({"discount_at_most": Fraction(60, 100)}, 600),
        ({"discount_at_most": Fraction(1, 3)}, 333),
        ({"discount_at_most": Fraction(60, 100), "discount_at_most_minor": {"CNY": 599}}, 599),
        ({"discount_at_most": Fraction(60, 100), "discount_at_most_minor": {"CNY": 601}}, 600),
        ({"discount_at_most": Fraction(1), "payable_at_least_minor": {"CNY": 1}}, 999),
    ],
)
def test_room_is_the_least_that_the_options_leave(options, room) -> None:
    assert Options(**options).room_minor("CNY", 1000) == room
