"""The index with its remaining checks says the same as a plain look at each campaign, for every kind of condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.campaign import Campaign, Filter, Group, Scope
from engine.rules.catalogue import Catalogue
from engine.rules.clauses import clauses
from engine.rules.conditions.code import Code
from engine.rules.conditions.first_order import FirstOrder
from engine.rules.conditions.quantity import Quantity
from engine.rules.conditions.segment import Segment
from engine.rules.conditions.spend import Spend
from engine.rules.conditions.spend_at_most import SpendAtMost
from engine.rules.conditions.tag import Tag
from engine.rules.conditions.tier import Tier
from engine.rules.facts import Facts, Line
from engine.rules.kinds import Condition, Missing, Piece, Situation, conditions
from engine.rules.lines import merge
from engine.rules.phrases import said
from engine.rules.reach.asks import asks_of
from engine.rules.reach.dimensions import READER_BY_DIMENSION
from engine.rules.reach.matches import matches
from engine.rules.reach.postings import chosen
from engine.rules.schedule import is_open
from tests import make
from tests.rules.brute_force import holds, in_scope_of
from tests.rules.index_strategies import CONDITIONS, campaigns, facts, of_page
from tests.rules.laws import at_length, quick

CASES = st.tuples(*[campaigns(number) for number in range(6)]), facts()


@quick(120)
@given(*CASES)
def test_index_equals_a_look_at_each(found, known) -> None:
    assert_index_equals_a_look_at_each(found, known)


@at_length(400, *CASES)
def test_index_equals_a_look_at_each_often(found, known) -> None:
    assert_index_equals_a_look_at_each(found, known)


@pytest.mark.parametrize(
    "campaign",
    [
        make.campaign("two-of-one-dimension", when=[Segment(any_of=("a",)), Segment(any_of=("b",))]),
        make.campaign("alike", when=[Quantity(at_least_units=3, per="line")]),
        make.campaign("part-of-scope", when=[Quantity(at_least_units=3, items=Filter({"skus": ("a",)}))]),
        make.campaign("most-of-a-part", scope=make.on(skus=("a",)), when=[SpendAtMost(amount_minor=200)]),
        make.campaign(
            "excludes-its-home", scope=Scope(Filter({"ids": ("m1",)}, {"tags": ("food",)}), kinds=("goods", "tip"))
        ),
        make.campaign("kinds", scope=Scope(kinds=("goods",)), when=[Spend(at_least_minor=401)]),
    ],
    ids=lambda campaign: campaign.id,
)
def test_index_equals_a_look_where_it_may_mislead(campaign) -> None:
    lines = [
        make.line("a", 100, 2, merchant="m1", sku="a"),
        make.line("b", 100, 2, merchant="m2", sku="b"),
        make.line("t", 100, 9, merchant="m2", sku="t", kind="tip"),
    ]
    known = make.facts(*lines, payer=make.payer(segments=("a",)), merchants={"m1": make.merchant("m1")})
    assert_index_equals_a_look_at_each((campaign,), known)


def assert_index_equals_a_look_at_each(found: tuple[Campaign, ...], known: Facts) -> None:
    catalogue = Catalogue.build(found)
    lines = [whole.line for whole in merge(known.basket)]
    reach = catalogue.index.reach(known, lines)
    matched, reached = matches(catalogue, known, lines), catalogue.reached(known)
    assert sorted(plan.campaign.id for plan in matched) == [one.id for one in found if applies(one, known, lines)]
    assert sorted(plan.campaign.id for plan in reached) == [one.id for one in found if meets(one, known)]
    assert sorted(plan.campaign.id for plan in chosen(catalogue.plans, reach.reached)) == sorted(
        plan.campaign.id for plan in reached
    )
    for line, mask in zip(lines, reach.by_line, strict=True):
        ids = {plan.campaign.id for plan in chosen(catalogue.plans, mask)}
        assert ids == {one.id for one in found if meets(one, known) and in_scope_of(one, line, known)}
    in_scope = [place for place in range(len(found)) if any(mask >> place & 1 for mask in reach.by_line)]
    for place in in_scope:
        assert reach.open >> place & 1 == is_open(catalogue.plans[place].campaign.schedule, known.now)
    ids = {plan.campaign.id for plan in chosen(catalogue.plans, reach.possible)}
    assert {plan.campaign.id for plan in matched} <= ids


def meets(campaign: Campaign, known: Facts) -> bool:
    """Currency, channel, and a merchant of the basket: looked at with a line that has every item and kind."""
    everything = Scope(campaign.scope.merchants, kinds=("goods", "delivery", "service", "tax", "tip"))
    kept = {name: getattr(campaign, name) for name in campaign.__struct_fields__}
    at = Campaign(**(kept | {"scope": everything}))
    fits = campaign.currency == known.basket.currency and known.channel in (campaign.scope.channels or (known.channel,))
    return fits and any(in_scope_of(at, line, known) for line in known.basket.lines)


def applies(campaign: Campaign, known: Facts, lines: list[Line]) -> bool:
    pieces = [Piece(line, line.list_minor, line.quantity) for line in lines if in_scope_of(campaign, line, known)]
    return (
        bool(pieces)
        and meets(campaign, known)
        and is_open(campaign.schedule, known.now)
        and holds(campaign.audience, known, pieces)
        and holds(campaign.when, known, pieces)
    )


@pytest.mark.parametrize("key", conditions())
def test_kind_is_among_those_compared(key: str) -> None:
    assert key in CONDITIONS or of_page(key)


def test_conditions_on_payer_and_whole_scope_leave_nothing_to_check() -> None:
    group = Group(
        all=(FirstOrder(), Segment(any_of=("a",)), Spend(at_least_minor=500), SpendAtMost(amount_minor=900)),
        any=(Tier(any_of=("gold",)), Tier(any_of=("silver",))),
        none=(Tag(any_of=("staff",)), Code()),
    )
    asks = asks_of(clauses(group), is_whole=True)
    assert asks.rest == ()
    assert asks.named["tier"] == {"gold", "silver"}
    assert [clause.members for clause in asks_of(clauses(group), is_whole=False).rest] == [
        (Spend(at_least_minor=500),),
        (SpendAtMost(amount_minor=900),),
    ]


def test_kind_brings_its_own_dimension() -> None:
    class AtShop(Condition, frozen=True):
        shop: str
        dimensions: ClassVar[Mapping[str, Callable]] = {"shop": lambda known: [known.shop_id] if known.shop_id else []}

        def check(self, situation: Situation) -> Missing | None:
            here = situation.facts.shop_id == self.shop
            return None if here else Missing("elsewhere", said("Elsewhere.", "在别处。"))

        def keys(self) -> dict[str, frozenset[str]]:
            return {"shop": frozenset({self.shop})}

        def index_tells(self) -> bool:
            return True

    catalogue = Catalogue.build([make.campaign(id_, when=[AtShop(shop=id_)]) for id_ in ("east", "west")])
    known = make.facts(shop_id="west")
    assert [plan.campaign.id for plan in matches(catalogue, known, known.basket.lines)] == ["west"]


def test_dimension_that_nobody_reads_is_a_mistake_at_the_start() -> None:
    class Moon(Condition, frozen=True):
        def keys(self) -> dict[str, frozenset[str]]:
            return {"moon": frozenset({"full"})}

    with pytest.raises(TypeError, match="'moon' must be read in one way; 0 are declared"):
        Catalogue.build([make.campaign("a", when=[Moon()])])


def test_kinds_that_share_a_dimension_read_it_alike() -> None:
    by_dimension: dict[str, set] = {}
    for kind in conditions().values():
        for dimension, reader in kind.dimensions.items():
            by_dimension.setdefault(dimension, set()).add(reader)
    assert {dimension: len(readers) for dimension, readers in by_dimension.items()} == dict.fromkeys(by_dimension, 1)
    assert by_dimension
    assert READER_BY_DIMENSION.keys().isdisjoint(by_dimension)
