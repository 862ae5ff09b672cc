"""When each condition holds, with boundary triples, and what it says is missing."""

from typing import Any

import pytest

from engine.rules.campaign import Filter
from engine.rules.conditions.code import Code
from engine.rules.conditions.first_order import FirstOrder
from engine.rules.conditions.invited import Invited
from engine.rules.conditions.nth_order import NthOrder
from engine.rules.conditions.quantity import Quantity
from engine.rules.conditions.segment import Segment
from engine.rules.conditions.spend import Spend
from engine.rules.conditions.spend_at_most import SpendAtMost
from engine.rules.conditions.tag import Tag
from engine.rules.conditions.tier import Tier
from engine.rules.conditions.together import Together
from engine.rules.facts import ORDERS, CounterKey
from engine.rules.kinds import Condition, Piece, Situation
from tests import make

MEMBER_ORDERS = CounterKey("member", "wei", "", ORDERS, "")
DEVICE_ORDERS = CounterKey("device", "phone", "", ORDERS, "")


def code(condition: Condition, *pieces: Piece, **facts: Any) -> str | None:
    missing = condition.check(Situation(make.facts(**facts), pieces))
    return missing.code if missing else None


def piece(price: int, quantity: int = 1, left: int | None = None, merchant: str = "noodle-house") -> Piece:
    line = make.line(f"{merchant}-{price}", price, quantity, merchant=merchant)
    return Piece(line, line.list_minor if left is None else left, quantity)


@pytest.mark.parametrize(("spent", "missing"), [(9999, 1), (10000, None), (10001, None)])
def test_spend_around_the_threshold(spent: int, missing: int | None) -> None:
    found = Spend(at_least_minor=10000).check(Situation(make.facts(), [piece(spent)]))
    assert (found.missing_minor if found else None) == missing


def test_spend_looks_at_what_is_left_unless_told_otherwise() -> None:
    assert code(Spend(at_least_minor=10000), piece(10000, left=9999)) == "spend_more"
    assert code(Spend(at_least_minor=10000, basis="listed"), piece(10000, left=0)) is None


def test_spend_says_how_much_more_in_both_languages() -> None:
    missing = Spend(at_least_minor=10000).check(Situation(make.facts(), [piece(7600)]))
    assert (missing.sentence.en, missing.sentence.zh) == ("Spend ¥24 more.", "再买24元可用。")


@pytest.mark.parametrize(("units", "missing"), [(2, 1), (3, None), (4, None)])
def test_quantity_around_the_threshold(units: int, missing: int | None) -> None:
    found = Quantity(at_least_units=3).check(Situation(make.facts(), [piece(100, units)]))
    assert (found.missing_quantity if found else None) == missing


def test_together_needs_a_line_of_every_merchant() -> None:
    both = Together(merchants=("noodle-house", "tea-corner"))
    assert code(both, piece(100)) == "merchant_missing"
    assert code(both, piece(100), piece(200, merchant="tea-corner")) is None
    assert code(both) == "merchant_missing"


@pytest.mark.parametrize(
    ("per", "taken", "expected"),
    [
        (("member",), {}, None),
        (("member",), {MEMBER_ORDERS: 1}, "not_first_order"),
        (("member",), {DEVICE_ORDERS: 1}, None),
        (("member", "device"), {DEVICE_ORDERS: 1}, "not_first_order"),
        (("device",), {MEMBER_ORDERS: 1}, None),
    ],
)
def test_first_order_per_member_and_device(
    per: tuple[str, ...], taken: dict[CounterKey, int], expected: str | None
) -> None:
    assert code(FirstOrder(per=per), taken=taken) == expected


def test_first_order_on_an_unknown_device_counts_the_member_only() -> None:
    assert code(FirstOrder(per=("member", "device")), payer=make.payer(device_id=None)) is None


