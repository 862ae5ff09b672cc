"""What a campaign file means once it is read."""

from datetime import UTC, datetime, time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.benefits.amount_off import AmountOff
from engine.rules.campaign import Campaign, Filter, FunderShare, Group
from engine.rules.conditions.segment import Segment
from engine.rules.conditions.spend import Spend
from engine.rules.conditions.tag import Tag
from engine.rules.language.instants import instant
from engine.rules.language.mistakes import MISTAKES_MAX
from engine.rules.language.read import read_campaign, read_set

SPRING = """\
campaign: spring
currency: CNY
name: {en: "15 off 100", zh: "满100减15"}
funding: {platform: 60%, merchant: 40%}
schedule: {from: 2027-03-01, until: 2027-04-01, timezone: Asia/Shanghai}
when: [{spend: {at_least: 100.00}}]
give: [{amount_off: {amount: 15.00}}]
limits: {budget: 50000.00}
"""
ONE_FUNDER = ("{platform: 60%, merchant: 40%}", "{platform: 100%}")


def read(*changes: tuple[str, str], add: str = "") -> Campaign:
    text = SPRING + add
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    reading = read_campaign(text, "campaigns/spring.yaml")
    assert [str(mistake) for mistake in reading.mistakes] == []
    assert reading.campaign is not None
    return reading.campaign


def test_a_file_becomes_a_campaign() -> None:
    campaign = read()
    assert (campaign.id, campaign.currency, campaign.name.zh) == ("spring", "CNY", "满100减15")
    assert campaign.funding == (FunderShare("platform", Fraction(3, 5)), FunderShare("merchant", Fraction(2, 5)))
    assert campaign.schedule.start == datetime(2027, 2, 28, 16, tzinfo=UTC)  # midnight in Shanghai
    assert campaign.schedule.until == datetime(2027, 3, 31, 16, tzinfo=UTC)
    assert campaign.when == Group(all=(Spend(at_least_minor=10000),))
    assert campaign.give == (AmountOff(amount_minor=1500),)
    assert campaign.limits.budget_minor == 5_000_000
    assert (campaign.kind, campaign.stacking.phase) == ("discount", "order")


def test_version_is_the_hash_of_the_text() -> None:
    assert read().version == read().version
    assert read().version != read(add="# a comment\n").version


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [("CNY", "100.00", 10000), ("JPY", "100", 100), ("KWD", "1.005", 1005), ("CNY", "7", 700), ("CNY", "7.5", 750)],
)
def test_amounts_have_the_decimals_of_the_currency(currency: str, text: str, minor: int) -> None:
    amounts = (("CNY", currency), ("15.00", "1"), ("50000.00", "50000"), ("100.00", text))
    assert read(*amounts).when == Group(all=(Spend(at_least_minor=minor),))


def test_percentages_are_exact() -> None:
    thirds = read(("platform: 60%, merchant: 40%", "platform: 33.3333%, bank:harbour: 66.6667%"))
    assert [share.part for share in thirds.funding] == [Fraction(333333, 1000000), Fraction(666667, 1000000)]


def test_audience_nests_and_one_value_may_stand_alone() -> None:
    campaign = read(add="audience: {any: [{segment: dormant}, {segment: [new, lost]}], none: {tag: staff}}\n")
    assert campaign.audience == Group(
        any=(Segment(any_of=("dormant",)), Segment(any_of=("new", "lost"))), none=(Tag(any_of=("staff",)),)
    )
    assert read(add="audience: {segment: dormant}\n").audience == Group(all=(Segment(any_of=("dormant",)),))
    nested = read(add="audience: {all: [{any: [{tag: a}, {tag: b}]}]}\n").audience
    assert nested == Group(all=(Group(any=(Tag(any_of=("a",)), Tag(any_of=("b",)))),))


def test_words_that_look_like_other_things_stay_words() -> None:
    campaign = read(add="scope: {items: {skus: [no, 010, 1:30, 1e2, null-sku, true, 2027-03-01]}}\n")
    assert campaign.scope.items == Filter({"skus": ("no", "010", "1:30", "1e2", "null-sku", "true", "2027-03-01")})


def test_scope_and_hours() -> None:
    on = 'on: [{days: [sat, sun], from: "22:00", until: "02:00"}, {until: "24:00"}]}'
    scope = "scope: {merchants: {tags: food, exclude: {ids: [a]}}, channels: scan, kinds: [goods, delivery]}\n"
    campaign = read(("timezone: Asia/Shanghai}", f"timezone: Asia/Shanghai, {on}"), add=scope)
    assert campaign.scope.merchants == Filter({"tags": ("food",)}, {"ids": ("a",)})
    assert (campaign.scope.channels, campaign.scope.kinds) == (("scan",), ("goods", "delivery"))
    assert [(on.days, on.start, on.until) for on in campaign.schedule.on] == [
        ((5, 6), time(22), time(2)),
        ((), time(0), time(0)),
    ]


