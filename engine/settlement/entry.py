"""What one payment or one refund did to a merchant, made of its transfers on the payable account. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, Literal

import msgspec
from msgspec import Struct

from engine.settlement.day import day_of
from engine.settlement.statement import COUNTS, TOTALS
from engine.store.instants import to_micros

Kind = Literal["payment", "refund", "chargeback", "other"]
#: The kinds of transfer that a captured payment, and a refund, make; anything else is an entry of its own.
CAPTURED: Final = ("payment", "funding", "fee")
REFUNDED: Final = ("refund", "funding_back", "fee_back")
#: What the bank took back for the card's holder, and what came back of it; each is an entry among the others.
CHARGED_BACK: Final = ("chargeback", "chargeback_won")
_COUNT_BY_KIND: Final = dict(zip(("payment", "refund", "other"), COUNTS, strict=True))
_COLUMN_BY_KIND: Final = {"payment": "paid_minor", "refund": "paid_minor", "fee": "fee_minor", "fee_back": "fee_minor"}
_COLUMN_BY_FUNDER: Final = {
    "platform": "platform_minor",
    "merchant": "merchants_minor",
    "brand": "brands_minor",
    "bank": "banks_minor",
}
_FUNDING: Final = tuple(_COLUMN_BY_FUNDER.values())


class Claimed(Struct, frozen=True, kw_only=True):
    """A transfer of a payable account. ``amount_minor`` is what it changes of what we owe the merchant."""

    transfer_id: str
    member_id: str
    kind: str
    other_side: str  # the account on the other side
    amount_minor: int
    currency: str
    payment_id: str
    refund_id: str
    order_ref: str  # of another merchant's till: "<merchant>/<order_ref>"; "" when of no payment
    shop_id: str
    at: datetime  # captured, refunded, or made

    @property
    def entry_key(self) -> tuple[Kind, str]:
        """Which entry it belongs to."""
        if self.kind in CAPTURED and self.payment_id:
            return "payment", self.payment_id
        if self.kind in REFUNDED and self.refund_id:
            return "refund", self.refund_id
        return "chargeback" if self.kind in CHARGED_BACK else "other", self.transfer_id

    @property
    def funder(self) -> str:
        """Who funds, or gets funding back: ``platform``, ``brand:cola``; "" when it is not about funding."""
        return self.other_side.removeprefix("funder:") if self.kind in {"funding", "funding_back"} else ""

    @property
    def column(self) -> str:
        """The column of an entry that it counts in."""
        if self.funder:
            return _COLUMN_BY_FUNDER.get(self.funder.partition(":")[0], "other_minor")
        return _COLUMN_BY_KIND.get(self.kind, "other_minor")


class Entry(Struct, frozen=True, kw_only=True):
    """A row of ``statement_entry`` on its way: signed amounts, and the transfers it is made of."""

    entry_id: str
    kind: Kind
    currency: str
    at: datetime
    own_day: date
    member_id: str
    payment_id: str
    refund_id: str
    order_ref: str
    shop_id: str
    gross_minor: int
    own_minor: int
    platform_minor: int
    merchants_minor: int
    brands_minor: int
    banks_minor: int
    paid_minor: int
    fee_minor: int
    other_minor: int
    net_minor: int
    claimed: tuple[Claimed, ...]

    @property
    def funded_minor(self) -> int:
        """What others than the merchant pay of the discounts."""
        return self.platform_minor + self.merchants_minor + self.brands_minor + self.banks_minor

    @property
    def money(self) -> dict[str, int]:
        """The money columns."""
        said = msgspec.structs.asdict(self)
        return {name: amount for name, amount in said.items() if name.endswith("_minor")}

    @property
    def totals(self) -> dict[str, int]:
        """What it adds to its statement, by column."""
        added = dict.fromkeys(TOTALS, 0)
        added[_COUNT_BY_KIND.get(self.kind, "others")] = 1
        sold = {
            "gross_minor": self.gross_minor,
            "own_minor": self.own_minor,
            "funded_minor": self.funded_minor,
            "paid_minor": self.paid_minor,
            "fee_minor": self.fee_minor,
        }
        if self.kind == "refund":
            sold = {_BACK_BY_SOLD[name]: -amount for name, amount in sold.items()}
        return added | sold | {"other_minor": self.other_minor, "net_minor": self.net_minor}


_BACK_BY_SOLD: Final = {
    "gross_minor": "gross_back_minor",
    "own_minor": "own_back_minor",
    "funded_minor": "funded_back_minor",
    "paid_minor": "refunded_minor",
    "fee_minor": "fee_back_minor",
}


def entry_of(claimed: Sequence[Claimed], *, own_minor: int, timezone: str) -> Entry:
    """Return the entry that *claimed*, which share their key, make; *own_minor* is signed like the rest."""
    first = claimed[0]
    kind, entry_id = first.entry_key
    amounts = _amounts(claimed)
    return Entry(
        entry_id=entry_id,
        kind=kind,
        currency=first.currency,
        at=first.at,
        own_day=day_of(first.at, timezone),
        member_id=first.member_id,
        payment_id=first.payment_id,
        refund_id=first.refund_id,
        order_ref=first.order_ref,
        shop_id=first.shop_id,
        gross_minor=amounts["paid_minor"] + own_minor + sum(amounts[name] for name in _FUNDING),
        own_minor=own_minor,
        net_minor=sum(one.amount_minor for one in claimed),
        claimed=tuple(claimed),
        **amounts,
    )


def _amounts(claimed: Iterable[Claimed]) -> dict[str, int]:
    """Return the money columns; the fee with its sign turned: what we take."""
    amounts = dict.fromkeys((*_FUNDING, "paid_minor", "fee_minor", "other_minor"), 0)
    for one in claimed:
        amounts[one.column] += -one.amount_minor if one.column == "fee_minor" else one.amount_minor
    return amounts


def row_of(entry: Entry) -> dict[str, object]:
    """Return the columns of ``statement_entry`` that the entry itself says."""
    said = msgspec.structs.asdict(entry)
    del said["claimed"]
    return said | {"own_day": entry.own_day.isoformat(), "at": to_micros(entry.at)}
