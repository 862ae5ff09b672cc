"""What the books must say, worked out a second time: plain dictionaries, fractions, one fact after the other.

The model is told every answer in the order in which they were given, and knows nothing of how the engine gets there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from math import floor
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.rules.campaign import Campaign
from engine.wire.payments import Payment, Refunded
from engine.wire.quotes import AppliedOffer
from tests.simulation.campaigns import BY_ID, FLASH_OFF, INVITER

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
FEE_BPS: Final = {"noodle-house": 60, "tea-corner": 0, "book-shop": 60}
Key = tuple[str, str, str, str, str]


def half_up(amount: int | Fraction) -> int:
    return floor(amount + Fraction(1, 2))


@dataclass
class Cell:
    line_id: str
    campaign_id: str
    funder: str
    merchant_id: str
    amount: int
    back: int = 0


@dataclass
class Part:
    """One merchant's part of a payment."""

    paid: int = 0
    funded: int = 0
    fee: int = 0
    back: int = 0
    fee_back: int = 0


@dataclass
class Prize:
    """A reward of the payer's. ``held``: something of it is still theirs."""

    campaign_id: str
    kind: str
    amount: int
    coupon_id: str = ""
    clawed: int = 0
    state: str = "given"


@dataclass
class Sold:
    shown: Payment
    member_id: str
    cells: list[Cell]
    state: str
    promised: dict[str, int]  # campaigns that reward it → money in red packets
    parts: dict[str, Part] = field(default_factory=dict)
    prizes: list[Prize] = field(default_factory=list)
    back_units: Counter[str] = field(default_factory=Counter)
    back_minor: Counter[str] = field(default_factory=Counter)
    invites: str = ""  # "" | due | given | cancelling | cancelled | owed

    @property
    def left(self) -> dict[str, int]:
        lines = {line.line_id: line.quantity - self.back_units[line.line_id] for line in self.shown.lines}
        return {line_id: units for line_id, units in lines.items() if units}


@dataclass
class Lot:
    payment_id: str
    left: int
    until: datetime


@dataclass
class Held:
    """A coupon in somebody's hands."""

    member_id: str
    campaign_id: str
    until: datetime
    state: str = "usable"
    payment_id: str = ""


