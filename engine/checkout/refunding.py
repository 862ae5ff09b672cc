"""One refund on its way into the books: lines, funders' cells, merchants' parts, then limits, coupons and rewards.

Each funder gets its cells back by the rule of the lines, each merchant its fee. What limits and coupons do stands in
``undo``, what rewards do in ``claw_back``, how money moves in ``refund_moves``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from engine.checkout.claw_back import Clawed, Clawing
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import payment, payment_cell, payment_line, refund_line, reward
from engine.checkout.payment import refund as refund_table
from engine.checkout.refund_moves import Reversed, move
from engine.checkout.refund_parts import (
    LineBack,
    SoldLine,
    is_whole,
    lines_after,
    lines_back,
    nothing_left,
    sold_lines,
)
from engine.checkout.refund_wanted import Wanted
from engine.checkout.reprice import Repricing
from engine.checkout.tenders import give_back
from engine.checkout.undo import undo_redemptions
from engine.errors import Refused
from engine.ledger import accounts
from engine.programs.funder import funder_part
from engine.store.instants import to_micros
from engine.wire.payments import Refunded, RefundLineShown, RefundShown

#: Of one payment; each is listed on its receipt.
REFUNDS_MAX: Final = 200


@dataclass(kw_only=True)
class Refunding:
    """One refund; the payment's children, its rewards' coupons and the earlier refunds are read under the locks."""

    opened: Opened
    wanted: Wanted
    reason: str
    by: str
    repricing: Repricing | None
    amount_max_minor: int  # 0: no limit
    _before: list[SoldLine] = field(init=False)
    _after: list[SoldLine] = field(init=False)

    def run(self) -> Refunded:
        """Work out what comes back, move it, undo, claw back, and say it.

        Raises: Refused ``refund_exceeds_payment``, ``refund_over_limit``; Invalid ``invalid_field``.
        """
        opened, row = self.opened, self.opened.row
        self._before = sold_lines(self._rows(payment_line))
        if is_whole(self._before, row["refunded_minor"]):
            raise nothing_left()
        back = lines_back(self._before, self.wanted)
        self._after = lines_after(self._before, back)
        was_withheld = sum(line.refunded_minor for line in self._before) - row["refunded_minor"]
        withheld = self._withheld(most=was_withheld + sum(one.amount_minor for one in back))
        amount_minor = sum(one.amount_minor for one in back) - (withheld - was_withheld)
        self._refuse_over_limit(amount_minor)
        balance_before_minor = self._balance()
        self._write_lines(back)
        reversed_ = self._reverse_cells(withheld, was_withheld)
        move(opened, reversed_)
        opened.books.rows.update(payment, opened.key, refunded_minor=row["refunded_minor"] + amount_minor)
        full = is_whole(self._after, row["refunded_minor"] + amount_minor)
        coupons = undo_redemptions(opened, reversed_.by_campaign, full=full)
        whole, to_date = self._progress()
        clawed = Clawing(
            opened=opened,
            whole=whole,
            to_date=to_date,
            amount_minor=amount_minor,
            balance_before_minor=balance_before_minor,
            full=full,
        ).run()
        give_back(opened, amount_minor - clawed.deducted_minor)
        shown = self._shown(back, reversed_, coupons, clawed, amount_minor, withheld - was_withheld)
        self._keep(shown, back)
        return self._refunded(shown)

    def _rows(self, table: Any) -> list[dict[str, Any]]:
        return self.opened.books.rows.read(table, **children_of(self.opened.key))

    def _balance(self) -> int:
        books = self.opened.books
        return accounts.balance(books.rows, accounts.wallet_lock(books.tenant_id, books.member_id, books.currency))

    def _withheld(self, *, most: int) -> int:
        """Return what is withheld to date because what remains is dearer; at *most* so that nothing is asked back."""
        return min(self.repricing.withheld(self._after), most) if self.repricing else 0

    def _refuse_over_limit(self, amount_minor: int) -> None:
        made = len(self._rows(refund_table))
        if made >= REFUNDS_MAX:
            raise Refused("refund_over_limit", f"The payment was refunded {made} times already.", limit=REFUNDS_MAX)
        if self.amount_max_minor and amount_minor > self.amount_max_minor:
            raise Refused(
                "refund_over_limit",
                f"{amount_minor} minor units are more than the {self.amount_max_minor} that one refund may give back.",
                limit_minor=self.amount_max_minor,
                amount_minor=amount_minor,
            )

    def _write_lines(self, back: Sequence[LineBack]) -> None:
        for one in back:
            self.opened.books.rows.update(
                payment_line,
                (*self.opened.key, one.line.line_id),
                refunded_quantity=one.line.refunded_quantity,
                refunded_minor=one.line.refunded_minor,
            )

    def _reverse_cells(self, withheld_minor: int, was_withheld_minor: int) -> Reversed:
        """Give every funder back its part of what comes back, and what is withheld for it."""
        taken = self.repricing.taken(self._after, withheld_minor) if self.repricing else {}
        line_by_id = {line.line_id: line for line in self._after}
        was_by_id = {line.line_id: line for line in self._before}
        by_campaign, by_funder = defaultdict[str, int](int), defaultdict[str, int](int)
        by_payer, by_merchant = defaultdict[tuple[str, str], int](int), defaultdict[str, int](int)
        for line_id, line in line_by_id.items():
            by_merchant[line.merchant_id] += line.refunded_minor - was_by_id[line_id].refunded_minor
        # What no funder's cell holds of it, a cent or two, is the first merchant's.
        rest = withheld_minor - sum(taken.values())
        was_rest = was_withheld_minor - sum(cell["withheld_minor"] for cell in self._rows(payment_cell))
        by_merchant[self._after[0].merchant_id] -= rest - was_rest
        for cell in self._rows(payment_cell):
            line_id, campaign_id, funder = cell["line_id"], cell["campaign_id"], cell["funder"]
            before, extra = cell["refunded_minor"], taken.get((line_id, campaign_id, funder), 0)
            after = line_by_id[line_id].cell_back(cell["amount_minor"], extra)
            by_campaign[campaign_id] += after
            if after == before and extra == cell["withheld_minor"]:
                continue
            self.opened.books.rows.update(
                payment_cell,
                (*self.opened.key, line_id, campaign_id, funder),
                refunded_minor=after,
                withheld_minor=extra,
            )
            by_funder[funder] += after - before
            by_merchant[cell["merchant_id"]] -= extra - cell["withheld_minor"]
            if funder != f"merchant:{cell['merchant_id']}":
                by_payer[funder, cell["merchant_id"]] += after - before
        return Reversed(by_campaign=by_campaign, by_funder=by_funder, by_payer=by_payer, by_merchant=by_merchant)

    def _progress(self) -> tuple[int, int]:
        """Return of how much how much is back, in money or (nothing was paid) in list price."""
        row = self.opened.row
        if row["paid_minor"]:
            return row["paid_minor"], row["refunded_minor"]
        lines = self._rows(payment_line)
        to_date = sum(line["list_minor"] * line["refunded_quantity"] // line["quantity"] for line in lines)
        return sum(line["list_minor"] for line in lines), to_date

    def _shown(
        self,
        back: Sequence[LineBack],
        reversed_: Reversed,
        coupons: Sequence[str],
        clawed: Clawed,
        amount_minor: int,
        withheld_minor: int,
    ) -> RefundShown:
        names = self.opened.terms.merchants
        return RefundShown(
            refund_id=self.opened.books.refund_id,
            amount_minor=amount_minor,
            at=self.opened.books.at,
            reason=self.reason,
            lines=tuple(
                RefundLineShown(line_id=one.line.line_id, quantity=one.quantity, amount_minor=one.amount_minor)
                for one in back
            ),
            funders=tuple(
                funder_part(funder, amount, names) for funder, amount in reversed_.by_funder.items() if amount
            ),
            points_clawed_back=clawed.points,
            coupons_returned=tuple(coupons),
            coupons_clawed_back=tuple(clawed.coupons),
            coupons_borne=tuple(clawed.borne),
            deducted_minor=clawed.deducted_minor,
            withheld_minor=withheld_minor,
            due_minor=clawed.due_minor,
            due_points=clawed.due_points,
            by=self.by,
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
            caller=shown.by,
            body=msgspec.json.encode(shown).decode(),
        )
        for one in back:
            rows.insert(
                refund_line,
                **shared,
                refund_id=shown.refund_id,
                line_id=one.line.line_id,
                quantity=one.quantity,
                amount_minor=one.amount_minor,
            )
        told = self.opened.told() | {
            "refund_id": shown.refund_id,
            "amount_minor": shown.amount_minor,
            "points_clawed_back": shown.points_clawed_back,
        }
        self.opened.tell.tell("payment.refunded", told, payment_id=self.opened.books.payment_id)

    def _refunded(self, shown: RefundShown) -> Refunded:
        reward_ids = [str(row["reward_id"]) for row in self._rows(reward)]
        return Refunded(refund=shown, payment=self.opened.shown(reward_ids, self._rows(refund_table)))
