"""What operators ask at the command line of a running server: replay, jobs, dead letters."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.databases import SqliteFiles
from tests.live import Server, start_server


@pytest.fixture(scope="module")
def server(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the whole town, whose months of payments can be replayed."""
    folder = tmp_path_factory.mktemp("operating")
    with sqlite_files.fresh(folder) as url, start_server(url, folder, seed="town") as running:
        yield running


@contextmanager
def _database(server: Server) -> Iterator[sqlite3.Connection]:
    path = server.environment["YOUHUI_DATABASE_URL"].removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def test_every_payment_of_the_town_replays_the_same(server: Server) -> None:
    said = server.command("replay", "--all", "2020-01-01")
    assert (said.returncode, said.stderr) == (0, "")
    count = int(said.stdout.split()[0])
    assert count > 100
    assert said.stdout == f"{count} payments, all the same\n"
    assert server.command("replay", "--all", "2100-01-01T00:00:00Z").stdout == "0 payments, all the same\n"


def test_replay_says_same_with_the_digest_or_what_differs(server: Server) -> None:
    with _database(server) as database:
        id_, decision = database.execute("SELECT payment_id, decision FROM payment WHERE discount_minor > 0").fetchone()
    same = server.command("replay", id_)
    assert (same.returncode, same.stderr) == (0, "")
    assert same.stdout.startswith(f"{id_}: same, sha256 ")
    operator = server.operator()
    told = operator.get(f"/v1/operator/payments/{id_}/replay").json()
    assert (told["same"], told["differences"]) == (True, [])
    assert told["digest"] in same.stdout
    changed = json.loads(decision)
    changed["payable_minor"] += 1
    text = json.dumps(changed, separators=(",", ":"), ensure_ascii=False)
    try:
        _store(server, id_, text)
        differs = server.command("replay", id_)
        assert differs.returncode == 1
        assert (
            f"  payable_minor: stored {changed['payable_minor']}, again {changed['payable_minor'] - 1}\n"
            in differs.stdout
        )
        everything = server.command("replay", "--all", "2020-01-01")
        assert everything.returncode == 1
        assert everything.stdout.endswith("payments, 1 differ\n")
        assert json.loads(server.command("replay", id_, "--json").stdout)["same"] is False
        assert operator.get(f"/v1/operator/payments/{id_}/replay").json()["same"] is False
    finally:
        _store(server, id_, decision)


def _store(server: Server, payment_id: str, decision: str) -> None:
    with _database(server) as database:
        database.execute("UPDATE payment SET decision = ? WHERE payment_id = ?", (decision, payment_id))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["replay", "pay_unknown"], 1, "payment_not_found"),
        (["replay", "--all", "yesterday"], 2, "'yesterday' is not a date"),
        (["replay"], 2, "required"),
        (["letters", "--server", "http://127.0.0.1:1"], 2, "No server answers"),
    ],
)
def test_wrong_questions_are_told(server: Server, words: list[str], code: int, said: str) -> None:
    answer = server.command(*words)
    assert answer.returncode == code
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_jobs_are_listed_and_in_time(server: Server) -> None:
    server.eventually(lambda: "never" not in server.command("jobs").stdout, "every job has run")
    listed = server.command("jobs")
    assert listed.returncode == 0, listed.stdout
    assert "webhooks" in listed.stdout
    shown = server.operator().get("/v1/operator/jobs").json()
    assert shown["late"] == 0
    assert {one["job"] for one in shown["items"]} >= {"tell_merchants", "webhooks", "nightly_audit", "relay"}


def test_dead_letters_are_listed_and_sent_again(server: Server) -> None:
    assert server.command("letters").stdout == "0 dead letters\n"
    with _database(server) as database:
        database.execute(
            "INSERT INTO webhook_delivery VALUES ('youhui','noodle-house','ep_1',1,'evt_1','payment.committed','pay_1',"
            "'dead',1,1,10,1,500,'')"
        )
    listed = server.command("letters")
    assert (listed.returncode, "10 tries, status 500" in listed.stdout) == (1, True)
    assert server.command("letters", "--resend", "tea-corner").stdout == "0 on their way again\n"
    assert server.command("letters", "--resend").stdout == "1 on their way again\n"
    assert server.command("letters").returncode == 0
