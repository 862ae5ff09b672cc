"""Asks the bank about everything that is open: payments, refunds and reversals by card, withdrawals."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from engine.checkout.by_card import ask_once
from engine.checkout.change import Found, payment_row_script
from engine.checkout.rail_orders import PAGE, open_script
from engine.checkout.withdraw import ask_withdrawal
from engine.desk import Desk
from engine.store.script import Row

#: Pages of open orders in one run; what is left is the next run's.
PAGES_MAX: Final = 40
log = logging.getLogger("youhui.rails")


async def ask_open_orders(desk: Desk) -> int:
    """Ask about every open order, a page at a time, and return how many the bank ended now."""
    ended, after = 0, None
    for _ in range(PAGES_MAX):
        page = await desk.database.read(open_script(desk.settings.tenant_id, after))
        ended += sum(await asyncio.gather(*(_ended(desk, order) for order in page)))
        if len(page) < PAGE:
            break
        after = page[-1]
    return ended


async def _ended(desk: Desk, order: Row) -> bool:
    try:
        return await _ask(desk, order)
    except Exception:  # one order that can't be asked about must not hold up the others
        log.exception("the bank was not asked about %s", order["rail_key"])
        return False


async def _ask(desk: Desk, order: Row) -> bool:
    if order["kind"] == "withdrawal":
        return await ask_withdrawal(desk, order)
    row = await desk.database.read(payment_row_script(desk.settings.tenant_id, order["payment_id"]))
    if row is None:
        raise LookupError(f"the payment of {order['rail_key']} is gone")
    return await ask_once(desk, Found(row), order)
