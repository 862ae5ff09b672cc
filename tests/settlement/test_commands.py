"""What operators and merchants type: youhui settle, payout, bill, against a running server with the town's past."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import Server, start_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("town")
    with start_server(f"sqlite:///{folder / 'youhui.db'}", folder, seed="town") as running:
        yield running


def said(server: Server, *words: str, code: int = 0) -> str:
    done = server.command(*words)
    assert done.returncode == code, done.stderr
    return done.stderr if code == 2 else done.stdout + done.stderr


def test_town_has_statements_and_settling_again_closes_none(server: Server) -> None:
    assert "0 statements closed" in said(server, "settle")
    lines = said(server, "bill", "--merchant", "tea-corner").splitlines()
    assert len(lines) == 32
    assert all(re.match(r"\d{4}-\d\d-\d\d +\d+ payments", line) for line in lines[:-1])
    assert re.match(r"[\d.]+ settled, 0\.00 on its way, 0\.00 owed by you \(CNY\)", lines[-1])
    assert server.audit()["findings"] == []


def test_bill_is_saved_when_its_hash_is_right_and_compared(server: Server, tmp_path: Path) -> None:
    day = said(server, "bill").split()[0]
    saved = tmp_path / "bill.csv"
    assert "the hash is right" in said(server, "bill", day, "--out", str(saved))
    *body, last = saved.read_bytes().splitlines(keepends=True)
    assert last.strip().decode() == f"sha256,{hashlib.sha256(b''.join(body)).hexdigest()}"
    assert said(server, "bill", day).encode().splitlines() == saved.read_bytes().splitlines()
    rows = [row for row in csv.DictReader(io.StringIO(saved.read_text())) if row["kind"] in {"payment", "refund"}]
    states = {"payment": "paid", "refund": "refunded"}
    mine = [f"{row['order_ref']},{row['refund_id']},{states[row['kind']]},{row['paid'].lstrip('-')}" for row in rows]
    file = tmp_path / "mine.csv"
    file.write_text("\n".join(["order_ref,refund_id,state,amount", *mine]))
    assert "no difference" in said(server, "bill", day, "--compare", str(file))
    file.write_text("\n".join(["order_ref,refund_id,state,amount", *mine[1:], "gone,,paid,1.00"]))
    told = said(server, "bill", day, "--compare", str(file), code=1)
    assert f"missing_here   Row {len(mine) + 1}, column order_ref: you have gone" in told
    assert "missing_there" in told
    file.write_text("order_ref,amount\n")
    assert "row 1, column refund_id" in said(server, "bill", day, "--compare", str(file), code=1)


def test_payout_pays_fails_and_pays_nothing_twice(server: Server) -> None:
    failed = said(server, "payout", "--merchant", "tea-corner", "--account", "sandbox-fails", code=1)
    assert "failed: the account is closed" in failed
    paid = said(server, "payout", "--merchant", "tea-corner", "--account", "sandbox-ok")
    assert re.search(r"tea-corner +[\d.]+ CNY  paid  out_tea-corner_CNY_000002", paid)
    assert "nothing is settled to pay out" in said(server, "payout", "--merchant", "tea-corner")
    assert server.audit()["findings"] == []


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["settle", "--day", "9000-01-01"], 1, "is not over"),
        (["settle", "--day", "tomorrow"], 1, "day"),
        (["settle", "--merchant", "nobody"], 1, "merchant_not_found"),
        (["payout", "--merchant", "nobody"], 1, "merchant_not_found"),
        (["payout", "--account", "sandbox-ok"], 2, "Give --merchant too"),
        (["bill", "2020-01-01"], 1, "statement_not_found"),
        (["bill", "9000-01-01"], 1, "day_not_over"),
        (["bill", "2026-02-30"], 1, "is not a day"),
        (["bill", "--merchant", "nobody"], 1, "No key for 'nobody'"),
        (["bill", "2020-01-01", "--compare", "/nowhere.csv"], 2, "/nowhere.csv"),
    ],
)
def test_mistake_is_a_sentence(server: Server, words: list[str], code: int, told: str) -> None:
    assert told in said(server, *words, code=code)
