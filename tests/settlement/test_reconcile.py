"""A merchant's own file against its statement: each difference by row and column, each mistake of the file too."""

from __future__ import annotations

from typing import Any

import pytest

from engine.settlement.their_file import FILE_MAX_BYTES, ROWS_MAX
from tests.settlement.test_story import Kiosk, kiosk

__all__ = ["kiosk"]
DAY = "2027-03-27"
HEADER = "order_ref,refund_id,state,amount\n"


async def sent(kiosk: Kiosk, file: str | bytes, day: str = DAY) -> Any:
    return await kiosk.house.http.post(
        f"/v1/statements/{day}/reconciliation", content=file, headers=kiosk.house.bearer("kiosk")
    )


async def compared(kiosk: Kiosk, rows: str) -> tuple[int, list[tuple[Any, ...]]]:
    answer = await sent(kiosk, HEADER + rows)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found["matched"], [
        (one["kind"], one["row"], one["column"], one["theirs"], one["ours"]) for one in found["differences"]
    ]


async def week(kiosk: Kiosk) -> str:
    """order-1 and order-2 on the day, order-2 refunded by half, order-3 the day after; return the refund's id."""
    await kiosk.charge(f"{DAY}T10:00:00", 12000)  # pays 105.00
    second = await kiosk.charge(f"{DAY}T11:00:00", 8000)
    back = await kiosk.refund(f"{DAY}T12:00:00", second, 1)
    await kiosk.charge("2027-03-28T10:00:00", 1000)
    await kiosk.settle("2027-03-29T09:00:00")
    await kiosk.charge("2027-03-29T10:00:00", 700)  # order-4: not settled yet
    return back["refund_id"]


async def test_file_that_agrees_has_no_difference(kiosk: Kiosk) -> None:
    refund_id = await week(kiosk)
    rows = (
        f"order-1,,paid,105.00\norder-2,,paid,80.00\norder-2,{refund_id},refunded,40.00\nnever-sold,,cancelled,9.00\n"
    )
    assert await compared(kiosk, rows) == (4, [])
    turned = f"state,amount,order_ref,refund_id\r\npaid,105,order-1,\r\n\r\npaid,80.0,order-2,\r\nrefunded,40.00,order-2,{refund_id}\r\n"
    answer = await sent(kiosk, b"\xef\xbb\xbf" + turned.encode())  # as a spreadsheet writes it
    assert (answer.json()["matched"], answer.json()["differences"]) == (3, [])


async def test_each_difference_is_named_by_row_and_column(kiosk: Kiosk) -> None:
    refund_id = await week(kiosk)
    rows = (
        "order-1,,paid,104.99\n"  # row 2
        "order-2,,cancelled,80.00\n"  # row 3
        f"order-9,{refund_id},refunded,40.00\n"  # row 4
        "order-3,,paid,10.00\n"  # row 5: the day after
        "order-4,,paid,7.00\n"  # row 6: today
        "order-7,,paid,7.00\n"  # row 7: never
        "order-2,ref_unknown,refunded,1.00\n"  # row 8
        "order-1,,paid,105.00\n"  # row 9: again
        "order-3,,cancelled,10.00\n"  # row 10: again, too
    )
    matched, found = await compared(kiosk, rows)
    assert found == [
        ("amount", 2, "amount", "104.99", "105.00"),
        ("state", 3, "state", "cancelled", "paid"),
        ("order", 4, "order_ref", "order-9", "order-2"),
        ("day", 5, "order_ref", "order-3", "2027-03-28"),
        ("missing_here", 6, "order_ref", "order-4", "7.00, not settled yet"),
        ("missing_here", 7, "order_ref", "order-7", None),
        ("missing_here", 8, "refund_id", "ref_unknown", None),
        ("duplicate", 9, "order_ref", "order-1", None),
        ("duplicate", 10, "order_ref", "order-3", None),
    ]
    assert matched == 0


async def test_what_the_file_lacks_is_named(kiosk: Kiosk) -> None:
    refund_id = await week(kiosk)
    matched, found = await compared(kiosk, "order-1,,paid,105.00\n")
    assert (matched, found) == (
        1,
        [
            ("missing_there", None, None, None, "payment of 80.00"),
            ("missing_there", None, None, None, "refund of -40.00"),
        ],
    )
    answer = await sent(kiosk, HEADER)
    assert [one["detail"] for one in answer.json()["differences"]] == [
        "Your file has no row of the payment of order order-1: 105.00 CNY.",
        "Your file has no row of the payment of order order-2: 80.00 CNY.",
        f"Your file has no row of the refund {refund_id} of order order-2: -40.00 CNY.",
    ]


