"""What the engine answered, in the form's words."""

from __future__ import annotations

from typing import Any, NamedTuple


class Got(NamedTuple):
    """The totals, what came off each line by its id, and the gifts given."""

    order_discount_minor: int
    shipping_discount_minor: int
    total_minor: int
    lines: dict[str, int]
    shipping_lines: dict[str, int]
    gift_items: list[dict[str, Any]]
