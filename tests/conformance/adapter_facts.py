"""From a case's ``items``, ``shipping`` and ``context`` to the facts of a payment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.rules.facts import ORDERS, Basket, Count, CounterKey, Facts, Line, Payer
from tests.conformance.adapter_conditions import code
from tests.conformance.form import FIXED, GIFT, ON_SALE, Case
from tests.conformance.options import Options

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SHOP = "shop"
#: The channel that a case is paid through, and any other that a promotion names.
HERE, ELSEWHERE = "online", "scan"


def lines(case: Case) -> list[Line]:
    """Return the basket's lines, and each gift that a promotion may give as a line of its own."""
    found = [_goods(item) for item in case["items"] if item["qty"]]
    found += [
        Line(
            id=f"charge {n}",
            merchant_id=SHOP,
            sku=_method(charge),
            quantity=1,
            unit_price_minor=charge["price_minor"],
            kind="delivery",
        )
        for n, charge in enumerate(case.get("shipping") or [])
    ]
    return found


def gift_line(gift: dict[str, Any]) -> Line:
    """Return the line that a till adds for a gift."""
    return Line(
        id=f"gift {gift['sku']}",
        merchant_id=SHOP,
        sku=gift["sku"],
        quantity=gift.get("qty", 1),
        unit_price_minor=gift["unit_price_minor"],
        tags=(GIFT,),
    )


def _goods(item: dict[str, Any]) -> Line:
    tags = [*([FIXED] if not item.get("discountable", True) else []), *([ON_SALE] if item.get("on_sale") else [])]
    return Line(
        id=item["id"],
        merchant_id=item.get("merchant", SHOP),
        sku=item["sku"],
        quantity=item["qty"],
        unit_price_minor=item["unit_price_minor"],
        category=item.get("category", ""),
        tags=tuple(tags),
    )


def _method(charge: dict[str, Any]) -> str:
    return charge.get("method") or charge["id"]


def facts(case: Case, basket_lines: list[Line], counts: tuple[Count, ...], options: Options) -> Facts:
    """Return the facts of one evaluation."""
    context = case.get("context") or {}
    payer = payer_of(context)
    before = context.get("orders_before", 0) - context.get("orders_cancelled", 0)
    if payer is not None and before:
        counts = (*counts, Count(key=CounterKey("member", payer.member_id, "", ORDERS, ""), taken=before))
    typed = [code(text, options) for text in context.get("codes") or ()]
    return Facts(
        basket=Basket(currency=case["currency"], lines=tuple(basket_lines)),
        now=instant(context["now"]) if context.get("now") else NOW,
        payer=payer,
        channel=HERE,
        codes=tuple(typed[-1:] if options.last_code_only else typed),
        counts=counts,
    )


def payer_of(context: dict[str, Any]) -> Payer | None:
    """Return the shopper: signed in, or known by an address; None when nothing tells one from another."""
    name = context.get("customer") or context.get("guest_email")
    told = ("customer_group", "orders_before", "customer_used", "customer_used_completed")
    if name is None and not any(key in context for key in told):
        return None
    group = context.get("customer_group") or ()
    return Payer(member_id=name or "somebody", segments=(group,) if isinstance(group, str) else tuple(group))


def instant(text: str) -> datetime:
    """Read an instant; without a zone it is UTC."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def taken(context: dict[str, Any], name: str, *, counts_cancelled: bool) -> int:
    """Return how often something was used: *name* as it stands, or its completed and cancelled uses."""
    used: int = context.get(name, 0) + context.get(f"{name}_completed", 0)
    return used + (context.get(f"{name}_cancelled", 0) if counts_cancelled else 0)
