from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.checkout.refund_parts import SoldLine, lines_back, part_back
from engine.checkout.refund_wanted import Wanted
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


def units(**count: int) -> Wanted:
    return Wanted(units=count)


def given_back(**minor: int) -> Wanted:
    return Wanted(amounts=minor)


def follow(lines: list[SoldLine], *steps: Wanted) -> tuple[list[int], list[SoldLine]]:
    """Return what each of *steps* gives back, and the lines after all of them."""
    amounts = []
    for step in steps:
        back = lines_back(lines, step)
        after = {one.line.line_id: one.line for one in back}
        lines = [after.get(line.line_id, line) for line in lines]
        amounts.append(sum(one.amount_minor for one in back))
    return amounts, lines


def test_last_unit_takes_the_rest() -> None:
    # 10.00 over 3 units: 3.33, then 6.67 - 3.33 = 3.34, then 10.00 - 6.67 = 3.33.
    assert follow([sold()], units(a=1), units(a=1), units(a=1))[0] == [333, 334, 333]


def test_everything_left_is_what_comes_back_without_lines() -> None:
    lines = [sold(refunded_quantity=1, refunded_minor=333), sold(line_id="b", refunded_quantity=3, refunded_minor=1000)]
    [back] = lines_back(lines, Wanted())
    assert (back.line.line_id, back.quantity, back.amount_minor) == ("a", 2, 667)


def test_amount_comes_on_top_of_units_in_either_order() -> None:
    assert follow([sold()], given_back(a=500), units(a=1), units(a=2))[0] == [500, 333, 167]
    assert follow([sold()], units(a=1), given_back(a=500), units(a=2))[0] == [333, 500, 167]


def test_amount_of_the_payment_is_shared_by_what_is_left() -> None:
    lines = [sold(refunded_quantity=1, refunded_minor=333), sold(line_id="b", payable_minor=333)]
    [a, b] = lines_back(lines, Wanted(amount_minor=100))
    assert (a.quantity, a.amount_minor, b.amount_minor) == (0, 67, 33)


def test_units_whose_money_was_given_come_back_for_nothing() -> None:
    assert follow([sold(), sold(line_id="b")], given_back(a=1000), units(a=2))[0] == [1000, 0]


def test_free_units_come_back_after_all_the_money() -> None:
    lines = [sold(), sold(line_id="gift", payable_minor=0)]
    assert follow(lines, Wanted(amount_minor=1000), units(gift=1))[0] == [1000, 0]


@pytest.mark.parametrize("asked", [4, 9_999])
def test_more_units_than_are_left_are_refused(asked: int) -> None:
    with pytest.raises(Refused) as no:
        lines_back([sold()], units(a=asked))
    assert (no.value.code, no.value.fields["left"]) == ("refund_exceeds_payment", 3)


@pytest.mark.parametrize(
    "wanted", [given_back(a=668), Wanted(amount_minor=668), Wanted(units={"a": 1}, amounts={"a": 334})]
)
def test_more_money_than_is_left_is_refused(wanted: Wanted) -> None:
    line = sold(refunded_quantity=1, refunded_minor=333)
    with pytest.raises(Refused) as no:
        lines_back([line], wanted)
    assert no.value.code == "refund_exceeds_payment"
    assert no.value.fields["left_minor"] in {667, 333}


@pytest.mark.parametrize("wanted", [Wanted(), units(a=1), given_back(a=1), Wanted(amount_minor=1)])
def test_nothing_left_is_refused(wanted: Wanted) -> None:
    with pytest.raises(Refused, match="refund_exceeds_payment"):
        lines_back([sold(refunded_quantity=3, refunded_minor=1000)], wanted)


def test_unknown_line_is_invalid() -> None:
    for wanted in (units(b=1), given_back(b=1)):
        with pytest.raises(Invalid, match="invalid_field"):
            lines_back([sold()], wanted)


lines_sold = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 2000)), min_size=1, max_size=3)


@st.composite
def sales(draw: st.DrawFn) -> tuple[list[SoldLine], list[Wanted]]:
    """Lines, and returns of them: of units all of them at most, of money half of what was paid for each."""
    lines = [
        sold(line_id=f"l{place}", quantity=quantity, payable_minor=payable)
        for place, (quantity, payable) in enumerate(draw(lines_sold))
    ]
    steps = [units(**{line.line_id: 1}) for line in lines for _ in range(draw(st.integers(0, line.quantity)))]
    steps += [
        given_back(**{line.line_id: draw(st.integers(1, line.payable_minor // 2))})
        for line in lines
        if line.payable_minor > 1
    ]
    return lines, steps


@given(sales(), st.data())
def test_order_of_returns_changes_no_total(sale: tuple[list[SoldLine], list[Wanted]], data: st.DataObject) -> None:
    lines, steps = sale
    totals = set()
    for order in (steps, data.draw(st.permutations(steps))):
        try:
            amounts, after = follow(lines, *order)
        except Refused:  # an amount that is no longer there, in this order
            return
        assert min(amounts, default=0) >= 0
        assert all(line.left_minor >= 0 for line in after)
        totals.add((sum(amounts), tuple(after)))
    assert len(totals) == 1


@given(sales())
def test_any_returns_and_the_rest_are_the_whole(sale: tuple[list[SoldLine], list[Wanted]]) -> None:
    lines, steps = sale
    back = 0
    for step in [*steps, Wanted()]:
        try:
            amounts, lines = follow(lines, step)
        except Refused:
            continue
        back += sum(amounts)
    assert back == sum(line.payable_minor for line in lines)


@given(st.integers(0, 5000), st.data())
def test_cells_come_back_whole_and_never_beyond(amount: int, data: st.DataObject) -> None:
    line = sold(quantity=data.draw(st.integers(1, 5)), payable_minor=data.draw(st.integers(0, 3000)))
    before = 0
    while line.left or line.left_minor:
        more = data.draw(st.integers(0, line.left))
        money = data.draw(st.integers(0, line.left_minor))
        try:
            _, [line] = follow([line], Wanted(units={"a": more} if more else {}, amounts={"a": money} if money else {}))
        except Refused:
            continue
        after = line.cell_back(amount, 0)
        assert before <= after <= amount
        before = after
    assert line.cell_back(amount, 0) == amount


def test_a_funder_s_part_that_is_back_stays_back_when_units_follow() -> None:
    line = sold(quantity=3, payable_minor=1)
    _, [line] = follow([line], Wanted(amounts={"a": 1}))
    assert line.cell_back(2, 0) == 2
    _, [line] = follow([line], Wanted(units={"a": 2}))
    assert line.cell_back(2, 0) == 2
    _, [line] = follow([line], Wanted(units={"a": 1}))
    assert line.cell_back(2, 0) == 2
