"""Who pays for a discount, by name: ``platform``, ``merchant:<id>``, ``brand:<id>``, ``bank:<id>``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from engine.rules.decision import Words
from engine.wire.coupons import FunderPart

FunderKind = Literal["platform", "merchant", "brand", "bank"]
PLATFORM: Final = Words(en="Youhui", zh="优惠平台")
_KINDS: Final[dict[str, FunderKind]] = {
    "platform": "platform",
    "merchant": "merchant",
    "brand": "brand",
    "bank": "bank",
}


def funder_part(funder: str, amount_minor: int, names: Mapping[str, Words]) -> FunderPart:
    """Return what *funder* pays, shown; *names* are merchants' by id."""
    return FunderPart(
        funder=funder, kind=funder_kind(funder), name=funder_name(funder, names), amount_minor=amount_minor
    )


def funder_kind(funder: str) -> FunderKind:
    """Return what sort of payer *funder* is."""
    return _KINDS[funder.partition(":")[0]]


def funder_name(funder: str, names: Mapping[str, Words]) -> Words:
    """Return the funder's name; an id that nobody named is shown as words."""
    kind, _, id_ = funder.partition(":")
    if kind == "platform":
        return PLATFORM
    spoken = id_.replace("-", " ").title()
    return names.get(id_) or Words(en=spoken, zh=spoken)
