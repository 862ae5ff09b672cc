"""Settings, read once from the environment.

Every setting is ``YOUHUI_<NAME>``; the defaults run the demo on an embedded database.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from engine.errors import Invalid


class Settings(Struct, frozen=True, kw_only=True):
    """What a process needs to know before it starts."""

    data_dir: Path = Path("var")
    #: ``sqlite:///path`` or ``postgresql://user@host/name``; empty: ``<data_dir>/youhui.db``.
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    tenant_id: str = "youhui"
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    hold_seconds: int = 300
    #: One refund gives back at most this; 0: as much as was paid.
    refund_max_minor: int = 0
    #: The sandbox: SMS codes are shown, the bank is a fake.
    sandbox: bool = True
    #: Webhooks may go to this machine, also without TLS: for the sandbox and tests.
    webhook_loopback: bool = False

    @property
    def url(self) -> str:
        """The database's address, never empty."""
        return self.database_url or f"sqlite:///{self.data_dir / 'youhui.db'}"


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read settings from *environment* (default: the process's).

    Raises: Invalid ``invalid_field`` naming the variable.
    """
    source = os.environ if environment is None else environment
    known = {f"YOUHUI_{name.upper()}": name for name in Settings.__struct_fields__}
    values = {known[key]: text for key, text in source.items() if key in known}
    try:
        return Settings(
            **{name: _read(name, text) for name, text in values.items()},  # type: ignore[arg-type]
        )
    except ValueError as error:
        raise Invalid("invalid_field", f"A YOUHUI_ setting can't be read: {error}") from None


def _read(name: str, text: str) -> object:
    if name == "data_dir":
        return Path(text)
    if name in {"port", "hold_seconds", "refund_max_minor"}:
        return int(text)
    if name in {"sandbox", "webhook_loopback"}:
        if text.lower() not in {"0", "1", "true", "false"}:
            raise ValueError(f"YOUHUI_{name.upper()} is {text!r}, must be 0, 1, true or false")
        return text.lower() in {"1", "true"}
    return text
