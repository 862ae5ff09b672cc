"""Who asks."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

Role = Literal["anyone", "member", "merchant", "operator"]


class Caller(Struct, frozen=True, kw_only=True):
    """A member, a merchant's till, an operator, or anyone."""

    role: Role
    scope: str = ""  # of Idempotency-Keys: "member:<id>", "till:<key id>", "operator:<key id>"
    member_id: str = ""
    device_id: str = ""
    merchant_id: str = ""


ANYONE: Final = Caller(role="anyone")
