"""The deployment's own secret: signs sessions, hashes phone numbers and sign-in codes. Made once, kept in the database.

Every process reads the same secret, so a session opened at one is good at all.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cached_property
from typing import Final

from sqlalchemy import Column, Table, Text

from engine.store.metadata import metadata
from engine.store.script import Script, insert_missing, select

signing_secret = Table(
    "signing_secret",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "signing"
    Column("secret", Text, nullable=False),  # hex
)
SECRET_BYTES: Final = 32


class Signing:
    """The deployment's secret, one derived key for each purpose."""

    def __init__(self, secret: bytes) -> None:
        """Derive from *secret*."""
        self._secret = secret

    @property
    def sessions(self) -> str:
        """The key that signs sessions."""
        return hmac.digest(self._secret, b"sessions", "sha256").hex()

    @cached_property
    def quotes(self) -> bytes:
        """The key that seals quotes."""
        return hmac.digest(self._secret, b"quotes", "sha256")

    def phone(self, phone: str) -> str:
        """Return the hash that stands for *phone*; without the secret numbers can't be tried out."""
        return self._keyed(b"phone", phone)

    def sign_in_code(self, phone_hash: str, code: str) -> str:
        """Return the hash of a sign-in *code* sent to one phone."""
        return self._keyed(b"sign-in", f"{phone_hash}|{code}")

    def _keyed(self, purpose: bytes, text: str) -> str:
        key = hmac.digest(self._secret, purpose, "sha256")
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def signing_script(tenant_id: str) -> Script[Signing]:
    """Return the secret, made by whoever asks first. Writes."""
    key = {"tenant_id": tenant_id, "home_id": "signing"}
    yield insert_missing(signing_secret, [{**key, "secret": secrets.token_hex(SECRET_BYTES)}])
    rows = yield select(signing_secret, **key)
    return Signing(bytes.fromhex(rows[0]["secret"]))
