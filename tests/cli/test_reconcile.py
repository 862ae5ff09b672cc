"""A card payment left in doubt by a killed server, and the bank's file held against the books from the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.live import Server, start_server

LINES = [{"id": "1", "sku": "beef-noodles", "quantity": 1, "unit_price_minor": 3200}]


def member(server: Server) -> httpx.Client:
    code = server.http.post("/v1/sign-in/codes", json={"phone": "13800000009"}).json()["sandbox_code"]
    body = {"phone": "13800000009", "code": code, "device_id": "phone"}
    return server.client(server.http.post("/v1/sign-in", json=body).json()["token"])


def send(client: httpx.Client, path: str, body: dict, key: str) -> httpx.Response:
    return client.post(path, json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_payment_in_doubt_survives_kill_9_and_the_bank_s_file_agrees(database_url: str, tmp_path: Path) -> None:
    with start_server(database_url, tmp_path) as server:
        shopper = member(server)
        card = {"bin": "622848", "last4": "4242", "token": "sandbox-times-out"}
        card_id = send(shopper, "/v1/me/cards", card, "card").json()["card_id"]
        assert shopper.patch("/v1/me", json={"tool": card_id}).status_code == 200
        code = shopper.get("/v1/me/pay-code").json()["code"]
        order = {"pay_code": code, "order_ref": "o", "basket": {"currency": "CNY", "lines": LINES}}
        first = send(server.till("noodle-house"), "/v1/payments", order, "k")
        assert (first.status_code, first.json()["state"]) == (202, "capturing")
        server.process.kill()
        server.process.wait(10)
    with start_server(database_url, tmp_path) as server:
        till = server.till("noodle-house")
        server.eventually(
            lambda: send(till, "/v1/payments", order, "k").status_code == 201, "the repeat learns the end"
        )
        last = send(till, "/v1/payments", order, "k").json()
        assert (last["payment_id"], last["state"]) == (first.json()["payment_id"], "committed")
        assert server.audit()["findings"] == []
        _reconciled(server, tmp_path / "bank.csv")


def _reconciled(server: Server, file: Path) -> None:
    day = datetime.now(UTC).date().isoformat()
    agreed = server.command("reconcile", "rail", str(file), "--fetch", "--day", day)
    assert (agreed.returncode, "1 rows, 1 agree, 0 differences" in agreed.stdout) == (0, True), agreed.stdout
    file.write_text(file.read_text("utf-8").replace("3200", "3100"), "utf-8")
    differs = server.command("reconcile", "rail", str(file))
    assert differs.returncode == 1
    assert "amount" in differs.stdout
    file.write_text(file.read_text("utf-8").replace("3100", "x"), "utf-8")
    malformed = server.command("reconcile", "rail", str(file))
    assert malformed.returncode == 1
    assert "Row 2, column amount_minor" in malformed.stderr
    assert server.command("reconcile", "rail", str(file.with_name("none.csv"))).returncode == 2
