"""Reading a basket line as a cashier types it: ``[merchant/]sku[:quantity[:price]]``.

>>> read_line("tea-corner/oolong:2", "noodle-house")["quantity"]
2
"""

from __future__ import annotations

import re
from typing import Any

from engine.app.town.places import menu_item
from engine.errors import Invalid
from engine.money import parse_minor

_LINE = re.compile(r"(?:(?P<merchant>[^/:\s]+)/)?(?P<sku>[^/:\s]+)(?::(?P<quantity>[0-9]+)(?::(?P<price>[^:\s]+))?)?")


def read_line(text: str, merchant_id: str, currency: str = "CNY") -> dict[str, Any]:
    """Return *text* as a line of the API; name, category and a missing price come from the merchant's menu.

    Raises: Invalid ``invalid_field`` when it can't be read or has no price.
    """
    match = _LINE.fullmatch(text.strip())
    if match is None:
        raise Invalid("invalid_field", f"{text!r} is not a line: write sku:quantity:price, such as oolong:2:18.00.")
    seller = match["merchant"] or merchant_id
    item = menu_item(seller, match["sku"])
    if match["price"] is None and item is None:
        raise Invalid(
            "invalid_field", f"{match['sku']!r} is not on the menu of {seller}: give its price, sku:quantity:price."
        )
    line: dict[str, Any] = {
        "sku": match["sku"],
        "quantity": int(match["quantity"] or 1),
        "unit_price_minor": parse_minor(match["price"], currency)
        if match["price"]
        else item.price_minor
        if item
        else 0,
    }
    if item is not None:
        line |= {"name": item.zh, "category": item.category}
    return line if seller == merchant_id else line | {"merchant_id": seller}


def basket(texts: list[str], merchant_id: str, currency: str = "CNY") -> dict[str, Any]:
    """Return a basket of *texts*; line ids are L1, L2 and so on."""
    lines = [read_line(text, merchant_id, currency) for text in texts]
    return {"currency": currency, "lines": [{"id": f"L{place}", **line} for place, line in enumerate(lines, start=1)]}


def read_refund_line(text: str, currency: str = "CNY") -> dict[str, Any]:
    """Return ``line:quantity``, or ``line=amount``, as a refund line of the API.

    >>> read_refund_line("L1=5.00")
    {'line_id': 'L1', 'amount_minor': 500}

    Raises: Invalid ``invalid_field``, ``amount_out_of_range``.
    """
    line_id, equals, amount = text.strip().rpartition("=")
    if equals:
        return {"line_id": line_id, "amount_minor": parse_minor(amount, currency)}
    line_id, colon, quantity = text.strip().rpartition(":")
    if not colon or not quantity.isdecimal() or not quantity.isascii():
        raise Invalid(
            "invalid_field", f"{text!r} is not a refund line: write line:quantity or line=amount, such as L1:1."
        )
    return {"line_id": line_id, "quantity": int(quantity)}
