"""The small words that sentences to people are made of, in English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, Literal

from engine.money import divide, format_minor
from engine.rules.decision import Words

Locale = Literal["en", "zh"]
_SIGN_BY_CURRENCY: Final = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$"}


def money(amount_minor: int, currency: str, locale: Locale) -> str:
    """Return an amount as a person writes it: ¥15, ¥9.90, 15元, 100 KRW."""
    plain = format_minor(amount_minor, currency)
    whole, _, fraction = plain.partition(".")
    short = whole if not fraction.strip("0") else plain
    if locale == "zh" and currency == "CNY":
        return f"{short}元"
    sign = _SIGN_BY_CURRENCY.get(currency)
    return f"{sign}{short}" if sign else f"{short} {currency}"


def percent(part: Fraction) -> str:
    """Return a fraction as a percentage without trailing zeros: 1/8 is 12.5%."""
    thousandths = divide(part.numerator * 100_000, part.denominator)
    return f"{f'{thousandths / 1000:.3f}'.rstrip('0').rstrip('.')}%"


def fold(part: Fraction) -> str:
    """Return what is paid after *part* is taken off, as Chinese shops write it: 1/5 off is 8折."""
    if part == 1:
        return "免费"
    thousandths = divide((part.denominator - part.numerator) * 10_000, part.denominator)
    return f"{f'{thousandths / 1000:.3f}'.rstrip('0').rstrip('.')}折"


def listing(values: Sequence[str], locale: Locale, word: Literal["and", "or"] = "and") -> str:
    """Return values as a person lists them: "a, b and c", 「a、b和c」."""
    if len(values) == 1:
        return values[0]
    link, joint = ({"and": "和", "or": "或"}[word], "、") if locale == "zh" else (f" {word} ", ", ")
    return f"{joint.join(values[:-1])}{link}{values[-1]}"


def counted(number: int, one: str, many: str) -> str:
    """Return *number* with the English noun in its number: "1 item", "3 items"."""
    return f"{number} {one if number == 1 else many}"


def said(en: str, zh: str) -> Words:
    """Return one sentence in both languages."""
    return Words(en=en, zh=zh)
