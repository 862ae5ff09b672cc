"""A statement as a CSV file: a header, a row per payment and refund, the totals, and the SHA-256 of all that.

Amounts are written with the currency's decimals. The last line is ``sha256,<hex>``; it is the hash of every byte before
it, so `head -n -1 bill.csv | sha256sum` says the same. A closed statement always gives the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import AsyncIterator, Iterable
from typing import Final

from engine.desk import Desk
from engine.money import format_minor
from engine.programs.cursor import FIRST
from engine.settlement.listing import Found, entries_script
from engine.store.instants import from_micros
from engine.store.script import Row

#: Entries read at once; a bill of any length takes the memory of one page.
PAGE: Final = 1_000
_WORDS: Final = ("kind", "at", "own_day", "order_ref", "payment_id", "refund_id", "shop_id", "currency")
#: Columns of money, by the column of ``statement_entry``. gross = paid + all discounts; net = what changes hands.
_MONEY: Final = {
    "gross": "gross_minor",
    "discount_own": "own_minor",
    "discount_platform": "platform_minor",
    "discount_merchants": "merchants_minor",
    "discount_brands": "brands_minor",
    "discount_banks": "banks_minor",
    "paid": "paid_minor",
    "fee": "fee_minor",
    "other": "other_minor",
    "net": "net_minor",
}
HEADER: Final = (*_WORDS, *_MONEY)
_END: Final = b"\r\n"


async def bill(desk: Desk, found: Found) -> AsyncIterator[bytes]:
    """Yield the bill of a statement, page by page; the totals are added up on the way."""
    digest, currency = hashlib.sha256(), str(found.row["currency"])
    totals = dict.fromkeys(_MONEY.values(), 0)
    after, chunk = FIRST, _csv([HEADER])
    while chunk:
        digest.update(chunk)
        yield chunk
        rows = await desk.database.read(entries_script(found, after, PAGE))
        for row in rows:
            for name in totals:
                totals[name] += row[name]
        chunk = _csv([_row(row) for row in rows])
        after = (rows[-1]["at"], rows[-1]["entry_id"]) if rows else after
    last = _csv([["total", "", found.row["day"], "", "", "", "", currency, *_amounts(totals, currency)]])
    digest.update(last)
    yield last + b"sha256," + digest.hexdigest().encode() + _END


def file_name(found: Found) -> str:
    """Return the name under which a bill is saved."""
    return f"bill-{found.merchant.id}-{found.row['day']}-{found.row['currency']}.csv"


def is_whole(content: bytes) -> bool:
    """Whether a bill is as it was written: its last line is the hash of what stands before it."""
    body, _, last = content.removesuffix(_END).rpartition(_END)
    return last == b"sha256," + hashlib.sha256(body + _END).hexdigest().encode()


def _row(row: Row) -> list[str]:
    instant = f"{from_micros(row['at']):%Y-%m-%dT%H:%M:%S.%fZ}"
    words = [row["kind"], instant, *(row[name] for name in _WORDS[2:])]
    return [*words, *_amounts(row, row["currency"])]


def _amounts(row: Row, currency: str) -> list[str]:
    return [format_minor(row[name], currency) for name in _MONEY.values()]


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