async def test_order_that_was_released_is_a_difference_of_state(kiosk: Kiosk) -> None:
    kiosk.at(f"{DAY}T10:00:00")
    order = await kiosk.house.order("lin", "held", capture=False)
    held = (await kiosk.house.post("/v1/payments", order, "kiosk")).json()
    await kiosk.house.post(f"/v1/payments/{held['payment_id']}/release", {}, "kiosk")
    await kiosk.charge(f"{DAY}T10:00:00", 1000)
    await kiosk.settle("2027-03-28T09:00:00")
    rest = "order-1,,paid,10.00\n"
    assert await compared(kiosk, "held,,cancelled,32.00\n" + rest) == (2, [])
    assert await compared(kiosk, "held,,paid,32.00\n" + rest) == (1, [("state", 2, "state", "paid", "released")])


WRONG: dict[str, tuple[str | bytes, list[str]]] = {
    "nothing": ("", ["row 1"]),
    "no header": ("order-1,,paid,1.00\n", ["row 1, column order_ref", "row 1, column refund_id"]),
    "a missing column": ("order_ref,state,amount\norder-1,paid,1.00\n", ["row 1, column refund_id"]),
    "an unknown column": (HEADER.replace("\n", ",tip\n"), ["row 1, column tip"]),
    "a column twice": (HEADER.replace("\n", ",state\n"), ["row 1, column state"]),
    "a short row": (HEADER + "order-1,,paid\n", ["row 2, column amount"]),
    "a long row": (HEADER + "order-1,,paid,1.00,2\n", ["row 2, column amount"]),
    "semicolons": (HEADER.replace(",", ";"), ["row 1, column order_ref"]),
    "amounts": (
        HEADER
        + "".join(f'order-1,,paid,"{text}"\n' for text in ("1.005", "-1", "1e2", "1,000", "", "CNY 1", "١", "1" * 16)),
        [f"row {row}, column amount" for row in range(2, 10)],
    ),
    "states": (HEADER + "a,,refunded,1\nb,r,paid,1\nc,,PAID,1\n", [f"row {row}, column state" for row in (2, 3, 4)]),
    "no order": (HEADER + ",,paid,1.00\n", ["row 2, column order_ref"]),
    "NUL": (HEADER + "a\x00b,,paid,1.00\n", ["row 2, column order_ref"]),
    "a formula": (HEADER + "=1+1,,paid,1.00\n", ["row 2, column order_ref"]),
    "two in one row": (
        HEADER + "?,,gone,x\n",
        ["row 2, column order_ref", "row 2, column state", "row 2, column amount"],
    ),
    "not UTF-8": (HEADER.encode() + b"a,,paid,1.00\nb\xff,,paid,1.00\n", ["row 3"]),
    "UTF-16": (HEADER.encode("utf-16"), ["row 1"]),
    "an open quote": (HEADER + 'a,,paid,"1.00\n', ["row 2"]),
    "a late mistake": (HEADER + "a,,paid,1.00\n" * 500 + "b,,paid,1,00\n", ["row 502, column amount"]),
}


@pytest.mark.parametrize("name", WRONG)
async def test_malformed_file_is_a_problem_that_names_row_and_column(kiosk: Kiosk, name: str) -> None:
    await week(kiosk)
    file, places = WRONG[name]
    answer = await sent(kiosk, file)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "file_malformed"), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["path"] for error in problem["errors"]][: len(places)] == places
    assert problem["detail"].startswith(places[0])


async def test_too_large_a_file_is_refused_and_the_largest_is_not(kiosk: Kiosk) -> None:
    await week(kiosk)
    largest = HEADER + "".join(f"gone-{number},,cancelled,1.00\n" for number in range(ROWS_MAX))
    assert (await sent(kiosk, largest)).json()["matched"] == ROWS_MAX
    for file in (largest + "one-more,,cancelled,1.00\n", "x" * (FILE_MAX_BYTES + 1)):
        answer = await sent(kiosk, file)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_file_for_a_day_without_statement_is_not_looked_at(kiosk: Kiosk) -> None:
    kiosk.at(f"{DAY}T10:00:00")
    assert (await sent(kiosk, HEADER)).json()["code"] == "day_not_over"
    assert (await sent(kiosk, HEADER, "2027-03-20")).json()["code"] == "statement_not_found"
