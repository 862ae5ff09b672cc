"""The code a member gives to friends: 8 characters in Crockford's alphabet, the last one checks the others.

The alphabet has no I, L, O, U; a typed I or L is read as 1, an O as 0. The check character finds every single wrong
character and nearly every swap of neighbours. Source: the Luhn algorithm (ISO/IEC 7812-1 annex B), in base 32.

>>> check_character("0000001")
'Y'
"""

from __future__ import annotations

import secrets
from typing import Final

from engine.errors import NotFound

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 8
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_invite_code() -> str:
    """Return a random code."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + check_character(body)


def read_invite_code(text: str) -> str:
    """Return the code that *text* means. Raises: NotFound ``invite_code_unknown`` when it can't be one."""
    code = text.upper().translate(_READ_AS)
    shaped = len(code) == LENGTH and all(character in ALPHABET for character in code)
    if not shaped or check_character(code[:-1]) != code[-1]:
        raise unknown_invite_code()
    return code


def unknown_invite_code() -> NotFound:
    """Return the error of a code that nobody has."""
    return NotFound("invite_code_unknown", "No member has this invite code. Look at it again, or leave it out.")


def check_character(body: str) -> str:
    """Return the character that makes *body* a code."""
    total = 0
    for place, character in enumerate(reversed(body)):
        high, low = divmod(ALPHABET.index(character) * (2 if place % 2 == 0 else 1), len(ALPHABET))
        total += high + low
    return ALPHABET[-total % len(ALPHABET)]
