"""Writes entries into one statement of one merchant and, when it is whole, closes and books it: one piece of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table

from engine.ledger import accounts, transfers
from engine.ledger.transfers import Transfer
from engine.ledger.work import Answer, Lock, Rows, Work
from engine.programs.merchants import Merchant
from engine.settlement.claimable import SETTLEMENT
from engine.settlement.entry import Entry, row_of
from engine.settlement.netting import Netted, netted
from engine.settlement.statement import (
    COUNTS,
    TOTALS,
    head_lock,
    settlement_head,
    statement,
    statement_entry,
    statement_line,
)
from engine.store.instants import to_micros


class OvertakenError(Exception):
    """Somebody else claimed transfers of the merchant in between: look again at what waits."""


@dataclass(frozen=True, kw_only=True)
class Posting:
    """Entries for the statement of *day*; *claimed* is how many transfers the head had claimed when they were read."""

    tenant_id: str
    merchant: Merchant
    currency: str
    day: date
    entries: tuple[Entry, ...]
    claimed: int
    closes: bool
    next_day: date  # the first day that is open once this one is closed
    at: datetime

    @property
    def count(self) -> int:
        """How many transfers it claims."""
        return sum(len(entry.claimed) for entry in self.entries)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The primary key of the statement."""
        return (self.tenant_id, self.merchant.id, self.day.isoformat(), self.currency)

    def work(self) -> Work:
        """Return the work. Its ``decide`` raises OvertakenError, and keeps nothing, when the head has moved on."""
        return Work(
            tenant_id=self.tenant_id,
            caller="job:settle",
            key=None,
            fingerprint=b"",
            locks=[
                self._head,
                accounts.settled_lock(self.tenant_id, self.merchant.id, self.currency),
                Lock(statement, self.key),
                *(Lock(statement_entry, self._entry_key(entry)) for entry in self.entries),
            ],
            decide=self._decide,
        )

    def _decide(self, rows: Rows) -> Answer:
        head = _row(rows, settlement_head, self._head.key)
        if head["claimed"] != self.claimed:
            raise OvertakenError
        self._open(rows)
        self._claim(rows)
        day, next_day = self.day.isoformat(), self.next_day.isoformat()
        changes = {"next_day": day, "open_day": day, "claimed": self.claimed + self.count}
        if self.closes:
            booked = self._close(rows, head)
            owed_minor = head["owed_minor"] + booked.owed_minor
            changes |= {"next_day": next_day, "open_day": "", "owed_minor": owed_minor}
        rows.update(settlement_head, self._head.key, **changes)
        return Answer("done", "", b"")

    @property
    def _head(self) -> Lock:
        return head_lock(self.tenant_id, self.merchant.id, self.currency)

    def _entry_key(self, entry: Entry) -> tuple[str, ...]:
        return (self.tenant_id, self.merchant.id, entry.entry_id, self.day.isoformat(), self.currency)

    def _open(self, rows: Rows) -> None:
        if rows.get(statement, self.key) is None:
            names = ("tenant_id", "home_id", "day", "currency")
            rows.insert(
                statement,
                **dict(zip(names, self.key, strict=True)),
                state="open",
                **dict.fromkeys(TOTALS, 0),
                settled_minor=0,
                owed_minor=0,
                fee_bps=self.merchant.fee_bps,
                timezone=self.merchant.timezone,
                closed_at=None,
            )

    def _claim(self, rows: Rows) -> None:
        totals = _row(rows, statement, self.key)
        for entry in self.entries:
            is_new = self._enter(rows, entry)
            for name, amount in entry.totals.items():
                if is_new or name not in COUNTS:
                    totals[name] += amount
        rows.update(statement, self.key, **{name: totals[name] for name in TOTALS})

    def _enter(self, rows: Rows, entry: Entry) -> bool:
        """Write *entry* and its lines; return whether it is new: it may be the rest of one that is there."""
        key, day = self._entry_key(entry), self.day.isoformat()
        home = {"tenant_id": self.tenant_id, "home_id": self.merchant.id}
        known = rows.get(statement_entry, key)
        if known is None:
            rows.insert(statement_entry, **home, day=day, **row_of(entry))
        else:
            so_far = _row(rows, statement_entry, key)
            rows.update(statement_entry, key, **{name: so_far[name] + amount for name, amount in entry.money.items()})
        for one in entry.claimed:
            said = {
                "transfer_id": one.transfer_id,
                "member_id": one.member_id,
                "kind": one.kind,
                "funder": one.funder,
                "amount_minor": one.amount_minor,
            }
            rows.insert(statement_line, **home, day=day, currency=self.currency, entry_id=entry.entry_id, **said)
        return known is None

    def _close(self, rows: Rows, head: dict[str, Any]) -> Netted:
        """Book the net and close."""
        lock = accounts.settled_lock(self.tenant_id, self.merchant.id, self.currency)
        net_minor = _row(rows, statement, self.key)["net_minor"]
        booked = netted(net_minor, free_minor=accounts.balance(rows, lock), owed_minor=head["owed_minor"])
        self._move(rows, "settled", accounts.settled(self.merchant.id), booked.settled_minor)
        self._move(rows, "owed", accounts.owed_by_merchant(self.merchant.id), -booked.owed_minor)
        rows.update(statement, self.key, state="closed", closed_at=to_micros(self.at), **booked._asdict())
        return booked

    def _move(self, rows: Rows, name: str, account: str, amount_minor: int) -> None:
        """Move *amount_minor* from the payable account to *account*; back when it is negative."""
        payable = accounts.payable(self.merchant.id)
        debit, credit = (payable, account) if amount_minor > 0 else (account, payable)
        if amount_minor:
            transfers.post(
                rows,
                Transfer(
                    tenant_id=self.tenant_id,
                    home_id=self.merchant.id,
                    transfer_id=f"settle:{self.merchant.id}:{self.day}:{self.currency}:{name}",
                    debit=debit,
                    credit=credit,
                    amount_minor=abs(amount_minor),
                    currency=self.currency,
                    kind=SETTLEMENT,
                    created_at=self.at,
                ),
            )


def skip_work(tenant_id: str, merchant_id: str, currency: str, *, claimed: int, next_day: date) -> Work:
    """Return the work that says: nothing waits before *next_day*; what comes late goes into its statement.

    Its ``decide`` raises OvertakenError when the head has moved on.
    """
    head = head_lock(tenant_id, merchant_id, currency)

    def decide(rows: Rows) -> Answer:
        if _row(rows, settlement_head, head.key)["claimed"] != claimed:
            raise OvertakenError
        rows.update(settlement_head, head.key, next_day=next_day.isoformat())
        return Answer("done", "", b"")

    return Work(tenant_id=tenant_id, caller="job:settle", key=None, fingerprint=b"", locks=[head], decide=decide)


def _row(rows: Rows, table: Table, key: tuple[str, ...]) -> dict[str, Any]:
    row = rows.get(table, key)
    if row is None:
        raise LookupError(f"{table.name} {key} is not there")
    return row
