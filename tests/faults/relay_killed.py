"""A server that is killed the moment a webhook arrives: sent, and never marked as sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from tests.live import Server, start_server

MERCHANT = "noodle-house"
LOOPBACK = {"YOUHUI_WEBHOOK_LOOPBACK": "1"}
PHONE = "13910000001"


@dataclass
class Hook:
    """What came; *kill* is called when the event of the order *at* comes, before it is answered."""

    port: int = 0
    came: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    kill: Any = None
    at: str = ""


@contextmanager
def listening() -> Iterator[Hook]:
    """Listen on a free port of this machine, in threads of its own."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            hook.came.append(msgspec.json.decode(body))
            hook.ids.append(self.headers["webhook-id"])
            if hook.kill is not None and hook.came[-1]["data"]["order_ref"] == hook.at:
                kill, hook.kill = hook.kill, None
                kill()
                return
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hook.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield hook
        server.shutdown()
        thread.join()


def relay_is_killed(database_url: str, folder: Path, rounds: int) -> None:
    """Kill the server in each round while it sends, start it again, and hold what came against what was charged."""
    charged: list[str] = []
    token = ""
    with listening() as hook:
        for number in range(rounds):
            with start_server(database_url, folder, **LOOPBACK) as server:
                if not token:
                    token = _join(server)
                    _register(server, hook)
                hook.at, hook.kill = f"killed-{number}", server.process.kill
                charged.append(_charge(server, token, number))
                server.process.wait(20)
                assert hook.kill is None, "nothing was sent before the server was killed"
        with start_server(database_url, folder, **LOOPBACK) as server:
            server.eventually(lambda: _pending(server) == 0, "everything was delivered")
            feed = server.till(MERCHANT).get("/v1/events").json()
            assert server.audit()["findings"] == []
    ids = [one["id"] for one in feed["items"]]
    assert [one["data"]["payment_id"] for one in feed["items"]] == charged, "one event per payment, none missing"
    assert [one["seq"] for one in feed["items"]] == list(range(1, rounds + 1))
    assert set(hook.ids) == set(ids), "what was sent is what happened, under the same ids"
    assert len(hook.ids) >= rounds + 1, "nothing was sent twice: the kill did not fall between sending and marking"


def _join(server: Server) -> str:
    code = server.http.post("/v1/sign-in/codes", json={"phone": PHONE}).json()["sandbox_code"]
    body = {"phone": PHONE, "code": code, "device_id": "phone-1"}
    token: str = server.http.post("/v1/sign-in", json=body).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "first"}
    assert server.http.post("/v1/me/top-ups", json={"amount_minor": 500_000}, headers=headers).status_code == 201
    return token


def _register(server: Server, hook: Hook) -> None:
    body = {"url": f"http://127.0.0.1:{hook.port}/hook"}
    answer = server.till(MERCHANT).post("/v1/webhook-endpoints", json=body, headers={"Idempotency-Key": "hook"})
    assert answer.status_code == 201, answer.text


def _charge(server: Server, token: str, number: int) -> str:
    code = server.http.get("/v1/me/pay-code", headers={"Authorization": f"Bearer {token}"}).json()["code"]
    lines = [{"id": "1", "sku": "x", "quantity": 1, "unit_price_minor": 100}]
    order = {"pay_code": code, "order_ref": f"killed-{number}", "basket": {"currency": "CNY", "lines": lines}}
    answer = server.till(MERCHANT).post("/v1/payments", json=order, headers={"Idempotency-Key": f"k{number}"})
    assert answer.status_code == 201, answer.text
    paid: str = answer.json()["payment_id"]
    return paid


def _pending(server: Server) -> int:
    [endpoint] = server.till(MERCHANT).get("/v1/webhook-endpoints").json()["items"]
    count: int = endpoint["pending"]
    return count
