"""Refunds a payment by line and quantity, any number of times; the parts sum to the whole to the cent.

The price is kept: a line's money comes back in proportion to its units, cumulatively rounded. Each funder gets its
cells back by the same rule, each merchant its fee. What limits, coupons and rewards do stands in ``undo`` and
``claw_back``.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from engine.checkout.by_card import submit_and_ask
from engine.checkout.change import find
from engine.checkout.claw_back import Clawed, Clawing
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import payment, payment_cell, payment_line, payment_part, refund_line, reward
from engine.checkout.payment import refund as refund_table
from engine.checkout.refund_parts import LineBack, SoldLine, lines_back, part_back
from engine.checkout.request import Request
from engine.checkout.tenders import give_back
from engine.checkout.undo import undo_redemptions
from engine.desk import Desk
from engine.ledger import accounts
from engine.ledger.work import Answer, Read
from engine.programs.funder import funder_part
from engine.programs.points import points_lot
from engine.store.instants import to_micros
from engine.wire.payments import Refunded, RefundLineShown, RefundRequest, RefundShown


class Reversed(Struct, frozen=True, kw_only=True):
    """What comes back of the discounts in minor units; ``by_payer``: (funder, merchant) where money moves."""

    by_campaign: dict[str, int]
    by_funder: dict[str, int]
    by_payer: dict[tuple[str, str], int]


async def refund(desk: Desk, merchant_id: str, payment_id: str, asked: RefundRequest, request: Request) -> Answer:
    """Refund *asked* lines of a payment of *merchant_id*, or all that is left.

    Shape:  the answer's body is the wire ``Refunded``; kind done, refused ``refund_exceeds_payment`` with nothing
            changed, or conflict ``payment_state``.
    Raises: NotFound ``payment_not_found``, also for another's; Invalid ``invalid_field`` for an unknown line.
    """
    found = await find(desk, merchant_id, payment_id)
    refund_id = f"ref_{to_micros(desk.clock.now()):013x}{secrets.token_hex(5)}"
    wanted = _wanted(asked)

    def change(opened: Opened) -> Answer:
        opened.require("committed")
        return Refunding(opened=opened.for_refund(refund_id), wanted=wanted, reason=asked.reason).run()

    tenant_id, member_id, _ = found.key
    lots = Read(points_lot, {"tenant_id": tenant_id, "home_id": member_id})
    earlier = Read(refund_table, children_of(found.key))
    return await submit_and_ask(desk, found, request, change, more=[lots, earlier])


def _wanted(asked: RefundRequest) -> dict[str, int] | None:
    """Return units by line; a line named twice is asked for twice."""
    if asked.lines is None:
        return None
    units: Counter[str] = Counter()
    for line in asked.lines:
        units[line.line_id] += line.quantity
    return dict(units)


@dataclass(frozen=True, kw_only=True)
class Refunding:
    """One refund on its way into the books."""

    opened: Opened
    wanted: dict[str, int] | None
    reason: str

    def run(self) -> Answer:
        """Work out what comes back, move it, undo, claw back, and answer."""
        opened = self.opened
        back = lines_back(self._sold(), self.wanted)
        balance_before_minor = self._balance()
        self._write_lines(back)
        reversed_ = self._reverse_cells(back)
        self._move(back, reversed_)
        amount_minor = sum(line.amount_minor for line in back)
        row = opened.row
        refunded_minor = row["refunded_minor"] + amount_minor
        opened.books.rows.update(payment, opened.key, refunded_minor=refunded_minor)
        whole, to_date, full = self._progress(refunded_minor)
        coupons = undo_redemptions(opened, reversed_.by_campaign, full=full)
        clawed = Clawing(
            opened=opened,
            whole=whole,
            to_date=to_date,
            amount_minor=amount_minor,
            balance_before_minor=balance_before_minor,
            full=full,
        ).run()
        give_back(opened, amount_minor - clawed.deducted_minor)
        shown = self._shown(back, reversed_, coupons, clawed)
        self._keep(shown, back)
        return self._answer(shown)

    def _rows(self, table: Any) -> list[dict[str, Any]]:
        return self.opened.books.rows.read(table, **children_of(self.opened.key))

    def _balance(self) -> int:
        books = self.opened.books
        return accounts.balance(books.rows, accounts.wallet_lock(books.tenant_id, books.member_id, books.currency))

    def _sold(self) -> list[SoldLine]:
        rows = sorted(self._rows(payment_line), key=lambda row: int(row["place"]))
        names = SoldLine.__struct_fields__
        return [msgspec.convert({name: row[name] for name in names}, SoldLine) for row in rows]

    def _write_lines(self, back: Sequence[LineBack]) -> None:
        rows = self.opened.books.rows
        refunded_by_line = {row["line_id"]: row["refunded_minor"] for row in self._rows(payment_line)}
        for line in back:
            rows.update(
                payment_line,
                (*self.opened.key, line.line_id),
                refunded_quantity=line.to_date,
                refunded_minor=refunded_by_line[line.line_id] + line.amount_minor,
            )

    def _reverse_cells(self, back: Sequence[LineBack]) -> Reversed:
        """Give every funder back its part of the units that come back."""
        line_by_id = {line.line_id: line for line in back}
        by_campaign, by_funder = defaultdict[str, int](int), defaultdict[str, int](int)
        by_payer = defaultdict[tuple[str, str], int](int)
        for cell in self._rows(payment_cell):
            line = line_by_id.get(cell["line_id"])
            if line is None:
                continue
            before = cell["refunded_minor"]
            amount = part_back(cell["amount_minor"], whole=line.whole, to_date=line.to_date, before=before)
            key = (*self.opened.key, cell["line_id"], cell["campaign_id"], cell["funder"])
            self.opened.books.rows.update(payment_cell, key, refunded_minor=before + amount)
            by_campaign[cell["campaign_id"]] += amount
            by_funder[cell["funder"]] += amount
            if cell["funder"] != f"merchant:{cell['merchant_id']}":
                by_payer[cell["funder"], cell["merchant_id"]] += amount
        return Reversed(by_campaign=by_campaign, by_funder=by_funder, by_payer=by_payer)

    def _move(self, back: Sequence[LineBack], reversed_: Reversed) -> None:
        """Move each merchant's part: to the shopper, to the funders, and the fee back from us."""
        for part in self._rows(payment_part):
            merchant_id = part["merchant_id"]
            paid = sum(line.amount_minor for line in back if line.merchant_id == merchant_id)
            payers = {funder: sum_ for (funder, to), sum_ in sorted(reversed_.by_payer.items()) if to == merchant_id}
            refunded = part["refunded_minor"] + paid
            funded = part["refunded_funded_minor"] + sum(payers.values())
            fee = part_back(
                part["fee_minor"],
                whole=part["paid_minor"] + part["funded_minor"],
                to_date=refunded + funded,
                before=part["returned_fee_minor"],
            )
            self.opened.books.rows.update(
                payment_part,
                (*self.opened.key, merchant_id),
                refunded_minor=refunded,
                refunded_funded_minor=funded,
                returned_fee_minor=part["returned_fee_minor"] + fee,
            )
            self._post(merchant_id, paid, payers, fee)

    def _post(self, merchant_id: str, paid: int, payers: Mapping[str, int], fee: int) -> None:
        books, payable = self.opened.books, accounts.payable(merchant_id)
        wallet = accounts.wallet(books.member_id)
        books.post(f"paid:{merchant_id}", debit=payable, credit=wallet, amount=paid, kind="refund")
        for funder, amount in payers.items():
            name = f"funded:{funder}:{merchant_id}"
            books.post(name, debit=payable, credit=accounts.funder(funder), amount=amount, kind="funding_back")
        books.post(f"fee:{merchant_id}", debit=accounts.FEES, credit=payable, amount=fee, kind="fee_back")

    def _progress(self, refunded_minor: int) -> tuple[int, int, bool]:
        """Return how much of how much is back, in money or (nothing was paid) in list price; and whether all is."""
        rows = self._rows(payment_line)
        full = all(row["refunded_quantity"] == row["quantity"] for row in rows)
        paid_minor = self.opened.row["paid_minor"]
        if paid_minor:
            return paid_minor, refunded_minor, full
        to_date = sum(row["list_minor"] * row["refunded_quantity"] // row["quantity"] for row in rows)
        return sum(row["list_minor"] for row in rows), to_date, full

    def _shown(
        self, back: Sequence[LineBack], reversed_: Reversed, coupons: Sequence[str], clawed: Clawed
    ) -> RefundShown:
        names = self.opened.terms.merchants
        return RefundShown(
            refund_id=self.opened.books.refund_id,
            amount_minor=sum(line.amount_minor for line in back),
            at=self.opened.books.at,
            reason=self.reason,
            lines=tuple(
                RefundLineShown(line_id=line.line_id, quantity=line.quantity, amount_minor=line.amount_minor)
                for line in back
            ),
            funders=tuple(
                funder_part(funder, amount, names) for funder, amount in reversed_.by_funder.items() if amount
            ),
            points_clawed_back=clawed.points,
            coupons_returned=tuple(coupons),
            coupons_clawed_back=tuple(clawed.coupons),
            deducted_minor=clawed.deducted_minor,
        )

    def _keep(self, shown: RefundShown, back: Sequence[LineBack]) -> None:
        rows, shared = self.opened.books.rows, children_of(self.opened.key)
        rows.insert(
            refund_table,
            **shared,
            refund_id=shown.refund_id,
            amount_minor=shown.amount_minor,
            deducted_minor=shown.deducted_minor,
            at=to_micros(shown.at),
            body=msgspec.json.encode(shown).decode(),
        )
        for line in back:
            rows.insert(
                refund_line,
                **shared,
                refund_id=shown.refund_id,
                line_id=line.line_id,
                quantity=line.quantity,
                amount_minor=line.amount_minor,
            )
        told = self.opened.told() | {
            "refund_id": shown.refund_id,
            "amount_minor": shown.amount_minor,
            "points_clawed_back": shown.points_clawed_back,
        }
        self.opened.tell.tell("payment.refunded", told, payment_id=self.opened.books.payment_id)

    def _answer(self, shown: RefundShown) -> Answer:
        reward_ids = [str(row["reward_id"]) for row in self._rows(reward)]
        after = self.opened.shown(reward_ids, self._rows(refund_table))
        return Answer("done", "", msgspec.json.encode(Refunded(refund=shown, payment=after)))
