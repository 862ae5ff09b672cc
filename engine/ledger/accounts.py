"""Accounts: who owns how much, in one currency or in points.

A wallet, a member's points and what was settled for a merchant have a balance row that is locked and never falls below
zero. The others (``payable:<merchant>``, ``owed_by_merchant:<merchant>``, ``funder:<funder>``, ``fees``, ``bank``,
``acquirer``, ``points_issued``) take entries without a balance row, so a busy merchant is never a row that everybody
waits for; their balance is the sum of their transfers.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Table, Text

from engine.errors import Refused
from engine.ledger.work import Lock, Rows
from engine.money import POINTS
from engine.store.metadata import metadata
from engine.store.script import Script, select

account = Table(
    "account",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the member, or the merchant of a settled account
    Column("account_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),  # ISO 4217, or PTS
    Column("posted_minor", BigInteger, nullable=False),
    Column("pending_out_minor", BigInteger, nullable=False),  # held by pending transfers, still posted
    CheckConstraint("pending_out_minor >= 0", name="pending_out_not_negative"),
    CheckConstraint("posted_minor - pending_out_minor >= 0", name="floor"),
)
EMPTY: Final = {"posted_minor": 0, "pending_out_minor": 0}
FEES: Final = "fees"
#: Where the shoppers' balances lie, and merchants' money: topped up from it, withdrawn and paid out to it.
BANK: Final = "bank"
#: The bank that takes card payments for merchants; it never mixes with the shoppers' balances.
ACQUIRER: Final = "acquirer"
POINTS_ISSUED: Final = "points_issued"
_STORED: Final = ("wallet:", "points:", "settled:")


def wallet(member_id: str) -> str:
    """Return the name of a member's money account."""
    return f"wallet:{member_id}"


def points(member_id: str) -> str:
    """Return the name of a member's points account."""
    return f"points:{member_id}"


def payable(merchant_id: str) -> str:
    """Return the name of the account of what we owe a merchant."""
    return f"payable:{merchant_id}"


def settled(merchant_id: str) -> str:
    """Return the name of the account of what was settled for a merchant and not paid out yet."""
    return f"settled:{merchant_id}"


def owed_by_merchant(merchant_id: str) -> str:
    """Return the name of the account of what a merchant owes us: refunds that its payments did not cover."""
    return f"owed_by_merchant:{merchant_id}"


def funder(name: str) -> str:
    """Return the name of the account that pays a funder's part of discounts and rewards."""
    return f"funder:{name}"


def wallet_lock(tenant_id: str, member_id: str, currency: str) -> Lock:
    """Lock a member's wallet in *currency*, opened empty when missing."""
    return Lock(account, (tenant_id, member_id, wallet(member_id), currency), EMPTY)


def points_lock(tenant_id: str, member_id: str) -> Lock:
    """Lock a member's points, opened empty when missing."""
    return Lock(account, (tenant_id, member_id, points(member_id), POINTS), EMPTY)


def settled_lock(tenant_id: str, merchant_id: str, currency: str) -> Lock:
    """Lock what was settled for a merchant in *currency*, opened empty when missing."""
    return Lock(account, (tenant_id, merchant_id, settled(merchant_id), currency), EMPTY)


def balance(rows: Rows, lock: Lock) -> int:
    """Return what is free to spend of a locked account: posted without what is held."""
    row = rows.get(account, lock.key)
    return _free(row) if row else 0


def balance_script(lock: Lock) -> Script[int]:
    """Return what is free to spend of an account, read without locking it."""
    tenant_id, home_id, account_id, currency = lock.key
    rows = yield select(account, tenant_id=tenant_id, home_id=home_id, account_id=account_id, currency=currency)
    return _free(rows[0]) if rows else 0


def move(rows: Rows, tenant_id: str, account_id: str, currency: str, **by: int) -> None:
    """Add to the balance columns of an account that has a balance row; others take entries only.

    Shape:  *by*: ``posted_minor`` and ``pending_out_minor``, minor units of *currency*.
    Raises: Refused ``insufficient_balance`` when less than zero would be left. KeyError when the row is not locked.
    """
    if not account_id.startswith(_STORED):
        return
    key = (tenant_id, account_id.split(":", 1)[1], account_id, currency)
    row = rows.get(account, key)
    if row is None:
        raise KeyError(f"the account {account_id} is not locked with a default")
    changed = {name: _int(row[name]) + amount for name, amount in by.items()}
    free_minor = _free({**row, **changed})
    if free_minor < 0:
        raise Refused(
            "insufficient_balance",
            "The balance is too low. Top up, or pay with something else.",
            missing_minor=-free_minor,
            currency=currency,
        )
    rows.update(account, key, **changed)


def _free(row: dict[str, object]) -> int:
    return _int(row["posted_minor"]) - _int(row["pending_out_minor"])


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"an amount is an integer, not {value!r}")
    return value