class Model:
    """The town's books."""

    def __init__(self) -> None:
        self.wallet: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.account: Counter[str] = Counter()  # payable:<merchant>, funder:<funder>, fees, bank
        self.taken: Counter[Key] = Counter()
        self.sold: dict[str, Sold] = {}
        self.order: dict[tuple[str, str], str] = {}
        self.codes: set[str] = set()
        self.coupons: dict[str, Held] = {}
        self.lots: defaultdict[str, list[Lot]] = defaultdict(list)
        self.owed: defaultdict[str, Counter[str]] = defaultdict(Counter)  # what refunds could not take back, by kind
        self.asks: list[tuple[str, Sold]] = []  # what the inviters' homes were asked, in order
        self.inviter: dict[str, str] = {}

    def points(self, member_id: str) -> int:
        return sum(lot.left for lot in self.lots[member_id])

    def free(self, member_id: str) -> int:
        return self.wallet[member_id] - self.held[member_id]

    def top_up(self, member_id: str, amount: int) -> None:
        self.wallet[member_id] += amount
        self.account["bank"] -= amount

    def charged(self, member_id: str, code: str, shown: Payment, cells: list[Cell], promised: dict[str, int]) -> None:
        assert code not in self.codes, "a pay code was spent twice"
        self.codes.add(code)
        place = (shown.merchant_id, shown.order_ref)
        before = self.sold.get(self.order.get(place, ""))
        assert before is None or before.state in {"released", "expired"}, "an order was charged twice"
        self.order[place] = shown.payment_id
        sold = Sold(shown, member_id, cells, "reserved", promised, parts=_parts(shown, cells))
        self.sold[shown.payment_id] = sold
        assert sum(line.payable_minor for line in shown.lines) == shown.paid_minor
        assert shown.list_minor - shown.discount_minor == shown.paid_minor >= 0
        assert sum(cell.amount for cell in cells) == shown.discount_minor
        assert self.free(member_id) >= shown.paid_minor, "more was paid than there was"
        self.held[member_id] += shown.paid_minor
        for key, amount in self._takes(sold):
            self.taken[key] += amount
        self._within_limits()
        for offer in shown.applied:
            if offer.coupon_id:
                coupon = self.coupons[offer.coupon_id]
                assert (coupon.state, coupon.member_id) == ("usable", member_id), "a coupon was spent twice"
                assert shown.decided_at < coupon.until
                coupon.state, coupon.payment_id = "locked", shown.payment_id
        if shown.state == "committed":
            self.committed(shown.payment_id, shown)

    def committed(self, payment_id: str, shown: Payment) -> None:
        sold = self.sold[payment_id]
        member_id = sold.member_id
        sold.state, sold.shown = "committed", shown
        self.held[member_id] -= shown.paid_minor
        self.wallet[member_id] -= shown.paid_minor
        for merchant_id, part in sold.parts.items():
            self.account[f"payable:{merchant_id}"] += part.paid + part.funded - part.fee
            self.account["fees"] += part.fee
        for cell in sold.cells:
            if cell.funder != f"merchant:{cell.merchant_id}":
                self.account[f"funder:{cell.funder}"] -= cell.amount
        for offer in shown.applied:
            if offer.coupon_id:
                self.coupons[offer.coupon_id].state = "used"
        for given in shown.rewards:
            prize = Prize(given.campaign_id, given.kind, given.amount)
            sold.prizes.append(prize)
            self._give(sold, prize, given.coupon)

    def _give(self, sold: Sold, prize: Prize, coupon: Any) -> None:
        member_id = sold.member_id
        if prize.kind == "points":
            local = sold.shown.decided_at.astimezone(SHANGHAI)
            earned = prize.amount - self._repaid(member_id, prize.amount, "points", "money")
            end = datetime(local.year + 1 + local.month // 12, local.month % 12 + 1, 1, tzinfo=SHANGHAI)
            self.lots[member_id].append(Lot(sold.shown.payment_id, earned, end.astimezone(UTC)))
        elif prize.kind == "coupon":
            prize.coupon_id = coupon.coupon_id
            self.coupons[coupon.coupon_id] = Held(member_id, coupon.campaign_id, coupon.valid_until)
            per_member = BY_ID[coupon.campaign_id].coupon.per_member  # type: ignore[union-attr]
            mine = [one for one in self.coupons.values() if one.member_id == member_id and one.state != "revoked"]
            assert len(mine) <= per_member
        else:
            self._red_packet(member_id, prize.amount)
            sold.invites = "due"
            self.asks.append(("give", sold))

    def _repaid(self, member_id: str, earned: int, *kinds: str) -> int:
        """Take of *earned* what is owed, in the order of *kinds*; a point is worth 0.01."""
        left = earned
        for kind in kinds:
            now = min(left, self.owed[member_id][kind])
            self.owed[member_id][kind] -= now
            left -= now
        return earned - left

    def _red_packet(self, member_id: str, amount: int) -> None:
        net = amount - self._repaid(member_id, amount, "money", "points")
        self.wallet[member_id] += net
        self.account["funder:platform"] -= net

    def let_go(self, payment_id: str, state: str) -> None:
        sold = self.sold[payment_id]
        assert sold.state == "reserved"
        sold.state = state
        self.held[sold.member_id] -= sold.shown.paid_minor
        for key, amount in self._takes(sold):
            self.taken[key] -= amount
        for offer in sold.shown.applied:
            if offer.coupon_id:
                coupon = self.coupons[offer.coupon_id]
                coupon.state, coupon.payment_id = "usable", ""

    def refunded(self, payment_id: str, units: dict[str, int], answer: Refunded, now: datetime) -> None:
        sold, told = self.sold[payment_id], answer.refund
        own = self.free(sold.member_id)
        amount = self._money_back(sold, units)
        full = not sold.left
        paid = sold.shown.paid_minor
        returned = self._undo(sold, now) if full else []
        to_date = Fraction(sum(sold.back_minor.values()), paid) if paid else _listed_back(sold)
        revoked, points, deducted = self._claw_back(sold, to_date, amount, own, now)
        assert told.amount_minor == amount
        assert (told.points_clawed_back, told.deducted_minor) == (points, deducted)
        assert sorted(told.coupons_returned) == sorted(returned)
        assert sorted(told.coupons_clawed_back) == sorted(revoked)
        assert answer.payment.refunded_minor == sum(sold.back_minor.values()) <= paid
        if full:
            assert answer.payment.refunded_minor == paid
            self._uses_back(sold)

    def _money_back(self, sold: Sold, units: dict[str, int]) -> int:
        amount = 0
        part_back: Counter[str] = Counter()
        for line in sold.shown.lines:
            if line.line_id not in units:
                continue
            sold.back_units[line.line_id] += units[line.line_id]
            share = Fraction(sold.back_units[line.line_id], line.quantity)
            now = half_up(line.payable_minor * share) - sold.back_minor[line.line_id]
            sold.back_minor[line.line_id] += now
            self.account[f"payable:{line.merchant_id}"] -= now
            part_back[line.merchant_id] += now
            amount += now
            for cell in sold.cells:
                if cell.line_id == line.line_id:
                    back = half_up(cell.amount * share) - cell.back
                    cell.back += back
                    if BY_ID[cell.campaign_id].refund.budget == "back":
                        self._budget_back(cell.campaign_id, back)
                    if cell.funder != f"merchant:{cell.merchant_id}":
                        self.account[f"funder:{cell.funder}"] += back
                        self.account[f"payable:{cell.merchant_id}"] -= back
                        part_back[cell.merchant_id] += back
        self.wallet[sold.member_id] += amount
        for merchant_id, back in part_back.items():
            part = sold.parts[merchant_id]
            part.back += back
            whole = part.paid + part.funded
            fee = half_up(Fraction(part.fee * part.back, whole)) - part.fee_back if whole else 0
            part.fee_back += fee
            self.account[f"payable:{merchant_id}"] += fee
            self.account["fees"] -= fee
        return amount

    def _budget_back(self, campaign_id: str, amount: int) -> None:
        if BY_ID[campaign_id].limits.budget_minor is not None:
            self.taken["campaign", campaign_id, campaign_id, "budget", ""] -= amount

    def _undo(self, sold: Sold, now: datetime) -> list[str]:
        """Return the coupons that come back."""
        returned = []
        for offer in sold.shown.applied:
            if offer.coupon_id and BY_ID[offer.campaign_id].refund.coupon == "back_when_full":
                coupon = self.coupons[offer.coupon_id]
                coupon.state = "usable" if now < coupon.until else "expired"
                coupon.payment_id = ""
                returned.append(offer.coupon_id)
        return returned

    def _claw_back(
        self, sold: Sold, to_date: Fraction, amount: int, own: int, now: datetime
    ) -> tuple[list[str], int, int]:
        revoked: list[str] = []
        points = deducted = 0
        for prize in sold.prizes:
            due = half_up(prize.amount * to_date) - prize.clawed
            if prize.kind == "points":
                prize.clawed += due
                taken = self._points_back(sold, due)
                points += taken
                covered = min(due - taken, amount - deducted)
                deducted += covered
                self.wallet[sold.member_id] -= covered
                self.account["funder:platform"] += covered
                self.owed[sold.member_id]["points"] += due - taken - covered
            elif to_date >= Fraction(1, 2) and prize.state == "given":
                if prize.kind == "coupon":
                    coupon = self.coupons[prize.coupon_id]
                    if coupon.state == "usable" and now < coupon.until:
                        coupon.state, prize.state = "revoked", "back"
                        revoked.append(prize.coupon_id)
                    else:
                        prize.state, coupon.until = "borne", min(coupon.until, now)
                else:
                    prize.state = "back"
                    taken = min(prize.amount, self.free(sold.member_id))
                    self.wallet[sold.member_id] -= taken
                    self.account["funder:platform"] += taken
                    self._budget_back(prize.campaign_id, taken)
                    deducted += max(0, taken - own)
                    own = max(0, own - taken)
                    self.owed[sold.member_id]["money"] += prize.amount - taken
                    self.asks.append(("cancel", sold))
                    if sold.invites == "due":
                        sold.invites = "cancelling"
        return revoked, points, deducted

    def _points_back(self, sold: Sold, due: int) -> int:
        left = taken = min(due, self.points(sold.member_id))
        lots = self.lots[sold.member_id]
        for lot in sorted(lots, key=lambda lot: (lot.payment_id != sold.shown.payment_id, lot.until)):
            now = min(left, lot.left)
            lot.left -= now
            left -= now
        return taken

    def _uses_back(self, sold: Sold) -> None:
        takes: list[tuple[Key, int]] = []
        for offer in sold.shown.applied:
            if BY_ID[offer.campaign_id].refund.uses == "back_when_full":
                takes += _offer_takes(sold, offer)
        first = {prize.campaign_id: prize.state for prize in reversed(sold.prizes)}
        for campaign_id, money in sold.promised.items():
            if first.get(campaign_id) != "borne":
                takes += _takes_of(sold, BY_ID[campaign_id], money, 0)
        for key, amount in takes:
            self.taken[key] -= amount if key[3] != "budget" else 0

    def relayed(self) -> None:
        """The inviters of friends who paid get theirs; the budget gets those back that were cancelled before."""
        for ask, sold in self.asks:
            inviter = self.inviter[sold.member_id]
            if ask == "cancel" and sold.invites == "given":
                sold.invites = "owed"
                self.owed[inviter]["money"] += INVITER
            elif ask == "cancel":
                sold.invites = "cancelled"
                self._budget_back("invite", INVITER)
            elif sold.invites == "due":
                sold.invites = "given"
                self._red_packet(inviter, INVITER)
        self.asks = []

    def points_expired(self, now: datetime) -> None:
        for lots in self.lots.values():
            for lot in lots:
                lot.left = 0 if lot.until <= now else lot.left

    def _takes(self, sold: Sold) -> Iterator[tuple[Key, int]]:
        member_id = sold.member_id
        yield ("member", member_id, "", "orders", ""), 1
        yield ("device", f"phone-{member_id}", "", "orders", ""), 1
        for offer in sold.shown.applied:
            yield from _offer_takes(sold, offer)
        for campaign_id, money in sold.promised.items():
            yield from _takes_of(sold, BY_ID[campaign_id], money, 0)

    def full(self) -> list[Key]:
        """The limits that are used up."""
        return [key for key, amount in self.taken.items() if key[2] and amount == _ceiling(key)]

    def _within_limits(self) -> None:
        for key, amount in self.taken.items():
            assert amount >= 0, key
            assert not key[2] or amount <= _ceiling(key), f"{key} took {amount} of {_ceiling(key)}"


def _ceiling(key: Key) -> int:
    limits = BY_ID[key[2]].limits
    ceiling = {
        ("campaign", "budget", ""): limits.budget_minor,
        ("campaign", "units", ""): limits.units_total,
        ("campaign", "uses", ""): limits.uses_total,
        ("member", "uses", ""): limits.uses_per_member,
        ("member", "units", ""): limits.units_per_member,
        ("device", "uses", ""): limits.uses_per_device,
        ("campaign", "uses", "day"): limits.uses_per_day,
        ("member", "uses", "day"): limits.uses_per_member_per_day,
    }[key[0], key[3], "day" if key[4] else ""]
    assert ceiling is not None, key
    return ceiling


def _offer_takes(sold: Sold, offer: AppliedOffer) -> list[tuple[Key, int]]:
    units = offer.amount_minor // FLASH_OFF if offer.campaign_id == "flash" else 0
    return _takes_of(sold, BY_ID[offer.campaign_id], offer.amount_minor, units)


def _takes_of(sold: Sold, campaign: Campaign, money: int, units: int) -> list[tuple[Key, int]]:
    """What one use takes from every limit of *campaign* that is set."""
    day = sold.shown.decided_at.astimezone(SHANGHAI).date().isoformat()
    limits, id_, member_id = campaign.limits, campaign.id, sold.member_id
    rows: list[tuple[Key, int, int | None]] = [
        (("campaign", id_, id_, "budget", ""), money, limits.budget_minor),
        (("campaign", id_, id_, "units", ""), units, limits.units_total),
        (("campaign", id_, id_, "uses", ""), 1, limits.uses_total),
        (("campaign", id_, id_, "uses", day), 1, limits.uses_per_day),
        (("member", member_id, id_, "uses", ""), 1, limits.uses_per_member),
        (("member", member_id, id_, "uses", day), 1, limits.uses_per_member_per_day),
        (("member", member_id, id_, "units", ""), units, limits.units_per_member),
        (("device", f"phone-{member_id}", id_, "uses", ""), 1, limits.uses_per_device),
    ]
    return [(key, amount) for key, amount, ceiling in rows if ceiling is not None]


def _parts(shown: Payment, cells: list[Cell]) -> dict[str, Part]:
    parts: defaultdict[str, Part] = defaultdict(Part)
    for line in shown.lines:
        parts[line.merchant_id].paid += line.payable_minor
    for cell in cells:
        if cell.funder != f"merchant:{cell.merchant_id}":
            parts[cell.merchant_id].funded += cell.amount
    for merchant_id, part in parts.items():
        part.fee = half_up(Fraction((part.paid + part.funded) * FEE_BPS[merchant_id], 10_000))
    return dict(parts)


def _listed_back(sold: Sold) -> Fraction:
    """How much is back of a payment that cost nothing."""
    whole = sum(line.list_minor for line in sold.shown.lines)
    back = sum(line.list_minor * sold.back_units[line.line_id] // line.quantity for line in sold.shown.lines)
    return Fraction(back, whole)
