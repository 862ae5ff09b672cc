"""A merchant's own record of a day, as CSV: what it must look like, and every mistake by row and column.

    order_ref,refund_id,state,amount
    order-17,,paid,84.00
    order-18,,cancelled,20.00
    order-17,ref_0123,refunded,42.00

The columns may stand in any order. A payment has no refund_id and is paid or cancelled; a refund has one, and the order
that it is of. The amount is what the shopper paid (or got back) for your lines, without a sign.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from engine.errors import Invalid
from engine.money import parse_minor
from engine.wire.problems import FieldProblem

COLUMNS: Final = ("order_ref", "refund_id", "state", "amount")
#: Rows of one day; a merchant with more sends them by shop.
ROWS_MAX: Final = 20_000
FILE_MAX_BYTES: Final = 4 * 1024 * 1024
#: Mistakes told in one answer; who has more has the wrong file.
MISTAKES_MAX: Final = 100
_SHAPES: Final = {
    "order_ref": re.compile(r"(?:[A-Za-z0-9_.:\-]{1,80}/)?[A-Za-z0-9_.:\-]{1,64}"),
    "refund_id": re.compile(r"[A-Za-z0-9_.:\-]{0,80}"),
}
State = Literal["paid", "cancelled", "refunded"]


class TheirRow(Struct, frozen=True, kw_only=True):
    """One row. *row* counts from 1, the header."""

    row: int
    order_ref: str
    refund_id: str
    state: State
    amount_minor: int


def read_file(content: bytes, currency: str) -> list[TheirRow]:
    """Read *content*.

    Raises: Invalid ``file_malformed`` whose ``errors`` name the row and the column of every mistake; Invalid
            ``too_large`` past ``ROWS_MAX`` rows.
    """
    reader = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    rows: list[TheirRow] = []
    mistakes: list[FieldProblem] = []
    for row, cells in _cells(reader):
        if row == 1:
            places = _header(cells)
            continue
        if len(rows) + len(mistakes) >= ROWS_MAX:
            raise Invalid("too_large", f"The file has more than {ROWS_MAX} rows. Send fewer at a time.", row=row)
        found = _row(row, cells, places, currency)
        if isinstance(found, TheirRow):
            rows.append(found)
        else:
            mistakes += found
    if mistakes:
        raise _malformed(mistakes)
    return rows


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        message = f"byte {column} of row {row} is not UTF-8: save the file as UTF-8"
        raise _malformed([FieldProblem(path=f"row {row}", message=message)]) from None
    if not text.strip():
        raise _malformed([FieldProblem(path="row 1", message=f"the file is empty: it begins with {','.join(COLUMNS)}")])
    return text


def _cells(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold anything, numbered from 1."""
    row = 0
    while True:
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _malformed([FieldProblem(path=f"row {row}", message=f"this is not CSV: {error}")]) from None
        if cells or row == 1:
            yield row, cells


def _header(cells: list[str]) -> dict[str, int]:
    """Return the place of each column."""
    names = [cell.strip() for cell in cells]
    unknown = [name for name in names if name not in COLUMNS]
    missing = [name for name in COLUMNS if name not in names]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    words = [(missing, "is missing"), (unknown, "is not one we know"), (twice, "stands there twice")]
    mistakes = [_mistake(1, name[:40], said) for listed, said in words for name in listed]
    if mistakes:
        raise _malformed(mistakes)
    return {name: names.index(name) for name in COLUMNS}


def _row(row: int, cells: list[str], places: dict[str, int], currency: str) -> TheirRow | list[FieldProblem]:
    """Return the row, or its mistakes."""
    if len(cells) != len(places):
        column = next((name for name, place in places.items() if place == len(cells)), COLUMNS[-1])
        return [_mistake(row, column, f"the row has {len(cells)} columns, the header {len(places)}")]
    cell = {name: cells[place].strip() for name, place in places.items()}
    mistakes = []
    for name, shape in _SHAPES.items():
        if not shape.fullmatch(cell[name]):
            mistakes.append(_mistake(row, name, f"{cell[name][:20]!r} is none: letters, digits and _.:- only"))
    allowed: tuple[State, ...] = ("refunded",) if cell["refund_id"] else ("paid", "cancelled")
    state = next((one for one in allowed if one == cell["state"]), None)
    if state is None:
        kind = "a refund" if cell["refund_id"] else "a payment (it has no refund_id)"
        mistakes.append(_mistake(row, "state", f"{cell['state'][:20]!r} is no state of {kind}: {' or '.join(allowed)}"))
    amount_minor = _amount(cell["amount"], currency)
    if amount_minor is None:
        said = f"{cell['amount'][:20]!r} is not an amount in {currency}: plain digits and a point, without a sign"
        mistakes.append(_mistake(row, "amount", said))
    if mistakes or state is None or amount_minor is None:
        return mistakes
    return TheirRow(
        row=row, order_ref=cell["order_ref"], refund_id=cell["refund_id"], state=state, amount_minor=amount_minor
    )


def _amount(text: str, currency: str) -> int | None:
    try:
        return parse_minor(text, currency)
    except Invalid:
        return None


def _mistake(row: int, column: str, message: str) -> FieldProblem:
    return FieldProblem(path=f"row {row}, column {column}", message=message)


def _malformed(mistakes: list[FieldProblem]) -> Invalid:
    first, more = mistakes[0], len(mistakes) - 1
    also = f" There {'is' if more == 1 else 'are'} {more} more." if more else ""
    detail = f"{first.path}: {first.message}.{also} Nothing was compared."
    return Invalid("file_malformed", detail, errors=tuple(mistakes[:MISTAKES_MAX]), mistakes=len(mistakes))
