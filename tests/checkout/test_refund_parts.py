from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.checkout.refund_parts import SoldLine, lines_back, part_back
from engine.errors import Invalid, Refused


def sold(**more: Any) -> SoldLine:
    known = {"line_id": "a", "merchant_id": "m", "quantity": 3, "payable_minor": 1000}
    return SoldLine(**{**known, "refunded_quantity": 0, "refunded_minor": 0, **more})


@given(st.integers(0, 10**15), st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_parts_sum_to_the_whole_and_none_is_negative(amount: int, steps: list[int]) -> None:
    whole, back, to_date = sum(steps), 0, 0
    for step in steps:
        to_date += step
        part = part_back(amount, whole=whole, to_date=to_date, before=back)
        assert part >= 0
        back += part
    assert back == amount


def test_part_is_rounded_half_up() -> None:
    assert part_back(5, whole=2, to_date=1, before=0) == 3


def test_nothing_of_nothing_comes_back() -> None:
    assert part_back(0, whole=0, to_date=0, before=0) == 0


def test_last_unit_takes_the_rest() -> None:
    # 10.00 over 3 units: 3.33, then 6.67 - 3.33 = 3.34, then 10.00 - 6.67 = 3.33.
    amounts, line = [], sold()
    for _ in range(3):
        [back] = lines_back([line], {"a": 1})
        amounts.append(back.amount_minor)
        line = sold(refunded_quantity=back.to_date, refunded_minor=sum(amounts))
    assert amounts == [333, 334, 333]


def test_everything_left_is_what_comes_back_without_lines() -> None:
    [back] = lines_back([sold(refunded_quantity=1, refunded_minor=333), sold(line_id="b", refunded_quantity=3)], None)
    assert (back.line_id, back.quantity, back.amount_minor) == ("a", 2, 667)


@pytest.mark.parametrize("units", [4, 9_999])
def test_more_than_is_left_is_refused(units: int) -> None:
    with pytest.raises(Refused) as no:
        lines_back([sold()], {"a": units})
    assert (no.value.code, no.value.fields["left"]) == ("refund_exceeds_payment", 3)


def test_nothing_left_is_refused() -> None:
    with pytest.raises(Refused, match="refund_exceeds_payment"):
        lines_back([sold(refunded_quantity=3, refunded_minor=1000)], None)


def test_unknown_line_is_invalid() -> None:
    with pytest.raises(Invalid, match="invalid_field"):
        lines_back([sold()], {"b": 1})
