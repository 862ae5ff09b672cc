"""How discounts count: per, rounding, basis, share, ladders and groups, worked by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from engine.rules.benefits.amount_off import AmountOff
from engine.rules.benefits.amount_off_items import AmountOffItems, AmountStep
from engine.rules.benefits.buy_get import BuyGet, Side
from engine.rules.benefits.cut_to import CutTo
from engine.rules.benefits.fixed_price import FixedPrice
from engine.rules.benefits.percent_off import PercentOff
from engine.rules.benefits.percent_off_items import PercentOffItems, PercentStep
from engine.rules.benefits.set_price import SetPrice
from tests.rules.kinds.test_item_offers import TEA, piece


def test_percent_off_rounds_once_or_on_each_line() -> None:
    pieces = [piece("a", 5), piece("b", 5)]
    assert PercentOff(percent=Fraction(1, 2)).discounts(pieces) == [3, 2]
    assert PercentOff(percent=Fraction(1, 2), per="line").discounts(pieces) == [3, 3]
    assert PercentOff(percent=Fraction(1, 2), per="line", rounding="down").discounts(pieces) == [2, 2]
    assert sum(PercentOff(percent=Fraction(1, 4), rounding="down").discounts(pieces)) == 2  # 2.5


def test_percent_off_of_list_price_takes_no_more_than_is_left() -> None:
    pieces = [piece("a", 1000, left=100), piece("b", 1000)]
    assert PercentOff(percent=Fraction(1, 2)).discounts(pieces) == [50, 500]
    assert PercentOff(percent=Fraction(1, 2), basis="listed").discounts(pieces) == [100, 900]
    assert PercentOff(percent=Fraction(1, 2), basis="listed", per="line").discounts(pieces) == [100, 500]


def test_percent_off_on_chosen_items_leaves_per_and_basis_to_percent_off_items() -> None:
    benefit = PercentOff(percent=Fraction(1, 2), items=TEA, per="line", basis="listed")
    assert [(fault.field, fault.code) for fault in benefit.faults()] == [
        ("per", "not_on_chosen_items"),
        ("basis", "not_on_chosen_items"),
    ]


@pytest.mark.parametrize(("share", "off"), [("amount", [600, 300]), ("quantity", [300, 600]), ("evenly", [450, 450])])
def test_amount_off_lands_as_shared(share: Any, off: list[int]) -> None:
    assert AmountOff(amount_minor=900, share=share).discounts([piece("a", 2000), piece("b", 500, 2)]) == off


def test_amount_off_counts_full_steps_of_list_prices_when_told() -> None:
    pieces = [piece("a", 20000, left=15000)]
    assert AmountOff(amount_minor=1000, every_minor=10000).discounts(pieces) == [1000]
    assert AmountOff(amount_minor=1000, every_minor=10000, basis="listed").discounts(pieces) == [2000]


def test_cut_to_brings_down_what_is_chosen() -> None:
    pieces = [piece("a", 3000, category="tea"), piece("b", 1000, category="tea"), piece("c", 5000)]
    assert CutTo(total_minor=2000, items=TEA).discounts(pieces) == [1500, 500, 0]
    assert CutTo(total_minor=2000, items=TEA, share="evenly").discounts(pieces) == [1000, 1000, 0]
    assert CutTo(total_minor=4000, items=TEA).discounts(pieces) == [0, 0, 0]


def test_set_price_shares_what_a_set_saves_as_told() -> None:
    pieces = [piece("a", 3000), piece("b", 1000)]
    assert SetPrice(units_in_set=2, price_minor=3000).discounts(pieces) == [750, 250]
    assert SetPrice(units_in_set=2, price_minor=3000, share="evenly").discounts(pieces) == [500, 500]


def test_buy_get_rounds_once_a_line_or_a_unit() -> None:
    pieces = [piece("a", 5, 4), piece("b", 5, 4)]  # half of four units of 0.05
    assert sum(BuyGet(percent=Fraction(1, 2)).discounts(pieces)) == 10
    assert sum(BuyGet(percent=Fraction(1, 2), per="unit").discounts(pieces)) == 12
    assert sum(BuyGet(percent=Fraction(1, 2), per="unit", rounding="down").discounts(pieces)) == 8


def test_buy_get_buys_the_dearest_and_gives_the_next_when_told() -> None:
    pieces = [piece("a", 1000, 2), piece("b", 500, 2)]
    two = Side(units=2)
    assert BuyGet(buy=two, get=two).discounts(pieces) == [2000, 0]
    assert BuyGet(buy=two, get=two, bought="dearest").discounts(pieces) == [0, 1000]
    assert BuyGet(bought="dearest").discounts(pieces) == [1000, 500]  # one bought, one got, and again
    assert BuyGet(bought="dearest", times=1).units(pieces) == [2, 0]


def test_buy_get_buys_the_dearest_only_of_one_choice() -> None:
    (fault,) = BuyGet(buy=Side(items=TEA), bought="dearest").faults()
    assert (fault.field, fault.code) == ("bought", "dearest_of_two_choices")


def test_buy_get_chooses_by_price() -> None:
    pieces = [piece("a", 3000), piece("b", 1000), piece("c", 2000)]
    benefit = BuyGet(buy=Side(price_from_minor=3000), get=Side(price_to_minor=1000))
    assert benefit.discounts(pieces) == [0, 1000, 0]


@pytest.mark.parametrize(("price", "off"), [(599, 0), (600, 100), (900, 400), (901, 0)])
def test_fixed_price_within_a_range_of_list_prices(price: int, off: int) -> None:
    assert FixedPrice(price_minor=500, price_from_minor=600, price_to_minor=900).discounts([piece("a", price)]) == [off]


def test_amount_off_items_for_each_full_group() -> None:
    benefit = AmountOffItems(amount_minor=400, per="group", group=2)
    assert benefit.discounts([piece("a", 1000, 5)]) == [800]
    assert benefit.discounts([piece("a", 1000)]) == [0]


@pytest.mark.parametrize(
    ("steps_by", "off"),
    [("own", [0, 100]), ("line", [0, 100]), ("items", [200, 200]), ("order", [300, 300])],
)
def test_amount_off_items_ladder_looks_where_it_is_told(steps_by: Any, off: list[int]) -> None:
    steps = tuple(AmountStep(off_minor=n * 100, from_units=units) for n, units in ((1, 2), (2, 3), (3, 4)))
    pieces = [piece("a", 1000, category="tea"), piece("b", 1000, 2, category="tea"), piece("c", 1000)]
    benefit = AmountOffItems(steps=steps, steps_by=steps_by, per="line", items=TEA)
    assert benefit.discounts(pieces) == [*off, 0]


def test_ladders_of_an_order_count_the_kinds_named() -> None:
    pieces = [piece("a", 1500), piece("d", 1000, kind="delivery")]
    steps = (PercentStep(percent=Fraction(1, 10)), PercentStep(percent=Fraction(1, 5), from_minor=2000))
    benefit = PercentOffItems(steps=steps, steps_by="order", kinds=("goods",))
    assert benefit.discounts(pieces) == [300, 0]
    benefit = PercentOffItems(steps=steps, steps_by="order", steps_kinds=("goods",), kinds=("goods",))
    assert benefit.discounts(pieces) == [150, 0]


def test_a_ladder_of_list_prices_beside_a_percentage_of_what_is_left() -> None:
    steps = (PercentStep(percent=Fraction(1, 10)), PercentStep(percent=Fraction(1, 5), from_minor=2000))
    pieces = [piece("a", 2000, left=1000)]
    assert PercentOffItems(steps=steps).discounts(pieces) == [100]
    assert PercentOffItems(steps=steps, steps_basis="listed").discounts(pieces) == [200]


@pytest.mark.parametrize(
    ("benefit", "en"),
    [
        (FixedPrice(price_minor=500, price_from_minor=600), "items from ¥6 for ¥5 each"),
        (
            BuyGet(buy=Side(price_from_minor=3000), get=Side(price_to_minor=1000)),
            "for every 1 unit of items from ¥30 bought, 1 unit of items up to ¥10 free",
        ),
        (BuyGet(bought="dearest"), "for every 1 unit bought, 1 unit free (the dearest are bought)"),
        (CutTo(total_minor=500, items=TEA), "category tea: ¥5 in total"),
    ],
)
def test_what_is_chosen_is_said(benefit: Any, en: str) -> None:
    assert benefit.describe("en", "CNY") == en
    assert benefit.describe("zh", "CNY")
