"""What each benefit takes off or gives, worked by hand, with boundary triples; and the law that the search rests on."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.benefits.fixed_price import FixedPrice
from engine.rules.benefits.issue_coupon import IssueCoupon
from engine.rules.benefits.points import Points
from engine.rules.benefits.red_packet import RedPacket
from engine.rules.campaign import Filter
from engine.rules.kinds import Benefit, Grant, Piece, Situation
from tests import make


def whole(id_: str = "a", price: int = 1000, quantity: int = 1, **more: str) -> Piece:
    line = make.line(id_, price, quantity, **more)
    return Piece(line, line.list_minor, line.quantity)


@pytest.mark.parametrize(
    ("left", "off"), [(9999, 0), (10000, 1500), (19999, 1500), (20000, 3000), (45000, 4500), (99900, 4500)]
)
def test_amount_off_every_full_hundred_at_most_45(left: int, off: int) -> None:
    assert make.amount_off(1500, every=10000, at_most=4500).discounts([whole(price=left)]) == [off]


@pytest.mark.parametrize(("left", "off"), [(9999, 0), (10000, 1200), (19999, 1200), (20000, 3000), (99999, 3000)])
def test_amount_off_by_a_ladder_takes_the_highest_step_once(left: int, off: int) -> None:
    assert make.ladder((10000, 1200), (20000, 3000)).discounts([whole(price=left)]) == [off]


@pytest.mark.parametrize(("left", "off"), [(499, 499), (500, 500), (501, 500)])
def test_amount_off_never_takes_more_than_is_left(left: int, off: int) -> None:
    assert make.amount_off(500).discounts([whole(price=left)]) == [off]


def test_amount_off_lands_by_what_is_left_and_ties_do_not_depend_on_the_order_of_lines() -> None:
    # 5.00 over 64.00, 12.00, 9.00: 3.7647, 0.7058, 0.5294; floors 376 + 70 + 52, the two cents go to .94 and .58.
    pieces = [whole("noodles", 6400), whole("cucumber", 1200), whole("tea", 900)]
    assert make.amount_off(500).discounts(pieces) == [376, 71, 53]
    thirds = [whole("c"), whole("a"), whole("b")]
    assert make.amount_off(100).discounts(thirds) == [33, 34, 33]  # equal remainders: the cent goes to sku a
    assert make.amount_off(100).discounts(thirds[::-1]) == [33, 34, 33]


@pytest.mark.parametrize(("price", "off"), [(1499, 750), (1500, 750), (1501, 751)])
def test_percent_off_rounds_half_up_once_on_the_total(price: int, off: int) -> None:
    assert make.percent_off(50).discounts([whole(price=price)]) == [off]


def test_percent_off_of_three_lines_is_rounded_once_not_three_times() -> None:
    # 10% of 3 x 1.05 is 0.315, so 0.32; by line it would be 0.11 three times.
    assert sum(make.percent_off(10).discounts([whole(name, 105) for name in "abc"])) == 32


def test_percent_off_is_capped() -> None:
    assert make.percent_off(20, at_most=2000).discounts([whole(price=9999)]) == [2000]
    assert make.percent_off(20, at_most=2000).discounts([whole(price=10000)]) == [2000]
    assert make.percent_off(20, at_most=2000).discounts([whole(price=10001)]) == [2000]


def test_percent_off_of_everything_takes_no_units_and_of_items_takes_theirs() -> None:
    tea, noodles = whole("tea", 1800, 2, category="tea"), whole("noodles", 3200)
    assert make.percent_off(50).units([tea, noodles]) == [0, 0]
    half_tea = make.percent_off(50, items={"categories": ("tea",)})
    assert half_tea.discounts([tea, noodles]) == [1800, 0]
    assert half_tea.units([tea, noodles]) == [2, 0]


def test_percent_off_leaves_a_unit_that_another_item_offer_took() -> None:
    # Two teas of 18.00, one sold for 9.90 already: only the other is halved.
    taken = Piece(make.line("tea", 1800, 2, category="tea"), 1800 + 990, 1)
    assert make.percent_off(50, items={"categories": ("tea",)}).discounts([taken]) == [900]


def test_fixed_price_of_the_dearest_units_first() -> None:
    pieces = [whole("small", 1500, 2), whole("large", 2990, 1), whole("cheap", 800, 1)]
    assert make.fixed_price(990, units=2).discounts(pieces) == [510, 2000, 0]
    assert make.fixed_price(990, units=2).units(pieces) == [1, 1, 0]
    assert make.fixed_price(990).discounts(pieces) == [1020, 2000, 0]


@pytest.mark.parametrize(("price", "off"), [(989, 0), (990, 0), (991, 1)])
def test_fixed_price_never_raises_a_price(price: int, off: int) -> None:
    assert make.fixed_price(990).discounts([whole(price=price)]) == [off]


def test_fixed_price_of_some_kinds_of_line() -> None:
    pieces = [whole("tea", 1500), whole("ship", 800, kind="delivery")]
    only_delivery = FixedPrice(price_minor=200, kinds=("delivery",))
    assert (only_delivery.discounts(pieces), only_delivery.units(pieces)) == ([0, 600], [0, 1])


def test_fixed_price_looks_at_what_is_left() -> None:
    assert make.fixed_price(990).discounts([Piece(make.line("a", 2990), 2490, 1)]) == [1500]  # 24.90 - 9.90
    assert make.fixed_price(990).discounts([Piece(make.line("a", 2990), 900, 1)]) == [0]


def situation(paid: int, **payer: str) -> Situation:
    return Situation(make.facts(payer=make.payer(**payer)), [whole(price=paid)])


@pytest.mark.parametrize(("paid", "points"), [(99, []), (100, [1]), (101, [1]), (8099, [80])])
def test_points_for_full_amounts_only(paid: int, points: list[int]) -> None:
    granted = Points(earn_points=1, every_minor=100).grants(situation(paid))
    assert [grant.amount for grant in granted] == points


def test_red_packet_to_both_sides_of_an_invite_only() -> None:
    packet = RedPacket(friend_minor=800, inviter_minor=1000)
    assert packet.grants(situation(1000, invited_by="lin")) == [
        Grant("red_packet", "payer", 800),
        Grant("red_packet", "inviter", 1000),
    ]
    assert packet.grants(situation(1000)) == []
    assert RedPacket(inviter_minor=1000).grants(situation(1000, invited_by="lin")) == [
        Grant("red_packet", "inviter", 1000)
    ]


def test_issue_coupon_names_the_campaign() -> None:
    assert IssueCoupon(campaign_id="voucher", count=2).grants(situation(1000)) == [
        Grant("coupon", "payer", 2, coupon_campaign_id="voucher")
    ]


@pytest.mark.parametrize(
    "reward", [IssueCoupon(campaign_id="v"), Points(earn_points=1, every_minor=1), RedPacket(friend_minor=1)]
)
def test_nobody_is_given_nothing(reward: Benefit) -> None:
    assert reward.grants(Situation(make.facts(payer=None), [whole()])) == []


AMOUNTS = st.integers(1, 5000)
SOME = Filter({"categories": ("tea",)})
BENEFITS = st.one_of(
    st.builds(lambda amount, every: make.amount_off(amount, every=every), AMOUNTS, st.none() | AMOUNTS),
    st.builds(lambda first, second: make.ladder((first, first), (first + second, first + second)), AMOUNTS, AMOUNTS),
    st.builds(
        lambda percent, cap, items, units: make.PercentOff(
            percent=Fraction(percent, 1000), at_most_minor=cap, items=items, units_max=units
        ),
        st.integers(1, 1000),
        st.none() | AMOUNTS,
        st.sampled_from([Filter(), SOME]),
        st.none() | st.integers(1, 4),
    ),
    st.builds(
        lambda price, items, units: make.FixedPrice(price_minor=price, items=items, units_max=units),
        AMOUNTS,
        st.sampled_from([Filter(), SOME]),
        st.none() | st.integers(1, 4),
    ),
)


@st.composite
def two_views(draw: st.DrawFn) -> tuple[list[Piece], list[Piece]]:
    """The same lines twice: the second view has at least as much left of each."""
    small, large = [], []
    for place in range(draw(st.integers(1, 4))):
        category = draw(st.sampled_from(["tea", "other"]))
        line = make.line(f"l{place}", draw(st.integers(0, 3000)), draw(st.integers(1, 4)), category=category)
        more_left, more_free = draw(st.integers(0, line.list_minor)), draw(st.integers(0, line.quantity))
        large.append(Piece(line, more_left, more_free))
        small.append(Piece(line, draw(st.integers(0, more_left)), draw(st.integers(0, more_free))))
    return small, large


@given(BENEFITS, two_views())
def test_a_discount_stays_within_its_lines_and_never_falls_when_more_is_left(
    benefit: Benefit, views: tuple[list[Piece], list[Piece]]
) -> None:
    """The bound of the search rests on the second half."""
    totals = []
    for pieces in views:
        amounts, units = benefit.discounts(pieces), benefit.units(pieces)
        assert all(0 <= amount <= piece.left_minor for amount, piece in zip(amounts, pieces, strict=True))
        assert all(0 <= taken <= piece.free_units for taken, piece in zip(units, pieces, strict=True))
        totals.append(sum(amounts))
    assert totals[0] <= totals[1]
