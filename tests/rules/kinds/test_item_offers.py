"""What each offer on chosen items takes off, worked by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from engine.rules.benefits.amount_off_items import AmountOffItems, AmountStep
from engine.rules.benefits.buy_get import BuyGet, Side
from engine.rules.benefits.cut_to import CutTo
from engine.rules.benefits.gift import Gift
from engine.rules.benefits.graduated_off import GraduatedOff
from engine.rules.benefits.percent_off_items import PercentOffItems, PercentStep
from engine.rules.benefits.set_price import SetPrice
from engine.rules.campaign import Filter
from engine.rules.item_offer import Floor
from engine.rules.kinds import Benefit, Piece
from engine.rules.language.read import read_campaign
from tests import make
from tests.rules.kinds.test_pages import REST

TEA = Filter({"categories": ("tea",)})


def piece(
    id_: str, price: int, quantity: int = 1, *, left: int | None = None, free: int | None = None, **more: Any
) -> Piece:
    line = make.line(id_, price, quantity, **more)
    return Piece(line, line.list_minor if left is None else left, line.quantity if free is None else free)


def percent(part: int | str, **more: Any) -> PercentOffItems:
    return PercentOffItems(percent=Fraction(str(part)) / 100, **more)


# percent_off_items


def test_percent_off_items_rounds_once_a_line_or_a_unit() -> None:
    pieces = [piece("a", 5, 3), piece("b", 5, 3)]  # 10% of 0.30 is 0.03; of 0.15 is 0.015, so 0.02; of 0.05 is 0.01
    assert sum(percent(10).discounts(pieces)) == 3
    assert percent(10, per="line").discounts(pieces) == [2, 2]
    assert percent(10, per="unit").discounts(pieces) == [3, 3]


@pytest.mark.parametrize(
    ("rounding", "off"), [("half_up", 4167), ("half_down", 4166), ("half_even", 4166), ("down", 4166), ("up", 4167)]
)
def test_percent_off_items_rounds_as_told(rounding: Any, off: int) -> None:
    assert percent(50, rounding=rounding).discounts([piece("a", 8333)]) == [off]  # 4166.5


def test_percent_off_items_of_list_price_or_of_what_is_left() -> None:
    sold_before = [piece("a", 10000, left=8000)]
    assert percent(10).discounts(sold_before) == [800]
    assert percent(10, basis="listed").discounts(sold_before) == [1000]
    assert percent(90, basis="listed").discounts(sold_before) == [8000]  # never more than is left


def test_percent_off_items_every_second_unit_from_the_dearest() -> None:
    # Ranked 30 30 30 20 20: the second is a 30, the fourth a 20.
    assert percent(50, every=2).discounts([piece("a", 20, 2), piece("b", 30, 3)]) == [10, 15]


def test_percent_off_items_three_for_two_frees_the_cheapest_of_all() -> None:
    free = percent(100, every=3, pick="cheapest")
    assert free.discounts([piece("a", 400, 4), piece("b", 200, 1)]) == [0, 200]
    assert free.discounts([piece("a", 400, 4), piece("b", 200, 2)]) == [0, 400]
    assert free.discounts([piece("a", 400, 2)]) == [0]


def test_percent_off_items_does_not_replace_a_cheapest_unit_that_another_offer_took() -> None:
    taken = [piece("a", 200, free=0, left=0), piece("b", 400)]
    assert percent(100, units_max=1, pick="cheapest").discounts(taken) == [0, 0]


def test_percent_off_items_caps_units_of_a_line_groups_and_the_sum() -> None:
    pieces = [piece("a", 100, 4), piece("b", 50, 3)]
    assert percent(10, per="line", units_per_line=2).discounts(pieces) == [20, 10]
    assert percent(10, per="line", group=5).discounts(pieces) == [40, 5]  # seven units: one group of five
    assert percent(10, at_most_minor=11).discounts(pieces) == [8, 3]


def test_percent_off_items_by_a_ladder_of_amounts_or_units() -> None:
    steps = (PercentStep(percent=Fraction(1, 10)), PercentStep(from_minor=2000, percent=Fraction(15, 100)))
    for price, off in ((1999, 200), (2000, 300), (2001, 300)):
        assert PercentOffItems(steps=steps).discounts([piece("a", price)]) == [off]
    two = [piece("a", 1500), piece("b", 2500)]
    assert PercentOffItems(steps=steps, steps_by="line").discounts(two) == [150, 375]
    assert sum(PercentOffItems(steps=steps, items=Filter({"skus": ("a",)}), steps_by="order").discounts(two)) == 225
    ten = (PercentStep(percent=Fraction(1, 10)), PercentStep(from_units=10, percent=Fraction(15, 100)))
    for units, off in ((9, 90), (10, 150), (11, 165)):
        assert PercentOffItems(steps=ten).discounts([piece("a", 100, units)]) == [off]


def test_percent_off_items_chooses_kinds_and_prices_both_ends_included() -> None:
    pieces = [piece("a", 1000), piece("b", 2000), piece("c", 3000), piece("ship", 1500, kind="delivery")]
    assert percent(10, kinds=("delivery",)).discounts(pieces) == [0, 0, 0, 150]
    between = percent(10, price_from_minor=1000, price_to_minor=2000, kinds=("goods",))
    assert between.discounts(pieces) == [100, 200, 0, 0]


def test_percent_off_items_takes_its_units_unless_they_are_shared() -> None:
    half_taken = [piece("tea", 100, 2, free=1, category="tea")]
    assert percent(50, items=TEA).units(half_taken) == [1]
    shared = percent(50, items=TEA, unit_sharing="between_campaigns")
    assert (shared.discounts(half_taken), shared.units(half_taken)) == ([100], [0])


# amount_off_items


def test_amount_off_items_once_per_line_and_per_unit() -> None:
    pieces = [piece("a", 1000, 3), piece("b", 700), piece("c", 5000, category="tea")]
    plain = {"items": Filter({}, {"categories": ("tea",)})}
    assert AmountOffItems(amount_minor=1000, per="line", **plain).discounts(pieces) == [1000, 700, 0]
    assert AmountOffItems(amount_minor=800, per="unit", **plain).discounts(pieces) == [2400, 700, 0]
    assert AmountOffItems(amount_minor=370, **plain).discounts(pieces) == [300, 70, 0]


def test_amount_off_items_shares_by_amount_quantity_or_evenly() -> None:
    pieces = [piece("mug", 1000, 2), piece("poster", 1500, 3), piece("shirt", 2000, 3)]
    assert AmountOffItems(amount_minor=1250).discounts(pieces) == [200, 450, 600]
    assert AmountOffItems(amount_minor=1000, share="quantity").discounts(pieces) == [250, 375, 375]
    assert AmountOffItems(amount_minor=900, share="evenly").discounts(pieces) == [300, 300, 300]


def test_amount_off_items_goes_elsewhere_where_a_floor_is_reached_and_is_lost_where_all_are() -> None:
    pieces = [piece("cup", 1000), piece("keys", 2000), piece("mouse", 5000), piece("phones", 3000)]
    floors = tuple(
        Floor(items=Filter({"skus": (sku,)}), price_minor=price)
        for sku, price in (("keys", 1900), ("mouse", 5000), ("phones", 2600))
    )
    assert AmountOffItems(amount_minor=1200, floors=floors).discounts(pieces) == [700, 100, 0, 400]
    assert AmountOffItems(amount_minor=2000, floors=floors).discounts(pieces) == [1000, 100, 0, 400]


def test_amount_off_items_by_a_ladder_on_each_line() -> None:
    steps = (AmountStep(off_minor=1000), AmountStep(from_minor=10000, off_minor=1500))
    for price, off in ((9999, 1000), (10000, 1500), (10001, 1500), (800, 800)):
        assert AmountOffItems(steps=steps, per="line").discounts([piece("a", price)]) == [off]


def test_amount_off_items_every_second_line_by_unit_price() -> None:
    pieces = [piece("poster", 1500, 5), piece("shirt", 2000, 3), piece("socks", 500, 4), piece("mug", 1000, 2)]
    assert AmountOffItems(amount_minor=500, per="line", every=2).discounts(pieces) == [500, 0, 500, 0]


# the others


def test_buy_get_gives_the_dearest_and_repeats_while_there_are_units() -> None:
    pieces = [piece("coffee", 300, 5), piece("cake", 500, 1), piece("roll", 200, 3)]
    two_for_one = BuyGet(
        buy=Side(items=Filter({"skus": ("coffee",)}), units=2), get=Side(items=Filter({"skus": ("cake", "roll")}))
    )
    assert two_for_one.discounts(pieces) == [0, 500, 200]
    assert two_for_one.units(pieces) == [4, 1, 1]
    half_once = BuyGet(buy=two_for_one.buy, get=two_for_one.get, percent=Fraction(1, 2), times=1)
    assert half_once.discounts(pieces) == [0, 250, 0]


@pytest.mark.parametrize(("units", "off"), [(2, 0), (3, 100), (5, 100), (6, 200)])
def test_buy_get_of_one_item_counts_full_rounds(units: int, off: int) -> None:
    assert BuyGet(buy=Side(units=2), get=Side(units=1)).discounts([piece("a", 100, units)]) == [off]


@pytest.mark.parametrize(("units", "off"), [(1, 0), (2, 100), (4, 300), (6, 500), (7, 500), (8, 600)])
def test_buy_get_within_a_line_gives_part_of_the_last_round(units: int, off: int) -> None:
    once_five = BuyGet(buy=Side(units=1), get=Side(units=5), within="line", last="partial")
    assert once_five.discounts([piece("a", 100, units)]) == [off]


def test_buy_get_uses_what_can_only_be_bought_first() -> None:
    # Two must be bought, the tea can be got: the two others are bought, so the tea is free.
    both = BuyGet(
        buy=Side(items=Filter({"skus": ("x", "tea", "y")}), units=2), get=Side(items=Filter({"skus": ("tea",)}))
    )
    assert both.discounts([piece("x", 100), piece("tea", 100), piece("y", 100)]) == [0, 100, 0]


def test_set_price_takes_the_dearest_while_it_saves() -> None:
    three = SetPrice(units_in_set=3, price_minor=2000)
    assert three.discounts([piece("a", 800, 4)]) == [400]
    assert three.discounts([piece("a", 800, 3), piece("b", 600, 3)]) == [400, 0]  # a second set would cost more
    assert three.units([piece("a", 800, 3), piece("b", 600, 3)]) == [3, 0]
    assert sum(SetPrice(units_in_set=3, price_minor=1000).discounts([piece("a", 800, 6)])) == 2800
    assert sum(SetPrice(units_in_set=3, price_minor=1000, sets_max=1).discounts([piece("a", 800, 6)])) == 1400


@pytest.mark.parametrize(("units", "off"), [(1, 113), (2, 324), (5, 957), (6, 957)])
def test_graduated_off_first_and_further_units(units: int, off: int) -> None:
    graduated = GraduatedOff(first_minor=113, then_minor=211, units_per_line=5)
    assert graduated.discounts([piece("a", 1000, units)]) == [off]


def test_gift_frees_so_many_of_one_item() -> None:
    assert Gift(sku="bag", units_given=1).discounts([piece("bag", 400, 2), piece("tea", 900)]) == [400, 0]
    assert Gift(sku="bag").units([piece("bag", 400, 2), piece("tea", 900)]) == [1, 0]


@pytest.mark.parametrize(("left", "off"), [(4999, 0), (5000, 0), (5001, 1), (9000, 4000)])
def test_cut_to_a_total(left: int, off: int) -> None:
    assert CutTo(total_minor=5000).discounts([piece("a", 9000, left=left)]) == [off]


# what is refused, and what is said


@pytest.mark.parametrize(
    ("benefit", "code"),
    [
        (PercentOffItems(), "missing_field"),
        (percent(10, steps=(PercentStep(percent=Fraction(1, 5)),)), "two_forms"),
        (percent(10, price_from_minor=200, price_to_minor=100), "empty_range"),
        (percent(10, units_max=1, floors=(Floor(price_minor=1),)), "floors_of_picked"),
        (percent(10, every=2, basis="listed"), "listed_of_picked"),
        (BuyGet(last="partial"), "partial_of_basket"),
        (BuyGet(get=Side(units=3), units_max=2), "cap_below_round"),
        (AmountOffItems(steps=(AmountStep(off_minor=2), AmountStep(off_minor=1, from_minor=9))), "ladder_falls"),
    ],
)
def test_an_item_offer_that_contradicts_itself_is_refused(benefit: Benefit, code: str) -> None:
    assert code in [fault.code for fault in benefit.faults()]


def test_an_item_offer_reads_from_a_file_and_says_itself() -> None:
    give = "[{percent_off_items: {percent: 100%, items: {categories: [tea]}, every: 3, pick: cheapest, units: 2}}]"
    text = "\n".join(f"{key}: {value}" for key, value in {**REST, "give": give}.items())
    reading = read_campaign(text, "example.yaml")
    assert reading.mistakes == ()
    [benefit] = reading.campaign.give
    assert benefit.describe("en", "CNY") == "100% off category tea, the cheapest of each 3, 2 units at most"
    assert benefit.describe("zh", "CNY") == "分类「tea」免费，每3件中最低价的一件，最多2件"


# why nothing comes off


SET = SetPrice(units_in_set=3, price_minor=2000)


@pytest.mark.parametrize(
    ("benefit", "lines", "code", "missing"),
    [
        (SET, [make.line("a", 666, 3)], "price_not_lower", None),  # 19.98 for 20.00
        (SET, [make.line("a", 5000, 2)], "buy_more", 1),
        (SET, [make.line("a", 1000, 2), make.line("b", 0)], "buy_more", 1),  # what costs nothing is in no set
        (CutTo(total_minor=2000), [make.line("a", 1000, 2)], "price_not_lower", None),
        (make.fixed_price(1000), [make.line("a", 1000, 2)], "price_not_lower", None),
        (make.fixed_price(1000, items={"skus": ("b",)}), [make.line("a", 2000)], "nothing_to_discount", None),
        (make.percent_off(10), [make.line("a", 0)], "nothing_to_discount", None),
    ],
)
def test_price_that_gives_nothing_says_why(benefit: Benefit, lines: list, code: str, missing: int | None) -> None:
    decision = make.priced([make.campaign("a", benefit)], make.facts(*lines))
    assert decision.applied == ()
    [refusal] = decision.refused
    assert (refusal.code, refusal.missing_quantity) == (code, missing)


@pytest.mark.parametrize(("price", "saved"), [(666, 0), (667, 1), (668, 4)])
def test_set_price_gives_what_the_units_cost_above_it(price: int, saved: int) -> None:
    assert make.priced([make.campaign("a", SET)], make.facts(make.line("a", price, 3))).discount_minor == saved
