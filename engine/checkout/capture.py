"""What makes a payment final: limits used, coupons used, funders pay, the fee is taken, rewards are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.checkout.booking import Booking, Part, funded_by_others
from engine.checkout.give import Giver
from engine.checkout.opened import Opened
from engine.checkout.payment import payment, redemption
from engine.ledger import accounts
from engine.programs.coupon import coupon
from engine.rules.campaign import Campaign
from engine.store.instants import to_micros


def capture(
    opened: Opened,
    booking: Booking,
    rewards: Sequence[Mapping[str, Any]],
    campaigns: Mapping[str, Campaign],
    timezone: str,
) -> None:
    """Make a reserved payment final; the shopper's money has been moved already (``entry.pay`` or ``Books.settle``)."""
    opened.books.use(booking.takes)
    _use_redemptions(opened)
    _post_funding(opened, booking)
    _post_fees(opened, booking.parts)
    _tell(opened, booking)
    Giver(
        books=opened.books,
        tell=opened.tell,
        campaigns=campaigns,
        names=opened.terms.merchants,
        timezone=timezone,
        decided_at=opened.facts.now,
        invited_by=opened.facts.payer.invited_by if opened.facts.payer else None,
    ).give(rewards)
    _close(opened)


def _use_redemptions(opened: Opened) -> None:
    books = opened.books
    for offer in opened.decision.applied:
        books.rows.update(redemption, (*opened.key, offer.campaign_id), state="used")
        if offer.coupon_id is not None:
            key = (books.tenant_id, books.member_id, offer.coupon_id)
            books.rows.update(coupon, key, state="used", used_at=to_micros(books.at))


def _post_funding(opened: Opened, booking: Booking) -> None:
    for (funder, merchant_id), amount in funded_by_others(booking.cells).items():
        opened.books.post(
            f"funded:{funder}:{merchant_id}",
            debit=accounts.funder(funder),
            credit=accounts.payable(merchant_id),
            amount=amount,
            kind="funding",
        )


def _post_fees(opened: Opened, parts: Iterable[Part]) -> None:
    for part in parts:
        opened.books.post(
            f"fee:{part.merchant_id}",
            debit=accounts.payable(part.merchant_id),
            credit=accounts.FEES,
            amount=part.fee_minor,
            kind="fee",
        )


def _tell(opened: Opened, booking: Booking) -> None:
    opened.books.rows.update(payment, opened.key, state="committed", committed_at=to_micros(opened.books.at))
    told = opened.told() | {"discounts": {one.campaign_id: one.amount_minor for one in booking.decision.applied}}
    opened.tell.tell("payment.committed", told, payment_id=opened.books.payment_id)


def _close(opened: Opened) -> None:
    """Write down what the payer has afterwards."""
    books = opened.books
    wallet = accounts.wallet_lock(books.tenant_id, books.member_id, books.currency)
    points = accounts.points_lock(books.tenant_id, books.member_id)
    books.rows.update(
        payment,
        opened.key,
        balance_after_minor=accounts.balance(books.rows, wallet),
        points_after=accounts.balance(books.rows, points),
    )
