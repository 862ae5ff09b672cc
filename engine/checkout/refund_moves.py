"""Moves the money of a refund: each merchant's part to the shopper and to the funders, and the fee back from us.

What remains can get dearer at another merchant than the one whose goods come back. Then the one gives the other its
part out of what it gives back, and the shopper is only ever given money.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from engine.checkout.books import Books
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import payment_part
from engine.checkout.refund_parts import part_back
from engine.ledger import accounts


class Reversed(Struct, frozen=True, kw_only=True):
    """What comes back now in minor units; below 0 where an earlier refund took back more.

    ``by_merchant``: from each merchant to the shopper; ``by_payer``: (funder, merchant) where money moves;
    ``by_campaign``: to date.
    """

    by_merchant: dict[str, int]
    by_campaign: dict[str, int]
    by_funder: dict[str, int]
    by_payer: dict[tuple[str, str], int]


def move(opened: Opened, reversed_: Reversed) -> None:
    """Move what *reversed_* says and write it on every merchant's part."""
    for merchant_id, amount_minor in _even(opened.books, reversed_.by_merchant).items():
        _pay_back(opened.books, merchant_id, amount_minor)
    for part in opened.books.rows.read(payment_part, **children_of(opened.key)):
        _write(opened, part, reversed_)
    for (funder, merchant_id), amount_minor in sorted(reversed_.by_payer.items()):
        name, account = f"funded:{funder}:{merchant_id}", accounts.funder(funder)
        _signed(opened.books, name, accounts.payable(merchant_id), account, amount_minor, kind="funding_back")


def _pay_back(books: Books, merchant_id: str, amount_minor: int) -> None:
    """Give the payer *amount_minor* of what *merchant_id* was paid."""
    books.post(
        f"paid:{merchant_id}",
        debit=accounts.payable(merchant_id),
        credit=accounts.wallet(books.member_id),
        amount=amount_minor,
        kind="refund",
    )


def _even(books: Books, by_merchant: Mapping[str, int]) -> dict[str, int]:
    """Let merchants that give back cover what others get of it; return what is left for the shopper of each."""
    left = {merchant_id: amount for merchant_id, amount in sorted(by_merchant.items()) if amount > 0}
    for receiver, amount in sorted(by_merchant.items()):
        missing = max(0, -amount)
        for giver, rest in left.items():
            given = min(missing, rest)
            debit, credit = accounts.payable(giver), accounts.payable(receiver)
            books.post(f"dearer:{giver}:{receiver}", debit=debit, credit=credit, amount=given, kind="refund")
            left[giver] = rest - given
            missing -= given
    return left


def _write(opened: Opened, part: Mapping[str, object], reversed_: Reversed) -> None:
    """Write what a merchant gave back, and give its fee back by cumulative rounding."""
    row = {name: int(str(value)) for name, value in part.items() if name.endswith("_minor")}
    merchant_id = str(part["merchant_id"])
    refunded = row["refunded_minor"] + reversed_.by_merchant.get(merchant_id, 0)
    funded = sum(amount for (_, to), amount in reversed_.by_payer.items() if to == merchant_id)
    funded += row["refunded_funded_minor"]
    fee = part_back(
        row["fee_minor"],
        whole=row["paid_minor"] + row["funded_minor"],
        to_date=max(0, refunded + funded),
        before=row["returned_fee_minor"],
    )
    opened.books.rows.update(
        payment_part,
        (*opened.key, merchant_id),
        refunded_minor=refunded,
        refunded_funded_minor=funded,
        returned_fee_minor=row["returned_fee_minor"] + fee,
    )
    _signed(opened.books, f"fee:{merchant_id}", accounts.FEES, accounts.payable(merchant_id), fee, kind="fee_back")


def _signed(books: Books, name: str, debit: str, credit: str, amount: int, *, kind: str) -> None:
    """Move *amount*, the other way round when it is below 0."""
    if amount < 0:
        debit, credit = credit, debit
    books.post(name, debit=debit, credit=credit, amount=abs(amount), kind=kind)
