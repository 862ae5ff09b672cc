"""One case played in a shop: what was there before, its steps one after the other, and what stands in the books then.

Nothing here reads what is expected. What a case says was used before is paid for before: by the same till, with the same
campaigns, by other shoppers.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from engine.wire.payments import Payment
from tests.conformance.adapter_facts import NOW, SHOP, taken
from tests.conformance.form import HIDDEN, Case, Unmapped, instant
from tests.conformance.money.baskets import charges, goods, lines_that_get, parts_of
from tests.conformance.money.shop import Refusal, Shop, shop_of
from tests.conformance.money.written import campaign_file
from tests.conformance.options import options_of

#: A shopper has so many different pay codes in half a minute.
AT_ONCE = 100
Step = dict[str, Any]
Promotion = dict[str, Any]


async def played(case: Case) -> dict[str, Any]:
    """Play *case* and return everything its form can ask for. Raises: Unmapped, Refusal."""
    case = {key: value for key, value in case.items() if key not in HIDDEN}
    case["promotions"] = _apart(case["promotions"])
    context = case.get("context") or {}
    bought = [item for step in context.get("steps") or () for item in step.get("items") or ()]
    merchants = [SHOP, *(item["merchant"] for item in (*case.get("items", ()), *bought) if "merchant" in item)]
    now = instant(context["now"]) if context.get("now") else NOW
    async with shop_of(case["currency"], merchants, now) as shop:
        story = Story(case, context, shop)
        await story.open()
        for step in context.get("steps") or ():
            if step["op"] not in story.ways:
                raise Unmapped(f"step {step['op']}")
            await story.ways[step["op"]](step)
        return await story.told()


def _apart(promotions: list[Promotion]) -> list[Promotion]:
    """Let each promotion of a campaign that has several take its own goods, so that one can be used without the others."""
    campaigns = Counter(one["campaign"] for one in promotions if "campaign" in one)
    return [
        one if "item_filter" in one or campaigns[one.get("campaign", "")] < 2 else {**one, "item_filter": own}
        for one in promotions
        if (own := {"sku_in": [one["id"]]})
    ]


@dataclass
class Story:
    """A case on its way."""

    case: Case
    context: dict[str, Any]
    shop: Shop
    refunds: list[int] = field(default_factory=list)
    accepted: int = 0
    refused: int = 0
    payment: Payment | None = None
    #: campaign and discount → payments that got it and still have it
    held: defaultdict[tuple[str, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    groups: defaultdict[str, list[Promotion]] = field(default_factory=lambda: defaultdict(list))
    _joined: int = 0

    @property
    def ways(self) -> dict[str, Callable[[Step], Awaitable[None]]]:
        """What a step can be."""
        return {
            "purchase": self._purchase,
            "return": self._return,
            "refund": self._return,
            "cancel": self._return,
            "redeem": self._redeem,
            "revert": self._revert,
            "redeem_parallel": self._in_parallel,
        }

    async def open(self) -> None:
        """Publish the campaigns and let what was used before be used."""
        options = options_of(self.case.get("project", ""))
        for promotion in self.case["promotions"]:
            self.groups[self._group(promotion)].append(promotion)
        texts = {id_: campaign_file(id_, own, self.case, options) for id_, own in self.groups.items()}
        await self.shop.publish(texts)
        for id_, own in self.groups.items():
            await self._use_before(id_, own[0])

    def _group(self, promotion: Promotion) -> str:
        """Return the id of the campaign that *promotion* is given by: one for those that share a campaign's budget."""
        names = [one.get("campaign") or f"alone {place}" for place, one in enumerate(self.case["promotions"])]
        own = names[self.case["promotions"].index(promotion)]
        return f"p{list(dict.fromkeys(names)).index(own):03d}"

    async def _use_before(self, id_: str, first: Promotion) -> None:
        budget = first.get("budget") or {}
        kept = not first.get("reusable_after_cancel", True)
        uses = budget.get("used", 0) + taken(self.context, "used", first, counts_cancelled=kept)
        own = taken(self.context, "customer_used", first, counts_cancelled=kept)
        reverted = [step["amount_minor"] for step in self.context.get("parallel", ()) if step["op"] == "revert"]
        spent = budget.get("used_minor", 0) - sum(reverted)
        amounts = [part for amount in (*reverted, spent) for part in parts_of(first, max(0, amount))]
        await self._many(
            [self._get(id_, first, amount) for amount in amounts]
            + [self._get(id_, first, None) for _ in range(max(0, uses - own))]
            + [self._get(id_, first, None, name=self._customer) for _ in range(own)]
        )

    @property
    def _customer(self) -> str:
        return self.context.get("customer") or self.context.get("guest_email") or "somebody"

    async def _many(self, buying: list[Awaitable[bool]]) -> list[bool]:
        done = []
        for start in range(0, len(buying), AT_ONCE):
            done += await asyncio.gather(*buying[start : start + AT_ONCE])
        return done

    async def _get(self, id_: str, promotion: Promotion, amount: int | None, *, name: str | None = None) -> bool:
        """Pay for what *promotion* takes *amount* off (None: whatever it gives) at the price that it makes; say whether."""
        if name is None:
            self._joined += 1
            name = f"shopper-{self._joined}"
        await self.shop.open_for([name])
        lines = lines_that_get(promotion, amount, self.case)
        listed = sum(line["quantity"] * line["unit_price_minor"] for line in lines)
        wanted = self._nominal(promotion, listed) if amount is None else amount
        try:
            payment = await self.shop.buy(name, lines, at_most_minor=listed - wanted)
        except Refusal:
            return False
        if payment.discount_minor:
            self.held[id_, payment.discount_minor].append(payment.payment_id)
        return bool(payment.discount_minor)

    @staticmethod
    def _nominal(promotion: Promotion, listed: int) -> int:
        """Return the least that counts as got: one minor unit, unless the amount is known."""
        value = promotion["value"]
        return min(value, listed) if promotion["kind"] == "fixed" and isinstance(value, int) else 1

    # steps

    async def _purchase(self, step: Step) -> None:
        await self.shop.open_for([name := step.get("customer") or self._customer])
        lines = [*goods(step["items"]), *charges(step.get("shipping") or self.case.get("shipping") or ())]
        tax = step.get("tax") or self.context.get("tax")
        if tax and tax["mode"] == "excluded":
            quoted = await self.shop.quote(lines)
            rate = tax["rate_percent"]
            lines += [
                {"id": f"tax-{one.line_id}", "sku": "tax", "kind": "tax", "quantity": 1, "unit_price_minor": amount}
                for one in quoted.lines
                if (amount := (2 * one.payable_minor * rate + 100) // 200)
            ]
        self.payment = await self.shop.buy(name, lines)

    async def _return(self, step: Step) -> None:
        if self.payment is None:
            raise Unmapped("a return before a purchase")
        asked: dict[str, Any] = {}
        if "item" in step:
            asked = {"lines": self._lines_back(step)}
        elif "amount_minor" in step:
            asked = {"amount_minor": step["amount_minor"]}
        try:
            done = await self.shop.give_back(self.payment.payment_id, asked)
        except Refusal:
            self.refused += 1
            return
        self.accepted += 1
        self.refunds.append(done.refund.amount_minor)

    def _lines_back(self, step: Step) -> list[dict[str, Any]]:
        """Return the item's units and, with the last of them, its tax; part of its tax with a part of them."""
        if "amount_minor" in step:
            return [{"line_id": step["item"], "amount_minor": step["amount_minor"]}]
        lines: list[dict[str, Any]] = [{"line_id": step["item"], "quantity": step.get("qty", 1)}]
        assert self.payment is not None
        by_id = {line.line_id: line for line in self.payment.lines}
        tax, item = by_id.get(f"tax-{step['item']}"), by_id.get(step["item"])
        if tax is not None and item is not None:
            part = (2 * tax.payable_minor * step.get("qty", 1) + item.quantity) // (2 * item.quantity)
            lines.append({"line_id": tax.line_id, "amount_minor": part})
        return lines

    async def _redeem(self, step: Step) -> None:
        """Use a promotion: a budget of uses counts the step once, one of money every amount."""
        promotion = self._named(step.get("promotion"))
        id_ = self._group(promotion)
        amounts = step.get("amounts_minor") or [step.get("amount_minor")]
        if (promotion.get("budget") or {}).get("type") == "usage":
            amounts = [None]
        parts = [part for amount in amounts for part in (parts_of(promotion, amount) if amount else [None])]
        for part in parts:
            got = await self._get(id_, promotion, part, name=step.get("customer"))
            self.accepted, self.refused = self.accepted + got, self.refused + (not got)

    async def _revert(self, step: Step) -> None:
        """Refund whole payments that used a promotion, one for each amount."""
        promotion = self._named(step.get("promotion"))
        id_ = self._group(promotion)
        amounts = step.get("amounts_minor") or [step.get("amount_minor")]
        parts = [part for amount in amounts for part in (parts_of(promotion, amount) if amount else [None])]
        for part in parts:
            held = next(
                (own for (of, off), own in self.held.items() if of == id_ and own and part in {None, off}), None
            )
            if held is None:
                raise Unmapped(f"nothing of {part} was used that could be reverted")
            await self.shop.give_back(held.pop(), {})

    async def _in_parallel(self, step: Step) -> None:
        """Do the context's ``parallel`` steps, or so many ``attempts``, at the same time."""
        named = self.context.get("parallel")
        if named is not None:
            await asyncio.gather(*(self.ways[one["op"]](one) for one in named))
            return
        promotion = self._named(step.get("promotion"))
        id_ = self._group(promotion)
        for got in await self._many([self._get(id_, promotion, None, name=name) for name in self._who_tries()]):
            self.accepted, self.refused = self.accepted + got, self.refused + (not got)

    def _who_tries(self) -> list[str | None]:
        """Return who tries: those named, one customer again and again, or another shopper each time (None)."""
        if "customers" in self.context:
            return list(self.context["customers"])
        same = "customer" in self.context or "guest_email" in self.context
        tries = self.context.get("attempts", len(self.context.get("codes_used") or ()))
        return [self._customer if same else None] * tries

    def _named(self, id_: str | None) -> Promotion:
        found = [one for one in self.case["promotions"] if id_ in {None, one["id"]}]
        if not found:
            raise Unmapped(f"no promotion {id_}")
        return found[0]

    async def told(self) -> dict[str, Any]:
        """Return what stands in the books, in the form's words."""
        uses = sum([await self.shop.used(id_, "uses") for id_ in self.groups])
        spent = sum([await self.shop.used(id_, "budget") for id_ in self.groups])
        told: dict[str, Any] = {
            "used": uses,
            "budget_used": uses,
            "used_after": uses,
            "budget_used_minor": spent,
            "budget_used_minor_after": spent,
            "accepted": self.accepted,
            "refused": self.refused,
            "refund_minor": sum(self.refunds),
            "refunds_minor": self.refunds,
        }
        if self.payment is not None:
            told["refunded_minor"] = sum(self.refunds)
            told["remaining_minor"] = self.payment.paid_minor - sum(self.refunds)
            told["remaining_discount"] = await self._discounts_left(self.payment)
        return told

    async def _discounts_left(self, payment: Payment) -> dict[str, int]:
        left = await self.shop.discounts_left(payment.payment_id)
        return {line_id: amount for line_id, amount in left.items() if amount}
