"""The keys made at set-up, kept in ``<data_dir>/keys.json`` for this machine's owner only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from engine.errors import NotFound
from engine.settings import Settings

OWNER_ONLY: Final = 0o600


class Keys(Struct, frozen=True, kw_only=True):
    """One operator key, one key for each merchant."""

    operator: str
    merchants: dict[str, str]

    def merchant(self, merchant_id: str) -> str:
        """Return the merchant's key. Raises: NotFound ``merchant_not_found`` naming those there are."""
        if merchant_id not in self.merchants:
            raise NotFound("merchant_not_found", f"No key for {merchant_id!r}. There are: {', '.join(self.merchants)}.")
        return self.merchants[merchant_id]


def keys_path(settings: Settings) -> Path:
    """Return where the keys are kept."""
    return settings.data_dir / "keys.json"


def write_keys(settings: Settings, keys: Keys) -> None:
    """Keep *keys*, readable by the owner only, replacing the file at once."""
    path = keys_path(settings)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(keys), indent=1) + b"\n")
    draft.replace(path)


def read_keys(settings: Settings) -> Keys | None:
    """Return the kept keys, None before set-up."""
    try:
        return msgspec.json.decode(keys_path(settings).read_bytes(), type=Keys)
    except FileNotFoundError:
        return None
