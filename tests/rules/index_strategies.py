"""Random campaigns with every kind of condition, in nests, and random baskets and payers that meet them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import strategies as st

from engine.rules.campaign import Campaign, Filter, Group, Pattern, Schedule, Scope
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
from engine.rules.facts import ORDERS, CounterKey, Facts
from engine.rules.kinds import Condition, conditions
from engine.rules.language.read import read_campaign
from tests import make
from tests.rules.kinds.test_pages import examples

MERCHANTS = ("m1", "m2", "m3")
WORDS = ("a", "b", "tea")
LINE_KINDS = ("goods", "goods", "delivery", "tip")


def some(words: tuple[str, ...], most: int = 2) -> st.SearchStrategy:
    return st.lists(st.sampled_from(words), min_size=1, max_size=most).map(tuple)


@st.composite
def filters(draw: st.DrawFn, words_by_dimension: dict[str, tuple[str, ...]]) -> Filter:
    named = st.fixed_dictionaries({}, optional={name: some(words) for name, words in words_by_dimension.items()})
    return Filter(draw(st.just({}) | named), draw(st.just({}) | st.just({}) | named))


ITEMS = filters({"skus": WORDS, "categories": WORDS, "tags": WORDS})
ANY_ITEMS = st.just(Filter()) | ITEMS
ANY_KINDS = st.just(()) | some(LINE_KINDS)
AMOUNTS = st.sampled_from([1, 299, 300, 301, 600, 900, 901])
BASES = st.sampled_from(["left", "listed"])
CONDITIONS: dict[str, st.SearchStrategy] = {
    "code": st.builds(Code, any_of=st.just(()) | some(WORDS)),
    "first_order": st.builds(
        FirstOrder,
        per=st.sampled_from([("member",), ("device",), ("member", "device")]),
        anonymous=st.sampled_from(["refuse", "accept"]),
    ),
    "invited": st.just(Invited()),
    "nth_order": st.builds(NthOrder, n=st.integers(1, 3)),
    "quantity": st.builds(
        Quantity,
        at_least_units=st.integers(1, 6),
        items=ANY_ITEMS,
        kinds=ANY_KINDS,
        per=st.sampled_from(["order", "line"]),
    ),
    "segment": st.builds(Segment, any_of=some(WORDS)),
    "spend": st.builds(Spend, at_least_minor=AMOUNTS, items=ANY_ITEMS, kinds=ANY_KINDS, basis=BASES),
    "spend_at_most": st.builds(SpendAtMost, amount_minor=AMOUNTS, items=ANY_ITEMS, kinds=ANY_KINDS, basis=BASES),
    "tag": st.builds(Tag, any_of=some(WORDS)),
    "tier": st.builds(Tier, any_of=some(WORDS)),
    "together": st.permutations(MERCHANTS).map(lambda found: Together(merchants=tuple(found[:2]))),
}


def of_page(key: str) -> list[Condition]:
    """The conditions that a kind's own page shows: what a kind that is new here is compared with."""
    groups = [
        group
        for text in examples(key)
        if (found := read_campaign(text, "example.yaml").campaign) is not None
        for group in (found.audience, found.when)
    ]
    members = [member for group in groups for member in (*group.all, *group.any, *group.none)]
    return [member for member in members if isinstance(member, conditions()[key])]


MEMBERS = st.one_of([CONDITIONS[key] if key in CONDITIONS else st.sampled_from(of_page(key)) for key in conditions()])
GROUPS = st.builds(
    Group,
    all=st.lists(MEMBERS, max_size=2).map(tuple),
    any=st.just(()) | st.lists(MEMBERS, max_size=2).map(tuple),
    none=st.just(()) | st.lists(MEMBERS, max_size=2).map(tuple),
)


@st.composite
def nests(draw: st.DrawFn) -> Group:
    outer = draw(GROUPS)
    inner = draw(st.none() | st.none() | GROUPS)
    where = draw(st.sampled_from(["all", "any", "none"]))
    parts = {name: getattr(outer, name) for name in ("all", "any", "none")}
    return Group(**(parts | {where: (*parts[where], inner)})) if inner else outer