@pytest.mark.parametrize(("before", "expected"), [(1, "other_order"), (2, None), (3, "other_order")])
def test_nth_order_is_exactly_that_one(before: int, expected: str | None) -> None:
    assert code(NthOrder(n=3), taken={MEMBER_ORDERS: before}) == expected


def test_invited_asks_for_an_inviter() -> None:
    assert code(Invited()) == "not_invited"
    assert code(Invited(), payer=make.payer(invited_by="lin")) is None


@pytest.mark.parametrize(
    ("condition", "inside"),
    [
        (Tag(any_of=("press", "staff")), {"tags": ("staff",)}),
        (Segment(any_of=("dormant",)), {"segments": ("active", "dormant")}),
        (Tier(any_of=("silver", "gold")), {"tier": "gold"}),
    ],
)
def test_tag_segment_and_tier_take_any_of_their_values(condition: Condition, inside: dict[str, Any]) -> None:
    assert code(condition, payer=make.payer(**inside)) is None
    assert code(condition) == "not_in_audience"


@pytest.mark.parametrize(
    "condition",
    [FirstOrder(), NthOrder(n=1), Invited(), Tag(any_of=("a",)), Segment(any_of=("a",)), Tier(any_of=("a",))],
)
def test_what_is_asked_of_a_shopper_needs_one(condition: Condition) -> None:
    assert code(condition, payer=None) == "sign_in_needed"


def test_spend_and_quantity_count_what_is_chosen() -> None:
    coffee = make.line("coffee", 300, 2, category="coffee")
    lines = [Piece(coffee, 600, 2), Piece(make.line("ship", 500, kind="delivery"), 500, 1)]
    assert code(Spend(at_least_minor=600, kinds=("goods",)), *lines) is None
    assert code(Spend(at_least_minor=601, kinds=("goods",)), *lines) == "spend_more"
    assert code(Spend(at_least_minor=1100), *lines) is None
    assert code(Quantity(at_least_units=1, items=Filter({"categories": ("tea",)})), *lines) == "buy_more"
    assert code(Quantity(at_least_units=2, items=Filter({"categories": ("coffee",)})), *lines) is None


@pytest.mark.parametrize(("units", "expected"), [((2, 2), "buy_more"), ((3, 1), None), ((1, 4), None)])
def test_quantity_per_line_asks_for_so_many_of_one(units: tuple[int, int], expected: str | None) -> None:
    pieces = [piece(100 + place, count) for place, count in enumerate(units)]
    assert code(Quantity(at_least_units=3, per="line"), *pieces) == expected


@pytest.mark.parametrize(("spent", "expected"), [(5999, None), (6000, None), (6001, "spend_less")])
def test_spend_at_most_around_the_amount(spent: int, expected: str | None) -> None:
    assert code(SpendAtMost(amount_minor=6000), piece(spent)) == expected


def test_spend_at_most_looks_at_what_is_left_unless_told_otherwise() -> None:
    assert code(SpendAtMost(amount_minor=6000), piece(6001, left=6000)) is None
    assert code(SpendAtMost(amount_minor=6000, basis="listed"), piece(6001, left=6000)) == "spend_less"


@pytest.mark.parametrize(
    ("wanted", "typed", "expected"),
    [
        (("SPRING",), ("SPRING",), None),
        (("SPRING",), ("spring",), "code_needed"),
        (("SPRING",), (), "code_needed"),
        ((), ("anything",), None),
        ((), (), "code_needed"),
    ],
)
def test_code_is_typed_letter_by_letter(wanted: tuple[str, ...], typed: tuple[str, ...], expected: str | None) -> None:
    assert code(Code(any_of=wanted), codes=typed) == expected


def test_first_order_takes_a_stranger_for_new_when_told() -> None:
    assert code(FirstOrder(), payer=None) == "sign_in_needed"
    assert code(FirstOrder(anonymous="accept"), payer=None) is None
    assert code(FirstOrder(anonymous="accept"), taken={MEMBER_ORDERS: 1}) == "not_first_order"
