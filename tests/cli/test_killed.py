"""A server killed in the middle of holds, commits and refunds: nothing that was answered is lost, nothing happens twice.

Every shopper keeps a log: what was asked under which key, and the answer when there was one. After the kill another server
is asked all of it again: what was answered gets the same bytes, and what was in doubt is done once.
"""

from __future__ import annotations

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.live import Server, start_server

SHOPPERS = 6
KILLS = (20, 45)
BALANCE = 500_000
UNITS = 4
_names = itertools.count()


@dataclass
class Shopper:
    """One shopper at one till, and the log of what was asked."""

    number: int
    token: str = ""
    log: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, till: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
        entry = {"path": path, "body": body, "key": f"{self.number}-{next(_names)}", "answer": None}
        self.log.append(entry)
        return self.send(till, entry)

    def send(self, till: httpx.Client, entry: dict[str, Any]) -> dict[str, Any]:
        answer = till.post(entry["path"], json=entry["body"], headers={"Idempotency-Key": entry["key"]})
        assert answer.is_success, answer.text
        if entry["answer"] is not None:
            assert answer.content == entry["answer"], "another answer under the same key"
        entry["answer"] = answer.content
        shown: dict[str, Any] = answer.json()
        return shown

    def shop(self, server: Server, till: httpx.Client, kill_at: int, answered: list[int]) -> None:
        """Hold, commit, refund in parts, until the line is cut; whoever sees the number of answers come up kills."""
        bearer = {"Authorization": f"Bearer {self.token}"}
        while True:
            code = server.http.get("/v1/me/pay-code", headers=bearer).json()["code"]
            lines = [{"id": "1", "sku": "x", "quantity": UNITS, "unit_price_minor": 333}]
            order = {"pay_code": code, "order_ref": f"{self.number}-{next(_names)}", "capture": len(self.log) % 3 == 0}
            paid = self.ask(till, "/v1/payments", {**order, "basket": {"currency": "CNY", "lines": lines}})
            steps = [] if paid["state"] == "committed" else [(f"/v1/payments/{paid['payment_id']}/commit", {})]
            back = {"lines": [{"line_id": "1", "quantity": 1}]}
            steps += [(f"/v1/payments/{paid['payment_id']}/refunds", back)] * 2
            for path, body in steps:
                self.ask(till, path, body)
                answered.append(self.number)
                if len(answered) == kill_at:
                    server.process.kill()


def join(server: Server, shopper: Shopper) -> None:
    phone = f"1391000000{shopper.number}"
    code = server.http.post("/v1/sign-in/codes", json={"phone": phone}).json()["sandbox_code"]
    body = {"phone": phone, "code": code, "device_id": f"phone-{shopper.number}"}
    shopper.token = server.http.post("/v1/sign-in", json=body).json()["token"]
    headers = {"Authorization": f"Bearer {shopper.token}", "Idempotency-Key": "first"}
    assert server.http.post("/v1/me/top-ups", json={"amount_minor": BALANCE}, headers=headers).status_code == 201


def test_killed_server_loses_nothing_answered_and_does_nothing_twice(database_url: str, tmp_path: Path) -> None:
    shoppers = [Shopper(number) for number in range(SHOPPERS)]
    for kill_at in KILLS:
        with start_server(database_url, tmp_path) as server:
            till = server.till("noodle-house")
            for shopper in shoppers:
                if not shopper.token:
                    join(server, shopper)
            ask_again(shoppers, till)
            answered: list[int] = []
            with ThreadPoolExecutor(SHOPPERS) as pool:
                cut = [pool.submit(shopper.shop, server, till, kill_at, answered) for shopper in shoppers]
                assert all(isinstance(one.exception(60), httpx.TransportError) for one in cut)
            assert len(answered) >= kill_at
    with start_server(database_url, tmp_path) as server:
        till = server.till("noodle-house")
        ask_again(shoppers, till)
        for shopper in shoppers:
            prove(server, till, shopper)
        assert server.audit()["findings"] == []


def ask_again(shoppers: list[Shopper], till: httpx.Client) -> None:
    """Send everything again, what was in doubt included."""
    for shopper in shoppers:
        for entry in list(shopper.log):
            if entry["answer"] is None and is_over(till, entry):
                shopper.log.remove(entry)  # nothing was charged, and the code died while the server was away
            else:
                shopper.send(till, entry)


def is_over(till: httpx.Client, entry: dict[str, Any]) -> bool:
    """Whether a charge in doubt was never done and can't be done any more."""
    answer = till.post(entry["path"], json=entry["body"], headers={"Idempotency-Key": entry["key"]})
    return answer.status_code == 402 and answer.json()["code"] == "pay_code_expired"


def prove(server: Server, till: httpx.Client, shopper: Shopper) -> None:
    """Hold what the server says against the log, to the cent."""
    refunds = Counter(entry["path"].split("/")[3] for entry in shopper.log if entry["path"].endswith("/refunds"))
    spent = 0
    for entry in shopper.log:
        if entry["path"] == "/v1/payments":
            shown = till.get("/v1/payments", params={"order_ref": entry["body"]["order_ref"]}).json()
            assert len(shown["refunds"]) == refunds[shown["payment_id"]] <= 2
            assert shown["refunded_minor"] == 333 * refunds[shown["payment_id"]]
            spent += UNITS * 333 - shown["refunded_minor"]
    me = server.http.get("/v1/me", headers={"Authorization": f"Bearer {shopper.token}"}).json()
    assert me["balance_minor"] == BALANCE - spent