SCHEDULES = st.sampled_from(
    [
        make.ALWAYS,
        make.ALWAYS,
        Schedule("UTC", make.NOW, None),
        Schedule("UTC", make.NOW + timedelta(seconds=1), None),
        Schedule("UTC", datetime(2026, 1, 1, tzinfo=UTC), make.NOW),
        Schedule("Asia/Shanghai", datetime(2026, 1, 1, tzinfo=UTC), None, (Pattern((), time(12), time(13)),)),
        Schedule("Asia/Shanghai", datetime(2026, 1, 1, tzinfo=UTC), None, (Pattern((2,), time(12), time(13)),)),
    ]
)
SCOPES = st.builds(
    Scope,
    st.sampled_from(MERCHANTS).map(lambda id_: Filter({"ids": (id_,)}))
    | st.just(Filter())
    | filters({"ids": MERCHANTS, "tags": WORDS, "districts": WORDS}),
    ANY_ITEMS,
    st.sampled_from([(), (), ("pay_code",), ("scan",), ("scan", "pay_code")]),
    st.sampled_from([("goods",), ("goods",), ("goods", "delivery"), ("tip", "delivery")]),
)


PLAIN_SCOPES = st.sampled_from([Scope(), Scope(), *[make.at(id_) for id_ in MERCHANTS]])
PLAIN_GROUPS = st.one_of(
    MEMBERS.map(lambda one: Group(all=(one,))),
    st.lists(MEMBERS, min_size=2, max_size=2).map(lambda two: Group(all=tuple(two))),
    st.lists(MEMBERS, min_size=1, max_size=2).map(lambda some: Group(any=tuple(some))),
    st.lists(MEMBERS, min_size=1, max_size=2).map(lambda some: Group(none=tuple(some))),
    st.sampled_from(
        [
            Group(all=(Segment(any_of=("a",)), Segment(any_of=("b",)))),
            Group(all=(Tag(any_of=("a", "b")), Tag(any_of=("b", "tea")))),
        ]
    ),
)


@st.composite
def campaigns(draw: st.DrawFn, number: int) -> Campaign:
    """One thing out of the ordinary in most, so that the rest does not hide it; everything at once in some."""
    odd = draw(st.sampled_from(["scope", "schedule", "when", "when", "when", "all"]))
    found = make.campaign(
        f"k{number}",
        currency=draw(st.sampled_from(["CNY", "CNY", "CNY", "JPY"])) if odd == "all" else "CNY",
        scope=draw(SCOPES if odd in {"scope", "all"} else PLAIN_SCOPES),
        schedule=draw(SCHEDULES) if odd in {"schedule", "all"} else make.ALWAYS,
    )
    when = draw(nests() if odd == "all" else PLAIN_GROUPS) if odd in {"when", "all"} else Group()
    audience = draw(st.just(Group()) | nests()) if odd == "all" else Group()
    kept = {name: getattr(found, name) for name in found.__struct_fields__}
    return Campaign(**(kept | {"audience": audience, "when": when}))


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    lines = [
        make.line(
            f"l{number}",
            draw(st.sampled_from([0, 100, 300])),
            draw(st.integers(1, 3)),
            merchant=draw(st.sampled_from(MERCHANTS)),
            sku=draw(st.sampled_from(WORDS)),
            category=draw(st.sampled_from(WORDS)),
            tags=draw(st.just(()) | some(WORDS)),
            kind=draw(st.sampled_from(LINE_KINDS)),
        )
        for number in range(draw(st.integers(1, 5)))
    ]
    words = st.just(()) | some(WORDS)
    payer = make.payer(
        device_id=draw(st.sampled_from(["phone", None])),
        tier=draw(st.sampled_from(("", *WORDS))),
        tags=draw(words),
        segments=draw(words),
        invited_by=draw(st.sampled_from([None, "lin"])),
    )
    known = st.builds(make.merchant, district=st.sampled_from(WORDS), tags=st.just(()) | some(WORDS))
    return make.facts(
        *lines,
        payer=draw(st.sampled_from([payer, payer, None])),
        codes=draw(words),
        district=draw(st.sampled_from(WORDS)),
        merchants={id_: one for id_ in MERCHANTS if (one := draw(st.none() | known)) is not None},
        taken={
            CounterKey(kind, id_, "", ORDERS, ""): draw(st.integers(0, 2))
            for kind, id_ in (("member", "wei"), ("device", "phone"))
            if draw(st.booleans())
        },
    )
