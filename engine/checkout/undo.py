"""What a refund gives back to limits and coupons, by the terms of the campaign version that was applied.

budget   in proportion to what is back of its discount, to its original window
uses     when everything came back
units    when everything came back and the deal still runs
coupon   when everything came back; one whose time is over comes back expired
all      not at all where the campaign's refund rule says spent
orders   never: a first order stays a first order
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from engine.checkout.opened import Opened, children_of
from engine.checkout.payment import redemption
from engine.checkout.refund_parts import part_back
from engine.checkout.terms import CampaignTerms
from engine.programs.coupon import coupon
from engine.rules.decision import Take
from engine.store.instants import from_micros

BUDGET = "budget"
UNITS = "units"


def undo_redemptions(opened: Opened, to_date_by_campaign: Mapping[str, int], *, full: bool) -> list[str]:
    """Give back to the limits of every applied campaign and, when *full* now, its coupon; return the ids of those."""
    returned = []
    for row in opened.books.rows.read(redemption, **children_of(opened.key)):
        campaign_id, amount = str(row["campaign_id"]), int(str(row["amount_minor"]))
        before = int(str(row["returned_minor"]))
        after = max(before, to_date_by_campaign.get(campaign_id, 0))
        takes = msgspec.json.decode(str(row["takes"]), type=tuple[Take, ...])
        terms = opened.terms.campaigns[campaign_id]
        opened.books.give_back(budget_back(takes, terms, whole=amount, before=before, after=after))
        changes: dict[str, object] = {"returned_minor": after}
        if full:
            opened.books.give_back(uses_back(takes, terms, opened.books.at))
            if row["coupon_id"] and terms.refund.coupon == "back_when_full":
                _return_coupon(opened, str(row["coupon_id"]))
                returned.append(str(row["coupon_id"]))
            if not row["coupon_id"] or terms.refund.coupon == "back_when_full":
                changes["state"] = "returned"  # else it stays used, as its coupon does
        opened.books.rows.update(redemption, (*opened.key, campaign_id), **changes)
    return returned


def budget_back(takes: Iterable[Take], terms: CampaignTerms, *, whole: int, before: int, after: int) -> list[Take]:
    """Return what the money budget gets back when *after* instead of *before* of *whole* came back."""
    if terms.refund.budget == "spent":
        return []
    found = []
    for take in takes:
        if take.key[3] == BUDGET:
            earlier = part_back(take.amount, whole=whole, to_date=before, before=0)
            now = part_back(take.amount, whole=whole, to_date=after, before=earlier)
            found += [Take(key=take.key, amount=now, ceiling=take.ceiling)] if now else []
    return found


def uses_back(takes: Iterable[Take], terms: CampaignTerms, now: datetime) -> list[Take]:
    """Return the uses, and the units of a deal that still runs, that a full refund gives back."""
    if terms.refund.uses == "spent":
        return []
    runs = terms.until is None or now < terms.until
    return [take for take in takes if take.key[3] != BUDGET and (runs or take.key[3] != UNITS)]


def _return_coupon(opened: Opened, coupon_id: str) -> None:
    books = opened.books
    key = (books.tenant_id, books.member_id, coupon_id)
    row = books.rows.get(coupon, key)
    if row is None:
        raise LookupError(f"coupon {coupon_id} of {books.payment_id} is gone")
    over = from_micros(int(str(row["valid_until"]))) <= books.at
    books.rows.update(coupon, key, state="expired" if over else "usable", used_at=None, payment_id="")
