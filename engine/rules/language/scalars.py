"""Turn a scalar's own text into a value, or raise with a code and a sentence. Nothing is guessed.

Source: YAML 1.2 keeps ``010``, ``1:30`` and ``no`` as text; amounts are plain decimals (semantics.md, section 1).
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from datetime import datetime, time
from fractions import Fraction
from functools import cache
from typing import Final

from engine.money import BASKET_MAX_MINOR, DECIMALS_BY_CURRENCY, decimals
from engine.rules.language.mistakes import did_you_mean, quoted
from engine.rules.language.nodes import Scalar

YEAR_MIN: Final = 2000
YEAR_MAX: Final = 2199
_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]+))?")
_PERCENT: Final = re.compile(r"((?:0|[1-9][0-9]{0,2})(?:\.[0-9]{1,4})?)%")
_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,14}")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?", re.ASCII)
_CLOCK: Final = re.compile(r"\d{2}:\d{2}", re.ASCII)


class Unreadable(Exception):  # noqa: N818 - a reading that failed, told as a mistake
    """The text is not what is wanted."""

    def __init__(self, code: str, sentence: str) -> None:
        """Carry the mistake's code and sentence."""
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def amount(scalar: Scalar, currency: str, *, least: int = 1) -> int:
    """Read "15.00" as minor units of *currency*, with at most its decimals."""
    text, places = scalar.text, decimals(currency)
    _unquoted(scalar)
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise Unreadable(
            "not_an_amount", f"{quoted(text)} is not an amount. Write plain digits such as {_sample(places)}."
        )
    fraction = match[2] or ""
    if len(fraction) > places:
        told = f"at most {places} digits after the point" if places else "no decimals"
        raise Unreadable("too_many_decimals", f"{quoted(text)} has too many decimals: {currency} has {told}.")
    minor = int(match[1] + fraction.ljust(places, "0"))
    if minor < least:
        raise Unreadable("out_of_range", "An amount must be more than 0.")
    if minor > BASKET_MAX_MINOR:
        raise Unreadable("out_of_range", f"{quoted(text)} is larger than any basket may be.")
    return minor


def _sample(places: int) -> str:
    return f"100.{'0' * places}" if places else "100"


def percent(scalar: Scalar) -> Fraction:
    """Read "12.5%" as an exact fraction of 1, more than 0 and at most 1."""
    match = _PERCENT.fullmatch(scalar.text)
    if match is None:
        raise Unreadable(
            "not_a_percentage", f"{quoted(scalar.text)} is not a percentage. Write it such as 60% or 12.5%."
        )
    part = Fraction(match[1]) / 100
    if not 0 < part <= 1:
        raise Unreadable("out_of_range", f"{quoted(scalar.text)} must be more than 0% and at most 100%.")
    return part


def whole(scalar: Scalar, least: int | None, most: int | None) -> int:
    """Read a whole number within its bounds."""
    _unquoted(scalar)
    if not _WHOLE.fullmatch(scalar.text):
        raise Unreadable("not_a_number", f"{quoted(scalar.text)} is not a whole number. Write plain digits such as 10.")
    number = int(scalar.text)
    if (least is not None and number < least) or (most is not None and number > most):
        raise Unreadable("out_of_range", f"{number} must be from {least} to {most}.")
    return number


def _unquoted(scalar: Scalar) -> None:
    if not scalar.is_plain:
        raise Unreadable("quoted_number", f"{quoted(scalar.text)} is a number. Write it without quotes.")


def moment(scalar: Scalar) -> datetime:
    """Read a local date, or date and time, without zone: the campaign's ``timezone`` gives it."""
    try:
        if _MOMENT.fullmatch(scalar.text):
            return _within_years(datetime.fromisoformat(scalar.text), scalar.text)
    except ValueError as error:
        raise Unreadable("not_a_date", f"{quoted(scalar.text)} is no day of the calendar: {error}.") from None
    sentence = f"{quoted(scalar.text)} is not a date. Write 2027-03-01 or 2027-03-01T10:00, in the campaign's own zone."
    raise Unreadable("not_a_date", sentence)


def _within_years(local: datetime, text: str) -> datetime:
    """Refuse years that no campaign means, and that would leave the calendar when moved to UTC."""
    if not YEAR_MIN <= local.year <= YEAR_MAX:
        raise Unreadable("out_of_range", f"{quoted(text)} must be in the years {YEAR_MIN} to {YEAR_MAX}.")
    return local


def clock(scalar: Scalar) -> time:
    """Read a time of day, "10:00"; "24:00" is the next day's 00:00."""
    if scalar.text == "24:00":
        return time(0)
    try:
        if _CLOCK.fullmatch(scalar.text):
            return time.fromisoformat(scalar.text)
    except ValueError:
        pass  # told below, as any other text that is no time of day
    raise Unreadable("not_a_time", f'{quoted(scalar.text)} is not a time of day. Write it such as "10:00".')


def currency(scalar: Scalar) -> str:
    """Read an ISO 4217 code that we know."""
    if scalar.text in DECIMALS_BY_CURRENCY:
        return scalar.text
    hint = did_you_mean(scalar.text.upper(), DECIMALS_BY_CURRENCY)
    raise Unreadable("unknown_currency", f"{quoted(scalar.text)} is not a currency we know (ISO 4217).{hint}")


def timezone(scalar: Scalar) -> str:
    """Read the name of a zone of the IANA database."""
    if scalar.text in _timezones():
        return scalar.text
    hint = did_you_mean(scalar.text, _timezones())
    raise Unreadable("unknown_timezone", f"{quoted(scalar.text)} is not a time zone such as Asia/Shanghai.{hint}")


@cache
def _timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


READERS: Final[dict[str, Callable[[Scalar], object]]] = {
    "percent": percent,
    "moment": moment,
    "clock": clock,
    "currency": currency,
    "timezone": timezone,
}
