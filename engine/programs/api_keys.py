"""API keys of merchants and operators: ``yk_<key id>_<secret>``, shown once, kept as a hash.

The secret has 32 random bytes, so a plain SHA-256 of it can't be searched; comparing takes one time
whatever differs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Table, Text

from engine.errors import Unauthorized
from engine.store.instants import to_micros
from engine.store.metadata import metadata
from engine.store.script import Script, insert, select

api_key = Table(
    "api_key",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "key:<key id>"
    Column("role", Text, nullable=False),  # merchant | operator
    Column("merchant_id", Text, nullable=False),  # "" for an operator
    Column("secret_hash", Text, nullable=False),  # SHA-256, hex
    Column("state", Text, nullable=False),  # open | revoked
    Column("created_at", BigInteger, nullable=False),
)

Role = Literal["merchant", "operator"]
KEY_ID_BYTES: Final = 6
SECRET_BYTES: Final = 32
_SHAPE: Final = re.compile(rf"yk_([0-9a-f]{{{2 * KEY_ID_BYTES}}})_([0-9a-f]{{{2 * SECRET_BYTES}}})")


class KeyHolder(Struct, frozen=True, kw_only=True):
    """Who asks with a key. ``merchant_id`` is "" for an operator."""

    key_id: str
    role: Role
    merchant_id: str

    @property
    def caller(self) -> str:
        """The scope of the key's Idempotency-Keys."""
        return f"{'till' if self.role == 'merchant' else 'operator'}:{self.key_id}"


def issue_key_script(tenant_id: str, role: Role, merchant_id: str, now: datetime) -> Script[str]:
    """Make a key and return its text, the only time it is seen."""
    key_id, secret = secrets.token_hex(KEY_ID_BYTES), secrets.token_hex(SECRET_BYTES)
    yield insert(
        api_key,
        [
            {
                "tenant_id": tenant_id,
                "home_id": f"key:{key_id}",
                "role": role,
                "merchant_id": merchant_id,
                "secret_hash": _hash(secret),
                "state": "open",
                "created_at": to_micros(now),
            }
        ],
    )
    return f"yk_{key_id}_{secret}"


def key_holder_script(tenant_id: str, text: str) -> Script[KeyHolder]:
    """Return who holds the key *text*. Raises: Unauthorized ``key_unknown``, the same for every reason."""
    shape = _SHAPE.fullmatch(text)
    rows = (yield select(api_key, tenant_id=tenant_id, home_id=f"key:{shape[1]}")) if shape else []
    kept = rows[0]["secret_hash"] if rows else ""
    is_right = hmac.compare_digest(kept, _hash(shape[2] if shape else ""))
    if shape is None or not is_right or rows[0]["state"] != "open":
        raise Unauthorized("key_unknown", "The API key is not one of ours, or was revoked.")
    return KeyHolder(key_id=shape[1], role=rows[0]["role"], merchant_id=rows[0]["merchant_id"])


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
