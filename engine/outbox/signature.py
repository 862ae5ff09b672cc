"""The signature of a webhook: Standard Webhooks 1.0.0, HMAC-SHA256 over ``id.timestamp.body``.

While a secret is rotated both sign, so that a receiver who knows either accepts.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from standardwebhooks import Webhook

from engine.store.instants import from_micros, to_micros

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - it marks secrets, it is none
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Return a new secret: ``whsec_`` and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def valid_secrets(endpoint: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    """Return the secrets that sign for *endpoint* at *now*, the newest first."""
    if endpoint["previous_secret"] and to_micros(now) < endpoint["previous_until"]:
        return endpoint["secret"], endpoint["previous_secret"]
    return (endpoint["secret"],)


def signed_headers(event_id: str, body: str, secrets_: tuple[str, ...], now: datetime) -> dict[str, str]:
    """Return the headers that prove *body* to be ours, sent at *now*."""
    seconds = from_micros(to_micros(now) // 1_000_000 * 1_000_000)
    signatures = (Webhook(secret).sign(event_id, seconds, body) for secret in secrets_)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(seconds.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
