"""The bank's file is read whole or not at all, and a mistake names its row and column."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.errors import Invalid
from engine.rails.settlement_file import COLUMNS, ROWS_MAX, SettlementRow, read, written

HEADER = ",".join(COLUMNS)
GOOD = "charge,k,,500,CNY,captured,2027-03-06T04:00:00Z"
ROW = SettlementRow(
    kind="charge",
    rail_key="k",
    of_key="",
    amount_minor=500,
    currency="CNY",
    state="captured",
    at=datetime(2027, 3, 6, 4, tzinfo=UTC),
)


def test_file_is_read_as_written() -> None:
    assert read(written([ROW])) == [ROW]
    assert read("\ufeff" + written([ROW]).replace("\n", "\r\n")) == [ROW]
    assert read(HEADER + "\n") == []


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        ("", 1, "kind"),
        (HEADER.replace("amount_minor", "amount"), 1, "amount_minor"),
        (f"{HEADER}\n{GOOD},more", 2, "at"),
        (f"{HEADER}\n{GOOD}\n\n", 3, "kind"),
        (f"{HEADER}\ncharge,k", 2, "of_key"),
        (f"{HEADER}\n{GOOD}\n{GOOD.replace('charge', 'gift')}", 3, "kind"),
        (f"{HEADER}\n{GOOD.replace(',k,', ',,')}", 2, "rail_key"),
        (f"{HEADER}\n{GOOD}\n{GOOD}", 3, "rail_key"),
        (f"{HEADER}\n{GOOD.replace('500', '0')}", 2, "amount_minor"),
        (f"{HEADER}\n{GOOD.replace('500', '-5')}", 2, "amount_minor"),
        (f"{HEADER}\n{GOOD.replace('500', '5.00')}", 2, "amount_minor"),
        (f"{HEADER}\n{GOOD.replace('500', '1000000000000001')}", 2, "amount_minor"),
        (f"{HEADER}\n{GOOD.replace('CNY', 'yuan')}", 2, "currency"),
        (f"{HEADER}\n{GOOD.replace('captured', '')}", 2, "state"),
        (f"{HEADER}\n{GOOD.replace('2027-03-06', '06.03.2027')}", 2, "at"),
        (f"{HEADER}\n{GOOD.removesuffix('Z')}", 2, "at"),
        (f'{HEADER}\n"charge', 2, "kind"),
    ],
)
def test_mistake_names_its_row_and_column(text: str, row: int, column: str) -> None:
    with pytest.raises(Invalid, match="file_malformed") as caught:
        read(text)
    assert (caught.value.fields["row"], caught.value.fields["column"]) == (row, column)


def test_amount_at_the_bound_is_read() -> None:
    assert read(f"{HEADER}\n{GOOD.replace('500', '1000000000000000')}")[0].amount_minor == 10**15


def test_file_longer_than_allowed_is_refused() -> None:
    lines = [HEADER, *(GOOD.replace(",k,", f",k{number},") for number in range(ROWS_MAX + 1))]
    with pytest.raises(Invalid, match="more than"):
        read("\n".join(lines[: ROWS_MAX + 2]))