@pytest.mark.parametrize(
    ("give", "more", "kind", "phase"),
    [
        ("{points: {earn: 1, every: 1.00}}", "", "reward", "reward"),
        ("{red_packet: {inviter: 1.00}}", "audience: {first_order: {}}\n", "referral", "reward"),
        ("{amount_off: {amount: 1.00}}", "coupon: {valid_for_days: 7}\n", "coupon", "order"),
        ("{fixed_price: {price: 1.00}}", "", "discount", "item"),
    ],
)
def test_kind_and_phase_follow_from_what_is_given(give: str, more: str, kind: str, phase: str) -> None:
    changes = (("{amount_off: {amount: 15.00}}", give), ("{budget: 50000.00}", "{uses: {total: 9}}"), ONE_FUNDER)
    campaign = read(*changes, add=more)
    assert (campaign.kind, campaign.stacking.phase) == (kind, phase)


@pytest.mark.parametrize(
    ("local", "edge", "expected"),
    [
        (
            datetime.fromisoformat("2027-03-14T02:30"),
            "from",
            datetime(2027, 3, 14, 7, 30, tzinfo=UTC),
        ),  # gap: moves to 03:30 EDT
        (datetime.fromisoformat("2027-03-14T02:30"), "until", datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
        (
            datetime.fromisoformat("2027-11-07T01:30"),
            "from",
            datetime(2027, 11, 7, 5, 30, tzinfo=UTC),
        ),  # fold: the first, EDT
        (
            datetime.fromisoformat("2027-11-07T01:30"),
            "until",
            datetime(2027, 11, 7, 6, 30, tzinfo=UTC),
        ),  # fold: the last, EST
    ],
)
def test_local_times_in_gaps_and_folds(local: datetime, edge: str, expected: datetime) -> None:
    assert instant(local, "America/New_York", edge) == expected


def test_a_set_is_checked_across_its_files() -> None:
    gift = (
        SPRING.replace("spring", "gift")
        .replace(*ONE_FUNDER)
        .replace("amount_off: {amount: 15.00}", "issue_coupon: {campaign: sprung}")
    )
    files = [("a/spring.yaml", SPRING), ("a/gift.yaml", gift), ("b/spring.yaml", SPRING)]
    campaigns, mistakes = read_set(files)
    assert [campaign.id for campaign in campaigns] == ["spring", "gift"]
    assert [str(mistake) for mistake in mistakes] == [
        "b/spring.yaml:1:1: duplicate_campaign: Another file holds the campaign 'spring' already. Rename one.",
        "a/gift.yaml:7:8: unknown_campaign: There is no campaign 'sprung' here. Did you mean 'spring'?",
    ]
    _, mistakes = read_set([("spring.yaml", SPRING), ("gift.yaml", gift.replace("sprung", "spring"))])
    assert [mistake.code for mistake in mistakes] == ["not_a_coupon"]


VOUCHER = """\
campaign: voucher
currency: CNY
name: {en: "5 off", zh: "减5元"}
funding: {platform: 100%}
schedule: {from: 2027-03-01, until: 2027-04-01, timezone: Asia/Shanghai}
coupon: {valid_for_days: 7, per_member: 2}
give: [{amount_off: {amount: 5.00}}]
limits: {uses: {total: 100}}
"""
GIVER = """\
campaign: giver
currency: CNY
name: {en: "A voucher", zh: "送券"}
funding: {platform: 100%}
schedule: {from: 2027-03-01, timezone: Asia/Shanghai}
give: [{issue_coupon: {campaign: voucher, count: 2}}]
limits: {uses: {total: 100}}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("count: 2", "count: 2", []),
        ("count: 2", "count: 3", ["giver.yaml:6:8: limit_never_counts: 3 are given at once, but a member may hold 2 of 'voucher'. Give fewer."]),
        ("2027-03-01,", "2027-03-31T23:59,", []),
        ("2027-03-01,", "2027-04-01,", ["giver.yaml:6:8: coupon_ended: 'voucher' has ended when this begins, so nobody can use it. Move one of the two."]),
    ],
)  # fmt: skip
def test_coupon_that_nobody_can_use_is_a_mistake_of_its_giver(old: str, new: str, told: list[str]) -> None:
    _, mistakes = read_set([("voucher.yaml", VOUCHER), ("giver.yaml", GIVER.replace(old, new))])
    assert [str(mistake) for mistake in mistakes] == told


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_any_text_is_read_or_refused_never_more(text: str) -> None:
    reading = read_campaign(text, "any.yaml")
    assert reading.campaign is None
    assert 0 < len(reading.mistakes) <= MISTAKES_MAX + 1


@given(st.integers(0, len(SPRING)), st.integers(0, 12), st.text("{}[]:,#&*!|>'\"%@- \n\tn0.9~é\0", max_size=6))
def test_a_damaged_file_is_read_or_told_with_a_place_in_it(start: int, cut: int, put: str) -> None:
    text = SPRING[:start] + put + SPRING[start + cut :]
    reading = read_campaign(text, "spring.yaml")
    assert (reading.campaign is None) == bool(reading.mistakes)
    for mistake in reading.mistakes:
        assert 1 <= mistake.line <= text.count("\n") + 2
        assert mistake.column >= 1
        assert mistake.sentence.endswith((".", "?"))
