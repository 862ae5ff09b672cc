"""From a case's ``items``, ``shipping`` and ``context`` to the facts of a payment.

Facts that no promotion asks about change nothing, so keys that the adapter does not know are left alone here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

from engine.rules.facts import ORDERS, Basket, Count, CounterKey, Facts, Line, Payer
from tests.conformance.adapter_conditions import code
from tests.conformance.form import (
    FIXED,
    GIFT,
    ON_SALE,
    TOLD,
    Case,
    Unmapped,
    first_of,
    instant,
    label,
    listed,
    name,
    rows,
    whole,
)
from tests.conformance.options import Options

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SHOP = "shop"
#: The channel that a case is paid through, and any other that a promotion names.
HERE, ELSEWHERE = "online", "scan"


def lines(case: Case, *, apart: bool) -> list[Line]:
    """Return the basket's lines: the goods as "item 0", …, the charges as "charge 0", ….

    *apart*: lines of the same item stay two lines, as promotions that count by line need it.
    """
    found = [
        _goods(item, f"item {n:03d}", apart=apart)
        for n, item in enumerate(rows(case.get("items"), "items"))
        if whole(item.get("qty", 1), "qty")
    ]
    found += [
        Line(
            id=f"charge {n}",
            merchant_id=SHOP,
            sku=_method(charge),
            quantity=1,
            unit_price_minor=whole(charge.get("price_minor"), "price_minor"),
            kind="delivery",
            tags=(f"charge {n}",),
        )
        for n, charge in enumerate(rows(case.get("shipping"), "shipping"))
    ]
    return found


def gift_line(gift: dict[str, Any], price_minor: int) -> Line:
    """Return the line that a till adds for a gift."""
    quantity = whole(gift.get("qty", 1), "a gift's qty", 1)
    sku = gift["sku"]
    return Line(
        id=f"gift {sku}", merchant_id=SHOP, sku=sku, quantity=quantity, unit_price_minor=price_minor, tags=(GIFT,)
    )


def _goods(item: dict[str, Any], id_: str, *, apart: bool) -> Line:
    price = whole(item.get("unit_price_minor"), "unit_price_minor")
    is_on_sale = item.get("on_sale", whole(item.get("list_price_minor") or 0, "list_price_minor") > price)
    tags = [*([FIXED] if not item.get("discountable", True) else []), *([ON_SALE] if is_on_sale else [])]
    told = [("sku", _sku(item))] + [(key, name(item[key])) for key in ("category", "merchant") if item.get(key)]
    tags += [label(dict(pairs)) for count in (1, 2, 3) for pairs in combinations(told, count)]
    tags += [label({"tag": tag}) for tag in listed(item.get("tags"))]
    return Line(
        id=id_,
        merchant_id=name(item.get("merchant") or SHOP),
        sku=_sku(item),
        quantity=whole(item.get("qty", 1), "qty"),
        unit_price_minor=price,
        category=name(item.get("category") or ""),
        tags=(*tags, *([id_] if apart else [])),
    )


def _sku(item: dict[str, Any]) -> str:
    if (sku := first_of(item, ("sku", "id"))) is None:
        raise Unmapped(f"an item without a sku: {item}")
    return name(sku)


def _method(charge: dict[str, Any]) -> str:
    return str(first_of(charge, ("method", "id"), "delivery"))


def facts(case: Case, basket_lines: list[Line], counts: tuple[Count, ...], options: Options) -> Facts:
    """Return the facts of one evaluation."""
    context = case.get("context") or {}
    payer = payer_of(context)
    before = whole(context.get("orders_before") or 0, "orders_before") - whole(
        context.get("orders_cancelled") or 0, "orders_cancelled"
    )
    if payer is not None and before > 0:
        counts = (*counts, Count(key=CounterKey("member", payer.member_id, "", ORDERS, ""), taken=before))
    named = {code(text, options) for promotion in case["promotions"] for text in codes_named(promotion)}
    typed = [text for text in (code(text, options) for text in codes_of(context)) if text in named]
    return Facts(
        basket=Basket(currency=case["currency"], lines=tuple(basket_lines)),
        now=instant(context["now"]) if context.get("now") else NOW,
        payer=payer,
        channel=HERE,
        codes=tuple(typed[-1:] if options.last_code_only else typed),
        counts=counts,
    )


def codes_of(context: dict[str, Any]) -> Sequence[str]:
    """Return the codes typed; an empty one is none."""
    return [text for text in (*listed(context.get("codes")), *listed(context.get("code"))) if text]


def codes_named(promotion: dict[str, Any]) -> Sequence[str]:
    """Return the codes of a promotion; one that no promotion has is refused where it is typed."""
    return [text for text in (*listed(promotion.get("code")), *listed(promotion.get("codes"))) if text]


def payer_of(context: dict[str, Any]) -> Payer | None:
    """Return the shopper: signed in, or known by an address; None when nothing tells one from another."""
    told_name = first_of(context, ("customer", "guest_email", "customer_email", "email"))
    tags = tuple(label({key: value}) for key in TOLD for value in listed(context.get(key)))
    if context.get("customer") is not None:
        tags += ("signed in",)
    told = ("customer_group", "customer_groups", "orders_before", "customer_used", "customer_used_completed")
    if told_name is None and not tags and not any(key in context for key in told):
        return None
    groups = (*listed(context.get("customer_group")), *listed(context.get("customer_groups")))
    return Payer(member_id=name(told_name or "somebody"), segments=groups, tags=tags)


def taken(context: dict[str, Any], what: str, promotion: dict[str, Any], *, counts_cancelled: bool) -> int:
    """Return how often *promotion* was used: *what* as it stands, or its completed and cancelled uses.

    A count for several promotions is a table by their codes or names.
    """

    def told(key: str) -> int:
        found = context.get(key) or 0
        if isinstance(found, dict):
            found = first_of(found, [promotion[by] for by in ("code", "name", "id") if promotion.get(by)], 0)
        return whole(found, key)

    return told(what) + told(f"{what}_completed") + (told(f"{what}_cancelled") if counts_cancelled else 0)
