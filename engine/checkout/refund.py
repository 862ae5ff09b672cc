"""Refunds a payment: whole, by line and quantity, by amount, any number of times; and previews a refund.

A preview does the refund under the locks and lets go of everything it changed. Its digest names what it found and until
when it holds; the refund that carries it does exactly that, or nothing (``refund_changed``).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn

import msgspec
from msgspec.structs import replace

from engine.checkout.by_card import submit_and_ask
from engine.checkout.change import Found, find
from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import payment_cell, payment_line
from engine.checkout.payment import refund as refund_table
from engine.checkout.receipt import basis_of
from engine.checkout.refund_parts import lines_after, lines_back, sold_lines
from engine.checkout.refund_preview import previewed, require_as_shown
from engine.checkout.refund_wanted import wanted_of
from engine.checkout.refunding import Refunding
from engine.checkout.replay import stored_catalogue
from engine.checkout.reprice import Repricing, recalculating
from engine.checkout.request import Request
from engine.desk import Desk
from engine.errors import Invalid, Refused
from engine.ledger.work import Answer, Read
from engine.programs.points import points_lot
from engine.store.instants import to_micros
from engine.store.script import Row, Script, select
from engine.wire.payments import Refunded, RefundPreview, RefundRequest


async def refund(desk: Desk, merchant_id: str, payment_id: str, asked: RefundRequest, request: Request) -> Answer:
    """Refund what is *asked* of a payment of *merchant_id*, or all that is left.

    Shape:  the answer's body is the wire ``Refunded``; kind done, refused with nothing changed
            (``refund_exceeds_payment``, ``refund_over_limit``, ``currency_mismatch``), or conflict (``payment_state``,
            ``refund_changed``).
    Raises: NotFound ``payment_not_found``, also for another's; Invalid ``invalid_field`` for an unknown line.
    """
    now = desk.clock.now()

    def finish(refunded: Refunded) -> Answer:
        require_as_shown(asked.digest, refunded.refund, now)
        return Answer("done", "", msgspec.json.encode(refunded))

    refund_id = f"ref_{to_micros(now):013x}{secrets.token_hex(5)}"
    found = await find(desk, merchant_id, payment_id)
    return await _do(desk, found, asked, request, Making(refund_id, finish))


async def preview_refund(desk: Desk, merchant_id: str, payment_id: str, asked: RefundRequest) -> Answer:
    """Say what the refund of *asked* would do now; nothing is changed.

    Shape:  the answer's body is the wire ``RefundPreview``; else as ``refund``.
    Raises: as ``refund``; Invalid ``invalid_field`` when it carries a digest.
    """
    if asked.digest is not None:
        raise Invalid("invalid_field", "A preview makes the digest; leave it out.", path="digest")
    now = desk.clock.now()

    def finish(refunded: Refunded) -> NoReturn:
        raise _LetGo(previewed(refunded.refund, now))

    found = await find(desk, merchant_id, payment_id)
    try:
        return await _do(desk, found, asked, Request("preview", "", b""), Making("ref_preview", finish))
    except _LetGo as shown:
        return Answer("done", "", msgspec.json.encode(shown.preview))


class _LetGo(Exception):  # noqa: N818 - how a preview leaves the transaction: nothing of it is kept
    """Carries a preview out of the locks."""

    def __init__(self, preview: RefundPreview) -> None:
        super().__init__("a preview keeps nothing")
        self.preview = preview


class Making(NamedTuple):
    """Under which id a refund is made, and what to do with it while the locks are held."""

    refund_id: str
    finish: Callable[[Refunded], Answer]


async def _do(desk: Desk, found: Found, asked: RefundRequest, request: Request, making: Making) -> Answer:
    repricing = await _repricing(desk, found, asked)

    def change(opened: Opened) -> Answer:
        opened.require("committed")
        wanted = wanted_of(asked, opened.row["currency"])
        made = Refunding(
            opened=opened.for_refund(making.refund_id),
            wanted=wanted,
            reason=asked.reason,
            by=request.caller,
            repricing=repricing,
            amount_max_minor=desk.settings.refund_max_minor,
        ).run()
        return making.finish(made)

    tenant_id, member_id, _ = found.key
    lots = Read(points_lot, {"tenant_id": tenant_id, "home_id": member_id})
    earlier = Read(refund_table, children_of(found.key))
    return await submit_and_ask(desk, found, request, change, more=[lots, earlier])


async def _repricing(desk: Desk, found: Found, asked: RefundRequest) -> Repricing | None:
    """Return what prices the rest again; None when every campaign that applied keeps its price."""
    facts, decision, terms = basis_of(found.row)
    campaign_ids = recalculating(terms, [one.campaign_id for one in decision.applied])
    if not campaign_ids:
        return None
    lines, cells = await desk.database.read(_children_script(found))
    spent = {one.coupon_id for one in decision.applied}
    repricing = Repricing(
        catalogue=await stored_catalogue(desk.database, desk.settings.tenant_id, terms),
        facts=replace(facts, coupons=tuple(one for one in facts.coupons if one.id in spent)),
        campaign_ids=campaign_ids,
        cells=cells,
    )
    await asyncio.to_thread(_look_ahead, repricing, lines, asked, found.row["currency"])
    return repricing


def _look_ahead(repricing: Repricing, lines: Sequence[Row], asked: RefundRequest, currency: str) -> None:
    """Price what will remain before the locks are taken; under them it is looked up, unless another was quicker."""
    sold = sold_lines(lines)
    try:
        back = lines_back(sold, wanted_of(asked, currency))
    except (Refused, Invalid):
        return  # told under the locks, and kept for the key
    repricing.withheld(lines_after(sold, back))


def _children_script(found: Found) -> Script[tuple[list[Row], list[Row]]]:
    lines = yield select(payment_line, **children_of(found.key))
    cells = yield select(payment_cell, **children_of(found.key))
    return lines, cells
