"""The 20 digits of a pay code: who is paying, for at most a minute, made on the phone even without a network.

    28 | member number (8) | nonce (2) | MAC (7) | Luhn check digit (1)

The MAC is HMAC-SHA256 under the member's own secret over the 30-second step, the member number and the nonce, cut to
seven decimal digits as RFC 4226 does. A code is accepted in its own step and the next one: it lives 30 to 60 seconds.
It says who pays, not how much; that it is spent once is the business of ``engine.paycode.spend``.

>>> now = datetime(2027, 3, 6, 12, 0, tzinfo=UTC)
>>> code = make("00000042", b"secret", nonce=7, now=now)
>>> read(code).number
'00000042'
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from engine.errors import Invalid, Refused

PREFIX: Final = "28"
DIGITS: Final = 20
STEP_SECONDS: Final = 30
#: The step a code was made in, and the one after it.
STEPS_ACCEPTED: Final = 2
#: How far back a right code is told "over" instead of "wrong": ten minutes; each step costs a MAC.
STEPS_REMEMBERED: Final = 20
NONCES: Final = 100
_MAC_DIGITS: Final = 7


class PayCodeParts(NamedTuple):
    """A code taken apart; nothing is proven yet."""

    code: str
    number: str
    nonce: str
    mac: str


def make(number: str, secret: bytes, *, nonce: int, now: datetime) -> str:
    """Return the code of the member with *number* at *now*.

    Raises: ValueError when *number* is not 8 digits or *nonce* not below 100 (a programmer's mistake).
    """
    if not (len(number) == 8 and number.isascii() and number.isdigit() and 0 <= nonce < NONCES):
        raise ValueError("a pay code needs a number of 8 digits and a nonce below 100")
    body = f"{PREFIX}{number}{nonce:02}{_mac(secret, _step(now), number, f'{nonce:02}')}"
    return body + _luhn_digit(body)


def expires_at(now: datetime) -> datetime:
    """Return when a code made at *now* is over: the end of the step after its own."""
    return datetime.fromtimestamp((_step(now) + STEPS_ACCEPTED) * STEP_SECONDS, UTC)


def read(text: str) -> PayCodeParts:
    """Take *text* apart; spaces between groups are fine.

    Raises: Invalid ``pay_code_malformed`` when it is not 20 digits that begin with 28 and end in the right check digit.
    """
    code = text.replace(" ", "")
    shaped = len(code) == DIGITS and code.isascii() and code.isdigit() and code.startswith(PREFIX)
    if not shaped or _luhn_digit(code[:-1]) != code[-1]:
        raise Invalid(
            "pay_code_malformed",
            "This is not a pay code: 20 digits that begin with 28. Scan again, or type all digits.",
        )
    return PayCodeParts(code=code, number=code[2:10], nonce=code[10:12], mac=code[12:19])


def verify(parts: PayCodeParts, secret: bytes, *, now: datetime) -> datetime:
    """Return when the step of this code began.

    Raises: Refused ``pay_code_expired`` for a right code whose time is over, ``pay_code_wrong`` for any other.
    """
    step = _step(now)
    age = _age(parts, secret, step)
    if age is None:
        raise Refused("pay_code_wrong", "The pay code is not right. Ask the shopper to show a new one.")
    made_at = datetime.fromtimestamp((step - age) * STEP_SECONDS, UTC)
    if age >= STEPS_ACCEPTED:
        raise Refused(
            "pay_code_expired",
            "The pay code is over. Ask the shopper to show the new one.",
            expired_at=(made_at + timedelta(seconds=STEPS_ACCEPTED * STEP_SECONDS)).isoformat(),
        )
    return made_at


def _age(parts: PayCodeParts, secret: bytes, step: int) -> int | None:
    """Return how many steps ago the code was made; all are compared, so time tells nothing about where it matched."""
    found = None
    for age in reversed(range(STEPS_REMEMBERED)):
        if hmac.compare_digest(_mac(secret, step - age, parts.number, parts.nonce), parts.mac):
            found = age
    return found


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def _mac(secret: bytes, step: int, number: str, nonce: str) -> str:
    digest = hmac.digest(secret, f"{step}|{number}|{nonce}".encode(), "sha256")
    place = digest[-1] & 0x0F
    value = int.from_bytes(digest[place : place + 4], "big") & 0x7FFF_FFFF
    return f"{value % 10**_MAC_DIGITS:0{_MAC_DIGITS}}"


def _luhn_digit(digits: str) -> str:
    """Return the Luhn check digit of *digits*. Source: ISO/IEC 7812-1 annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
