"""Money is a count of minor units and a currency; sharing it loses nothing.

>>> parse_minor("15.00", "CNY")
1500
>>> share(1000, [1, 1, 1])
[334, 333, 333]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from engine.errors import Invalid

QUANTITY_MAX: Final = 9_999
UNIT_PRICE_MAX_MINOR: Final = 10**12
LINES_MAX: Final = 200
BASKET_MAX_MINOR: Final = 10**15

#: Digits after the point, ISO 4217. Source: ISO 4217:2015 table A.1.
DECIMALS_BY_CURRENCY: Final[dict[str, int]] = {
    **dict.fromkeys(
        "AED ARS AUD BDT BGN BRL CAD CHF CNY COP CZK DKK EGP EUR GBP GEL HKD HUF IDR ILS INR KES KZT LKR MAD MOP "
        "MXN MYR NGN NOK NPR NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD TZS UAH USD ZAR".split(),
        2,
    ),
    **dict.fromkeys("CLP ISK JPY KRW PYG UGX VND XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}
#: The points unit; never leaves the loyalty ledger.
POINTS: Final = "PTS"

Rounding = Literal["half_up", "half_down", "half_even", "down", "up"]

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,3}))?")


def decimals(currency: str) -> int:
    """Return how many digits *currency* has after the point.

    Raises: Invalid ``unknown_currency``.
    """
    try:
        return DECIMALS_BY_CURRENCY[currency]
    except KeyError:
        raise Invalid(
            "unknown_currency",
            f"The currency {currency!r} is not one we know. Use an ISO 4217 code such as CNY.",
            currency=currency,
        ) from None


def parse_minor(text: str, currency: str) -> int:
    """Read *text* ("15.00") as minor units of *currency*.

    Raises: Invalid ``amount_out_of_range`` on anything that is not plain digits with at most the currency's decimals.
    """
    places = decimals(currency)
    match = _AMOUNT.fullmatch(text)
    fraction = (match[2] or "") if match else ""
    if match is None or len(fraction) > places:
        raise Invalid(
            "amount_out_of_range",
            f"{text!r} is not an amount in {currency}: plain digits, at most {places} after the point.",
            amount=text,
        )
    scale: int = 10**places
    return int(match[1]) * scale + int(fraction.ljust(places, "0") or "0")


def format_minor(amount_minor: int, currency: str) -> str:
    """Return *amount_minor* as plain text with the currency's decimals: ``-1250`` CNY is ``-12.50``."""
    places = decimals(currency)
    sign, digits = ("-" if amount_minor < 0 else ""), str(abs(amount_minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def divide(numerator: int, denominator: int, rounding: Rounding = "half_up") -> int:
    """Return numerator / denominator as an integer; numerator ≥ 0, denominator > 0."""
    if rounding == "half_up":
        return (2 * numerator + denominator) // (2 * denominator)
    quotient, rest = divmod(numerator, denominator)
    if rounding == "up":
        return quotient + (rest > 0)
    if rounding == "half_down":
        return quotient + (2 * rest > denominator)
    if rounding == "half_even" and (2 * rest > denominator or (2 * rest == denominator and quotient % 2)):
        return quotient + 1
    return quotient


def share(amount_minor: int, weights: Sequence[int], order: Sequence[object] | None = None) -> list[int]:
    """Share *amount_minor* over *weights* so that no minor unit is lost.

    Shape:  len(weights) shares in the order of weights; they sum to *amount_minor*.
    Units:  minor units; weights unitless, ≥ 0. *order*: sort keys that break ties (default: the place).
    Raises: ValueError when all weights are 0 and the amount is not.
    Source: largest-remainder method.
    """
    total = sum(weights)
    if total == 0:
        if amount_minor:
            raise ValueError("can't share an amount over weights that are all 0")
        return [0] * len(weights)
    shares = [amount_minor * weight // total for weight in weights]
    rest = amount_minor - sum(shares)
    if rest:
        remainders = [amount_minor * weight % total for weight in weights]
        places = sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)
        if order is not None and remainders[places[rest - 1]] == remainders[places[rest]]:
            places.sort(key=lambda place: (-remainders[place], order[place]))
        for place in places[:rest]:
            shares[place] += 1
    return shares
