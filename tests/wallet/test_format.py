"""Money, dates and countdowns, as the design says them."""

from datetime import UTC, datetime

import pytest

from tests.wallet.make import NOW
from wallet_app.format import (
    count,
    countdown,
    deadline,
    face,
    group_head,
    in_fours,
    moment,
    money,
    receipt_time,
    signed,
    spoken,
)


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (6350, "CNY", "¥63.50"),
        (-1200, "CNY", "−¥12.00"),
        (0, "CNY", "¥0.00"),
        (5, "CNY", "¥0.05"),
        (123_456_789, "CNY", "¥1,234,567.89"),
        (-1, "CNY", "−¥0.01"),
        (1200, "JPY", "¥1,200"),
        (99, "XTS", "XTS 0.99"),
    ],
)
def test_money_keeps_every_decimal(minor, currency, shown):
    assert money(minor, currency) == shown


def test_a_face_drops_only_whole_decimals():
    assert [face(1200, "CNY"), face(1250, "CNY")] == ["¥12", "¥12.50"]


@pytest.mark.parametrize(
    ("minor", "zh", "en"),
    [(2450, "24 元 5 角", "24 yuan 50"), (6400, "64 元", "64 yuan"), (-1205, "负 12 元 5 分", "minus 12 yuan 05")],
)
def test_amounts_are_said_in_words(minor, zh, en):
    assert (spoken(minor, "CNY", "zh"), spoken(minor, "CNY", "en")) == (zh, en)


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        (datetime(2026, 11, 22, 10, 32, tzinfo=UTC), "今天 18:32", "Today 18:32"),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "明天 00:00", "Tomorrow 00:00"),
        (datetime(2026, 11, 30, 6, 0, tzinfo=UTC), "11月30日 周一 14:00", "Mon 30 Nov 14:00"),
        (datetime(2027, 3, 31, 6, 0, tzinfo=UTC), "2027年3月31日 周三 14:00", "Wed 31 Mar 2027 14:00"),
    ],
)
def test_moments(at, zh, en):
    assert (moment(at, NOW, "zh"), moment(at, NOW, "en")) == (zh, en)


def test_an_end_at_midnight_is_the_last_minute_of_the_day_before():
    assert deadline(datetime(2026, 11, 22, 16, 0, tzinfo=UTC), NOW, "zh") == "今天 23:59"
    assert deadline(datetime(2026, 11, 22, 15, 0, tzinfo=UTC), NOW, "zh") == "今天 23:00"


def test_heads_of_days():
    assert group_head(NOW, NOW, "zh") == "今天 11月22日"
    assert group_head(NOW, NOW, "en") == "Today, 22 Nov"
    assert group_head(datetime(2026, 11, 21, 4, tzinfo=UTC), NOW, "zh") == "11月21日 周六"


def test_receipts_carry_the_year():
    assert (receipt_time(NOW, "zh"), receipt_time(NOW, "en")) == ("2026年11月22日 18:32", "22 Nov 2026, 18:32")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "00:00:00"), (59.9, "00:00:59"), (48 * 3600, "48:00:00"), (48 * 3600 + 1, "2 days"), (3 * 86_400, "3 days")],
)
def test_countdowns(seconds, shown):
    assert countdown(seconds, "en") == shown


def test_numbers():
    assert [count(2480), count(-500), signed(63), signed(-12), signed(0)] == ["2,480", "−500", "+63", "−12", "0"]
    assert in_fours("28123456789012345678") == "2812 3456 7890 1234 5678"
