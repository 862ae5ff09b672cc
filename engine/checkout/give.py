"""Gives what a payment earned, in the payment's own transaction: points, coupons, the payer's red packet.

The inviter's red packet belongs to another home: it is asked for through the outbox (``engine.programs.referral``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from engine.checkout.books import Books
from engine.checkout.payment import reward
from engine.ledger import accounts
from engine.ledger.work import Read
from engine.outbox.events import Recorder
from engine.programs.coupon import coupon, may_issue, valid_until
from engine.programs.coupon_card import card_of
from engine.programs.dues import Kind, Repaid, collect, dues_read
from engine.programs.points import expires_at, points_entry, points_lot
from engine.rules.campaign import Campaign
from engine.rules.decision import Decision, Reward, Words
from engine.store.instants import to_micros

Row = Mapping[str, Any]
REPAID: Final = Words(en="Repays what a refund could not take back", zh="抵还退款时未能扣回的奖励")


def promised(decision: Decision, charging_merchant_id: str) -> list[dict[str, Any]]:
    """Return the rows of the rewards of *decision*, one per coupon; a ``merchant`` that funds is the charging one."""
    single: list[Reward] = []
    for one in decision.rewards:
        copies = one.amount if one.kind == "coupon" else 1
        once = replace(one, takes=())  # a use is counted, and given back, once
        single += [one, *[once] * (copies - 1)]
    return [
        {
            "reward_id": f"{place:02}",
            "campaign_id": one.campaign_id,
            "kind": one.kind,
            "receiver": one.to,
            "amount": 1 if one.kind == "coupon" else one.amount,
            "clawed_back": 0,
            "funder": f"merchant:{charging_merchant_id}" if one.funder == "merchant" else one.funder,
            "coupon_id": "",
            "state": "promised",
            "body": msgspec.json.encode(one).decode(),
        }
        for place, one in enumerate(single)
    ]


def reads(tenant_id: str, member_id: str, issued: Iterable[str]) -> list[Read]:
    """Return what giving reads under the locks: coupons of campaigns that may be *issued*, and what is still owed."""
    home = {"tenant_id": tenant_id, "home_id": member_id}
    given = [Read(coupon, {**home, "campaign_id": campaign_id}) for campaign_id in sorted(set(issued))]
    return [*given, dues_read(tenant_id, member_id)]


@dataclass(frozen=True, kw_only=True)
class Giver:
    """Gives the rewards of one payment. The feed, the wallet and the points of the payer must be locked."""

    books: Books
    tell: Recorder
    campaigns: Mapping[str, Campaign]
    names: Mapping[str, Words]
    timezone: str
    decided_at: datetime
    invited_by: str | None

    def give(self, rewards: Sequence[Row]) -> None:
        """Give every promised reward and write its row's new state."""
        to_payer: dict[str, Callable[[Row, Reward], dict[str, object]]] = {
            "points": self._points,
            "coupon": self._coupon,
            "red_packet": self._red_packet,
        }
        for row in rewards:
            body = msgspec.json.decode(row["body"], type=Reward)
            give = to_payer[row["kind"]] if row["receiver"] == "payer" else self._inviter
            books = self.books
            key = (books.tenant_id, books.member_id, books.payment_id, row["reward_id"])
            books.rows.update(reward, key, **give(row, body))

    def _points(self, row: Row, body: Reward) -> dict[str, object]:
        books, points = self.books, int(row["amount"])
        books.post_points(
            f"points:{row['reward_id']}",
            debit=accounts.POINTS_ISSUED,
            credit=accounts.points(books.member_id),
            points=points,
            kind="points_earned",
        )
        self._entry(f"earned:{row['reward_id']}", points, "earned", body.name)
        repaid = self._repay(points, row["reward_id"])
        books.rows.insert(
            points_lot,
            tenant_id=books.tenant_id,
            home_id=books.member_id,
            lot_id=f"{books.payment_id}:{row['reward_id']}",
            points=points,
            left=points - repaid,
            earned_at=to_micros(self.decided_at),
            expires_at=to_micros(expires_at(self.decided_at, self.timezone)),
            payment_id=books.payment_id,
        )
        self.tell.tell("points.changed", {"points": points - repaid}, payment_id=books.payment_id)
        return {"state": "given"}

    def _repay(self, points: int, reward_id: str) -> int:
        """Use new points first for what an earlier refund could not take back; return how many."""
        books = self.books
        taken = self._collect("points", points)
        self._repay_funders(f"points-repaid:{reward_id}", "platform", taken)  # points are ours
        repaid = sum(one.taken for one in taken)
        if repaid:
            books.post_points(
                f"repaid:{reward_id}",
                debit=accounts.points(books.member_id),
                credit=accounts.POINTS_ISSUED,
                points=repaid,
                kind="points_repaid",
            )
            self._entry(f"repaid:{reward_id}", -repaid, "repaid", REPAID)
        return repaid

    def _repay_funders(self, name: str, funder: str, repaid: Iterable[Repaid]) -> None:
        """Let *funder*, whose reward it was, pay those whose earlier reward could not be taken back."""
        for one in repaid:
            if one.funder != funder:
                debit, credit = accounts.funder(funder), accounts.funder(one.funder)
                self.books.post(
                    f"{name}:{one.due_id}", debit=debit, credit=credit, amount=one.worth_minor, kind="due_repaid"
                )

    def _collect(self, kind: Kind, earned: int) -> list[Repaid]:
        books = self.books
        return collect(books.rows, books.tenant_id, books.member_id, kind=kind, earned=earned, currency=books.currency)

    def _entry(self, name: str, points: int, kind: str, reason: Words) -> None:
        books = self.books
        books.rows.insert(
            points_entry,
            tenant_id=books.tenant_id,
            home_id=books.member_id,
            entry_id=f"{books.payment_id}:{name}",
            at=to_micros(books.at),
            points=points,
            kind=kind,
            reason=msgspec.json.encode(reason).decode(),
            payment_id=books.payment_id,
            balance_after=accounts.balance(books.rows, accounts.points_lock(books.tenant_id, books.member_id)),
        )

    def _coupon(self, row: Row, body: Reward) -> dict[str, object]:
        """Issue the coupon of a campaign that runs, within its limit per member; else the reward is lost."""
        books = self.books
        campaign = self.campaigns.get(body.coupon_campaign_id or "")
        home = {"tenant_id": books.tenant_id, "home_id": books.member_id, "campaign_id": body.coupon_campaign_id}
        given = [held for held in books.rows.read(coupon, **home) if held["state"] != "revoked"]
        if campaign is None or campaign.coupon is None or not may_issue(campaign, len(given)):
            return {"state": "lost"}
        coupon_id = f"cpn_{books.payment_id.removeprefix('pay_')}_{row['reward_id']}"
        until = valid_until(campaign.coupon, self.decided_at, campaign.schedule.timezone)
        books.rows.insert(
            coupon,
            tenant_id=books.tenant_id,
            home_id=books.member_id,
            coupon_id=coupon_id,
            campaign_id=campaign.id,
            state="usable",
            valid_from=to_micros(self.decided_at),
            valid_until=to_micros(until),
            issued_at=to_micros(books.at),
            issued_by=books.payment_id,
            used_at=None,
            payment_id="",
            card=msgspec.json.encode(card_of(campaign, self.names)).decode(),
        )
        body_told = {"campaign_id": campaign.id, "name": msgspec.to_builtins(campaign.name)}
        self.tell.tell("coupon.issued", body_told, payment_id=books.payment_id, coupon_id=coupon_id)
        return {"state": "given", "coupon_id": coupon_id}

    def _red_packet(self, row: Row, body: Reward) -> dict[str, object]:
        """Give the money; what the payer owes goes to those it is owed to instead."""
        books, funder = self.books, row["funder"]
        repaid = self._collect("red_packet", row["amount"])
        books.post(
            f"red-packet:{row['reward_id']}",
            debit=accounts.funder(funder),
            credit=accounts.wallet(books.member_id),
            amount=row["amount"] - sum(one.taken for one in repaid),
            kind="red_packet",
        )
        self._repay_funders(f"red-packet-repaid:{row['reward_id']}", funder, repaid)
        told = {"kind": "red_packet", "amount_minor": row["amount"], "name": msgspec.to_builtins(body.name)}
        self.tell.tell("reward.given", told, payment_id=books.payment_id)
        return {"state": "given"}

    def _inviter(self, row: Row, body: Reward) -> dict[str, object]:
        """Ask for the inviter's red packet; other rewards to an inviter are not a thing yet."""
        if row["kind"] != "red_packet" or self.invited_by is None:
            return {"state": "lost"}
        self.tell.ask(
            "referral.due",
            {
                "inviter_id": self.invited_by,
                "campaign_id": row["campaign_id"],
                "amount_minor": row["amount"],
                "currency": self.books.currency,
                "funder": row["funder"],
                "name": msgspec.to_builtins(body.name),
            },
            payment_id=self.books.payment_id,
        )
        return {"state": "given"}
