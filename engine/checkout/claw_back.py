"""Takes back what a refunded payment had earned, as far as it is there; never below zero.

    points      in proportion to the money that comes back, cumulatively rounded; from the same lot first
    red packet  whole, once at least half of the money came back
    coupon      whole, by the same rule; one that was used is borne by its funder
    inviter's   asked for through the outbox: cancelled, or recorded as due

Points that are no longer there are deducted from the money refund at their declared worth; what that does not cover
stands in ``clawback_due``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import reward
from engine.checkout.refund_parts import part_back
from engine.checkout.terms import CampaignTerms
from engine.checkout.undo import budget_back, uses_back
from engine.ledger import accounts
from engine.programs.coupon import coupon
from engine.programs.coupon_card import state_at
from engine.programs.dues import Kind, Owed, record_due
from engine.programs.points import WORTH_MINOR, points_entry, points_lot
from engine.rules.decision import Reward, Take, Words
from engine.store.instants import to_micros

Row = dict[str, Any]
REASON: Final = Words(en="Taken back with a refund", zh="退款扣回")
#: States of a reward of which something may still be taken back.
HELD: Final = ("given", "part_clawed_back")
#: States of a reward that the shopper does not have.
RETURNED: Final = ("clawed_back", "lost")


@dataclass
class Clawed:
    """What one refund took back."""

    points: int = 0
    deducted_minor: int = 0  # of the money refund, for what was not there any more
    own_minor: int = 0  # taken of what was free in the wallet before this refund
    due_minor: int = 0  # red packets' money that is owed from now on
    due_points: int = 0
    coupons: list[str] = field(default_factory=list)
    borne: list[str] = field(default_factory=list)  # coupons that were used: their funders bear them


@dataclass(frozen=True, kw_only=True)
class Clawing:
    """One refund taking back rewards; the money is in the wallet already.

    ``to_date`` of ``whole`` minor units are back with this refund, ``amount_minor`` of them now.
    """

    opened: Opened
    whole: int
    to_date: int
    amount_minor: int
    balance_before_minor: int  # free in the wallet before this refund
    full: bool
    clawed: Clawed = field(default_factory=Clawed)

    def run(self) -> Clawed:
        """Take back from every reward that its campaign lets be taken back."""
        for row in self.opened.books.rows.read(reward, **children_of(self.opened.key)):
            terms = self.opened.terms.campaigns[str(row["campaign_id"])]
            if terms.refund.rewards == "claw_back":
                if row["state"] in HELD:
                    self._one(row)
                if self.full:
                    self._return_uses(str(row["reward_id"]), terms)
        return self.clawed

    def _one(self, row: Row) -> None:
        body = msgspec.json.decode(row["body"], type=Reward)
        due = part_back(row["amount"], whole=self.whole, to_date=self.to_date, before=row["clawed_back"])
        if row["kind"] == "points":
            self._points(row, due)
        elif part_back(1, whole=self.whole, to_date=self.to_date, before=0):
            due = row["amount"]
            if row["receiver"] == "inviter":
                self._inviter(row, body)
            elif row["kind"] == "red_packet":
                self._red_packet(row, body)
            elif not self._coupon(row):
                return
        else:
            return
        self._mark(row, row["clawed_back"] + due)

    def _mark(self, row: Row, clawed_back: int) -> None:
        whole = clawed_back == row["amount"]
        state = "clawed_back" if whole else "part_clawed_back" if clawed_back else "given"
        key = (*self.opened.key, str(row["reward_id"]))
        self.opened.books.rows.update(reward, key, clawed_back=clawed_back, state=state)

    def _return_uses(self, reward_id: str, terms: CampaignTerms) -> None:
        """Give the use back once everything is refunded, also of a reward that went back with an earlier part."""
        row = self.opened.books.rows.get(reward, (*self.opened.key, reward_id))
        if row is not None and row["state"] in RETURNED:
            takes = msgspec.json.decode(str(row["body"]), type=Reward).takes
            self.opened.books.give_back(uses_back(takes, terms, self.opened.books.at))

    def _points(self, row: Row, due: int) -> None:
        books = self.opened.books
        account = accounts.points_lock(books.tenant_id, books.member_id)
        taken = min(due, accounts.balance(books.rows, account))
        name = f"points-back:{row['reward_id']}"
        books.post_points(
            name,
            debit=accounts.points(books.member_id),
            credit=accounts.POINTS_ISSUED,
            points=taken,
            kind="points_clawed_back",
        )
        self._empty_lots(f"{books.payment_id}:{row['reward_id']}", taken)
        if taken:
            books.rows.insert(
                points_entry,
                tenant_id=books.tenant_id,
                home_id=books.member_id,
                entry_id=f"{books.refund_id}:{name}",
                at=to_micros(books.at),
                points=-taken,
                kind="clawed_back",
                reason=msgspec.json.encode(REASON).decode(),
                payment_id=books.payment_id,
                balance_after=accounts.balance(books.rows, account),
            )
            self.opened.tell.tell("points.changed", {"points": -taken}, payment_id=books.payment_id)
        self.clawed.points += taken
        self._deduct_points(row, due - taken)

    def _empty_lots(self, own_lot_id: str, points: int) -> None:
        """Take *points* from the payment's own lot first, then from those that expire soonest."""
        books, left = self.opened.books, points
        lots = books.rows.read(points_lot, tenant_id=books.tenant_id, home_id=books.member_id)
        lots.sort(key=lambda lot: (lot["lot_id"] != own_lot_id, lot["expires_at"], lot["lot_id"]))
        for lot in lots:
            taken = min(left, int(str(lot["left"])))
            if taken:
                key = (books.tenant_id, books.member_id, str(lot["lot_id"]))
                books.rows.update(points_lot, key, left=int(str(lot["left"])) - taken)
                left -= taken

    def _deduct_points(self, row: Row, missing: int) -> None:
        """Deduct missing points from the money of this refund at their worth; record what that does not cover."""
        books = self.opened.books
        room = self.amount_minor - self.clawed.deducted_minor
        covered = min(missing, max(room, 0) // WORTH_MINOR)
        books.post(
            f"points-worth:{row['reward_id']}",
            debit=accounts.wallet(books.member_id),
            credit=accounts.funder(row["funder"]),
            amount=covered * WORTH_MINOR,
            kind="clawback",
        )
        self.clawed.deducted_minor += covered * WORTH_MINOR
        self._record_due(row, "points", missing - covered)

    def _red_packet(self, row: Row, body: Reward) -> None:
        """Take the packet out of the wallet: what was there, then out of this refund's money; the rest is due."""
        books, amount = self.opened.books, int(row["amount"])
        free = accounts.balance(books.rows, accounts.wallet_lock(books.tenant_id, books.member_id, books.currency))
        taken = min(amount, free)
        books.post(
            f"red-packet-back:{row['reward_id']}",
            debit=accounts.wallet(books.member_id),
            credit=accounts.funder(row["funder"]),
            amount=taken,
            kind="clawback",
        )
        own = min(taken, self.balance_before_minor - self.clawed.own_minor)
        self.clawed.own_minor += own
        self.clawed.deducted_minor += taken - own
        terms = self.opened.terms.campaigns[row["campaign_id"]]
        books.give_back(budget_back(body.takes, terms, whole=amount, before=0, after=taken))
        self._record_due(row, "red_packet", amount - taken)

    def _coupon(self, row: Row) -> bool:
        """Revoke the coupon; False when it stays: used, it is borne by its funder; over, it is worth nothing.

        One that another payment holds or used is over from now on: when that payment is undone it comes back expired.
        """
        books = self.opened.books
        key = (books.tenant_id, books.member_id, str(row["coupon_id"]))
        held = books.rows.get(coupon, key)
        if held is None or state_at(held, books.at) not in {"usable", "soon"}:
            books.rows.update(reward, (*self.opened.key, str(row["reward_id"])), state="borne")
            if held is not None and held["state"] in {"used", "locked"}:
                self.clawed.borne.append(key[2])
            if held is not None:
                until = min(int(str(held["valid_until"])), to_micros(books.at))
                books.rows.update(coupon, key, valid_until=until)
            return False
        books.rows.update(coupon, key, state="revoked")
        self.clawed.coupons.append(key[2])
        return True

    def _inviter(self, row: Row, body: Reward) -> None:
        payer = self.opened.facts.payer
        inviter_id = payer.invited_by if payer else None
        asked = {
            "inviter_id": inviter_id,
            "campaign_id": row["campaign_id"],
            "amount_minor": row["amount"],
            "currency": self.opened.books.currency,
            "funder": row["funder"],
            "name": msgspec.to_builtins(body.name),
            "takes": msgspec.to_builtins(self._budget(row, body)),
        }
        self.opened.tell.ask("referral.cancel", asked, payment_id=self.opened.books.payment_id)

    def _budget(self, row: Row, body: Reward) -> list[Take]:
        """Return what the budget gets back when the inviter was not given anything yet."""
        terms = self.opened.terms.campaigns[row["campaign_id"]]
        amount = int(row["amount"])
        return budget_back(body.takes, terms, whole=amount, before=0, after=amount)

    def _record_due(self, row: Row, kind: Kind, amount: int) -> None:
        books = self.opened.books
        record_due(
            books.rows,
            (books.tenant_id, books.member_id, f"{books.refund_id}:{row['reward_id']}"),
            Owed(kind, amount, books.payment_id, row["funder"], books.currency),
            books.at,
        )
        if kind == "points":
            self.clawed.due_points += amount
        else:
            self.clawed.due_minor += amount
