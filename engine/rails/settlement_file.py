"""The bank's settlement file: one line for each movement of money, CSV in UTF-8 with a header.

    kind,rail_key,of_key,amount_minor,currency,state,at
    charge,pay_0006…,,2700,CNY,captured,2027-03-06T04:00:00Z
    refund,ref_0006…,pay_0006…,900,CNY,refunded,2027-03-06T09:30:00Z

``at`` is the bank's instant, in UTC. A file is read whole or not at all; a mistake names its row and column.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, NoReturn

from msgspec import Struct
from msgspec.structs import asdict, fields

from engine.errors import Invalid
from engine.money import BASKET_MAX_MINOR

ROWS_MAX: Final = 200_000
STATE_BY_KIND: Final = {"charge": "captured", "refund": "refunded", "pay_out": "paid_out", "chargeback": "booked"}
_KEY: Final = re.compile(r"[A-Za-z0-9_.:\-]{1,120}")
_OF_KEY: Final = re.compile(r"[A-Za-z0-9_.:\-]{0,120}")
_AMOUNT: Final = re.compile(r"[0-9]{1,16}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_WORD: Final = re.compile(r"[a-z_]{1,20}")


class SettlementRow(Struct, frozen=True, kw_only=True):
    """One movement: a charge captured, a refund or a payment out made, a chargeback (``of_key``: of which charge)."""

    kind: str
    rail_key: str
    of_key: str
    amount_minor: int
    currency: str
    state: str
    at: datetime


COLUMNS: Final = tuple(field.name for field in fields(SettlementRow))


def written(rows: Iterable[SettlementRow]) -> str:
    """Write *rows* as a file."""
    out = io.StringIO()
    lines = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    lines.writeheader()
    lines.writerows({**asdict(row), "at": row.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")} for row in rows)
    return out.getvalue()


def read(text: str) -> list[SettlementRow]:
    """Read a file.

    Raises: Invalid ``file_malformed`` with ``row`` (1 is the header) and ``column`` of the first mistake.
    """
    lines = _lines(text)
    if not lines or tuple(lines[0]) != COLUMNS:
        named = lines[0] if lines else []
        wrong = next((name for name in COLUMNS if name not in named), ",".join(named)[:80])
        _malformed(1, wrong, f"the header must be {','.join(COLUMNS)}")
    if len(lines) > ROWS_MAX:
        _malformed(ROWS_MAX + 1, COLUMNS[0], f"more than {ROWS_MAX} rows; send a day at a time")
    rows = [_row(number, line) for number, line in enumerate(lines[1:], start=2)]
    _refuse_twice(rows)
    return rows


def _lines(text: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        _malformed(reader.line_num, COLUMNS[0], f"not CSV: {error}")


def _row(number: int, line: Sequence[str]) -> SettlementRow:
    if len(line) != len(COLUMNS):
        column = COLUMNS[min(len(line), len(COLUMNS) - 1)]
        _malformed(number, column, f"{len(line)} cells instead of {len(COLUMNS)}")
    cell = dict(zip(COLUMNS, line, strict=True))
    if cell["kind"] not in STATE_BY_KIND:
        _malformed(number, "kind", f"{cell['kind'][:40]!r} is not one of {', '.join(STATE_BY_KIND)}")
    for name, shape in _SHAPES:
        if not shape.fullmatch(cell[name]):
            _malformed(number, name, f"{cell[name][:40]!r} can't be read")
    if not 0 < int(cell["amount_minor"]) <= BASKET_MAX_MINOR:
        _malformed(number, "amount_minor", f"must be 1 to {BASKET_MAX_MINOR}")
    return SettlementRow(
        kind=cell["kind"],
        rail_key=cell["rail_key"],
        of_key=cell["of_key"],
        amount_minor=int(cell["amount_minor"]),
        currency=cell["currency"],
        state=cell["state"],
        at=_instant(number, cell["at"]),
    )


def _instant(number: int, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        _malformed(number, "at", f"{text[:40]!r} is not an instant such as 2027-03-06T04:00:00Z")
    if at.tzinfo is None:
        _malformed(number, "at", f"{text[:40]!r} has no time zone; end it in Z")
    return at.astimezone(UTC)


def _refuse_twice(rows: Sequence[SettlementRow]) -> None:
    seen: set[str] = set()
    for number, row in enumerate(rows, start=2):
        if row.rail_key in seen:
            _malformed(number, "rail_key", f"{row.rail_key} stands twice")
        seen.add(row.rail_key)


def _malformed(row: int, column: str, said: str) -> NoReturn:
    raise Invalid(
        "file_malformed",
        f"Row {row}, column {column}: {said}. Nothing of the file was used.",
        row=row,
        column=column,
    )


_SHAPES: Final = (
    ("rail_key", _KEY),
    ("of_key", _OF_KEY),
    ("amount_minor", _AMOUNT),
    ("currency", _CURRENCY),
    ("state", _WORD),
)
