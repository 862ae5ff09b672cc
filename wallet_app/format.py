"""Money, dates and countdowns as DESIGN says them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from wallet_app.words.say import say

MINUS: Final = "−"
#: Sign and decimals by currency (ISO 4217); others show their code and two decimals.
SIGN_BY_CURRENCY: Final = {"CNY": ("¥", 2), "USD": ("$", 2), "EUR": ("€", 2), "GBP": ("£", 2), "JPY": ("¥", 0)}
#: Where the shops are: an hour on a coupon is the shop's hour.
ZONE: Final = ZoneInfo("Asia/Shanghai")
_DAYS_FROM_HOURS: Final = 48
_WEEKDAYS_ZH: Final = "一二三四五六日"
_WEEKDAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def money(amount_minor: int, currency: str) -> str:
    """Return an amount with every decimal of its currency: ``−¥12.00``."""
    sign, decimals = SIGN_BY_CURRENCY.get(currency, (f"{currency} ", 2))
    whole, part = divmod(abs(amount_minor), 10**decimals)
    tail = f".{part:0{decimals}}" if decimals else ""
    return f"{MINUS if amount_minor < 0 else ''}{sign}{whole:,}{tail}"


def face(amount_minor: int, currency: str) -> str:
    """Return an amount as a coupon's face shows it: .00 is dropped."""
    shown = money(amount_minor, currency)
    return shown.removesuffix(".00")


def count(number: int) -> str:
    """Return a number with thousands by comma and a true minus."""
    return f"{MINUS if number < 0 else ''}{abs(number):,}"


def signed(number: int) -> str:
    """Return a movement: ``+63``, ``−12``."""
    return f"+{number:,}" if number > 0 else count(number)


def spoken(amount_minor: int, currency: str, language: str) -> str:
    """Return an amount as a screen reader should say it: ``24 元 5 角``, ``24 yuan 50``."""
    if currency != "CNY":
        return money(amount_minor, currency)
    yuan, fen = divmod(abs(amount_minor), 100)
    minus = say(language, "spoken.minus") if amount_minor < 0 else ""
    if language == "en":
        return f"{minus}{yuan} yuan" + (f" {fen:02}" if fen else "")
    jiao, cent = divmod(fen, 10)
    return f"{minus}{yuan} 元" + (f" {jiao} 角" if jiao else "") + (f" {cent} 分" if cent else "")


def clock(at: datetime) -> str:
    """Return hour and minute."""
    return f"{at.astimezone(ZONE):%H:%M}"


def moment(at: datetime, now: datetime, language: str) -> str:
    """Return day and hour; today and tomorrow by name, the year only when it is not this one."""
    there = at.astimezone(ZONE)
    return f"{day(at, now, language)} {there:%H:%M}"


def deadline(until: datetime, now: datetime, language: str) -> str:
    """Return the last usable minute of a half-open end: 00:00 is 23:59 of the day before."""
    there = until.astimezone(ZONE)
    last = there - timedelta(minutes=1) if (there.hour, there.minute, there.second) == (0, 0, 0) else there
    return moment(last, now, language)


def day(at: datetime, now: datetime, language: str) -> str:
    """Return a day by name when it is near, else its date and weekday."""
    there, today = at.astimezone(ZONE).date(), now.astimezone(ZONE).date()
    near = {0: "day.today", 1: "day.tomorrow"}.get((there - today).days)
    if near:
        return say(language, near)
    if language == "en":
        year = "" if there.year == today.year else f" {there.year}"
        return f"{_WEEKDAYS_EN[there.weekday()]} {there.day} {_MONTHS[there.month - 1]}{year}"
    year = "" if there.year == today.year else f"{there.year}年"
    return f"{year}{there.month}月{there.day}日 周{_WEEKDAYS_ZH[there.weekday()]}"


def group_head(at: datetime, now: datetime, language: str) -> str:
    """Return the head of a day in a list; today with its date."""
    there, today = at.astimezone(ZONE).date(), now.astimezone(ZONE).date()
    if there != today:
        return day(at, now, language)
    if language == "en":
        return f"{say(language, 'day.today')}, {there.day} {_MONTHS[there.month - 1]}"
    return f"{say(language, 'day.today')} {there.month}月{there.day}日"


def date(at: datetime, language: str) -> str:
    """Return a date with its year."""
    there = at.astimezone(ZONE).date()
    if language == "en":
        return f"{there.day} {_MONTHS[there.month - 1]} {there.year}"
    return f"{there.year}年{there.month}月{there.day}日"


def receipt_time(at: datetime, language: str) -> str:
    """Return date with year and hour."""
    comma = "," if language == "en" else ""
    return f"{date(at, language)}{comma} {clock(at)}"


def countdown(seconds: float, language: str) -> str:
    """Return ``hh:mm:ss``; above 48 hours whole days."""
    left = max(0, int(seconds))
    if left > _DAYS_FROM_HOURS * 3600:
        return say(language, "days", days=left // 86_400)
    return f"{left // 3600:02}:{left // 60 % 60:02}:{left % 60:02}"


def in_fours(digits: str) -> str:
    """Return the digits of a code in groups of four."""
    return " ".join(digits[place : place + 4] for place in range(0, len(digits), 4))
