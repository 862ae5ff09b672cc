"""Phone numbers as people type them, in one form: E.164.

>>> read_phone("138 0000 0001")
'+8613800000001'
>>> masked("+8613800000001")
'138****0001'
"""

from __future__ import annotations

import re
from typing import Final

from engine.errors import Invalid

_MAINLAND: Final = re.compile(r"1[3-9][0-9]{9}")
_E164: Final = re.compile(r"\+[1-9][0-9]{7,14}")
_BETWEEN: Final = str.maketrans("", "", " -()")


def read_phone(text: str) -> str:
    """Read a mainland number of 11 digits, or any number with its country code after a plus.

    Raises: Invalid ``phone_invalid``.
    """
    plain = text.translate(_BETWEEN)
    if _MAINLAND.fullmatch(plain):
        return f"+86{plain}"
    number = f"+{plain[2:]}" if plain.startswith("00") else plain
    if not _E164.fullmatch(number) or (number.startswith("+86") and not _MAINLAND.fullmatch(number[3:])):
        raise Invalid("phone_invalid", "A phone number has 11 digits (13800000001), or begins with + and the country.")
    return number


def masked(phone: str) -> str:
    """Return *phone* (E.164) as it is shown: the first three and the last four digits of a mainland number."""
    if phone.startswith("+86"):
        return f"{phone[3:6]}****{phone[-4:]}"
    return f"{phone[:3]}****{phone[-4:]}"
