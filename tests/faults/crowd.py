"""Shoppers at one till, all at once, with a log of every charge: what was asked, under which key, and what came back.

A charge without an answer stays in doubt until the same key is asked again. At the end the log is held against the books.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from engine.ledger.counters import counter
from engine.settings import Settings
from engine.store.database import open_for_reading
from engine.store.script import read, select
from tests.live import Server

MERCHANT = "tea-corner"
BALANCE = 500_000
UNITS = 400
MANGO = {"id": "mango", "sku": "mango-tea", "unit_price_minor": 2990, "quantity": 1}
MANGO_FLASH = """\
campaign: mango-flash
kind: flash
currency: CNY
name: {en: "Mango for 9.90", zh: "芒果9.9元"}
funding: {platform: 50%, merchant: 50%}
schedule: {from: 2026-01-01, until: 2036-01-01, timezone: Asia/Shanghai}
scope: {merchants: {ids: [tea-corner]}}
give: [{fixed_price: {price: 9.90, units: UNITS_PER_USE, items: {skus: [mango-tea]}}}]
limits: {LIMITS}
stacking: {phase: item}
"""
#: What a till sees of a fault: try the same key again. Nothing else but a decision may come back.
AGAIN = {503, 507}
#: A charge in doubt that was never done can't be done any more: its code died, or paid the shopper's next order.
OVER = {"pay_code_expired", "pay_code_used"}


@dataclass
class Charge:
    """One charge that was asked for."""

    key: str
    body: dict[str, Any]
    answer: bytes | None = None


@dataclass
class Crowd:
    """Shoppers who have signed up; the log outlives the servers."""

    charges: list[Charge] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0
    unavailable: int = 0
    _numbers: Any = field(default_factory=itertools.count)

    async def join(self, server: Server, size: int, *, balance: int = BALANCE) -> None:
        """Sign *size* shoppers up and top their wallets up."""
        async with client_of(server) as http:
            first = len(self.tokens)
            self.tokens += await asyncio.gather(*(_join(http, first + number, balance) for number in range(size)))

    async def shop(self, server: Server, going: Callable[[], bool], *, shoppers: int) -> None:
        """Charge without pause while *going* says so; whoever finds the line cut goes home."""
        async with client_of(server) as http, till_of(server) as till:

            async def one(token: str) -> None:
                while going():
                    if not await self._charge(http, till, token):
                        return

            await asyncio.gather(*(one(token) for token in self.tokens[:shoppers]))

    async def _charge(self, http: httpx.AsyncClient, till: httpx.AsyncClient, token: str) -> bool:
        try:
            begun = time.monotonic()
            shown = await http.get("/v1/me/pay-code", headers={"Authorization": f"Bearer {token}"})
            self._timed(begun, shown)
            if not shown.is_success:
                assert shown.status_code in AGAIN, shown.text
                await asyncio.sleep(0.05)
                return True
            await self.send(till, self.order(shown.json()["code"]))
        except httpx.TransportError:
            return False
        return True

    def order(self, code: str, **more: object) -> Charge:
        """Write the next charge into the log."""
        name = f"o-{next(self._numbers)}"
        body = {"pay_code": code, "order_ref": name, "basket": {"currency": "CNY", "lines": [MANGO]}, **more}
        charge = Charge(f"k-{name}", body)
        self.charges.append(charge)
        return charge

    async def send(self, till: httpx.AsyncClient, charge: Charge) -> httpx.Response:
        """Ask, or ask again: a fault is told as such, an answer is the same bytes every time."""
        begun = time.monotonic()
        answer = await till.post("/v1/payments", json=charge.body, headers={"Idempotency-Key": charge.key})
        self._timed(begun, answer)
        if answer.status_code in AGAIN:
            return answer
        if answer.status_code == 201:
            assert charge.answer in (None, answer.content), "another answer under the same key"
            charge.answer = answer.content
            return answer
        assert charge.answer is None, answer.text
        assert answer.json()["code"] in OVER, answer.text
        return answer

    def _timed(self, begun: float, answer: httpx.Response) -> None:
        self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - begun)
        if answer.status_code in AGAIN:
            self.unavailable += 1
            assert answer.headers["content-type"] == "application/problem+json"
            assert "retry-after" in answer.headers

    @property
    def answered(self) -> int:
        """How many charges were acknowledged."""
        return sum(charge.answer is not None for charge in self.charges)

    @property
    def in_doubt(self) -> list[Charge]:
        """The charges that nobody answered."""
        return [charge for charge in self.charges if charge.answer is None]

    async def ask_again(self, server: Server) -> int:
        """Send what is in doubt once more under its key; return how many are paid for now."""
        doubts = self.in_doubt
        async with till_of(server) as till:
            answers = await asyncio.gather(*(self.send(till, charge) for charge in doubts))
        for charge, answer in zip(doubts, answers, strict=True):
            if answer.status_code in {402, 409}:
                self.charges.remove(charge)
                assert await _not_found(server, charge), "an expired code was charged all the same"
        assert not self.in_doubt
        return len(doubts)

    async def prove(self, server: Server, database_url: str, *, units: int | None = None) -> None:
        """Hold the log against the books: each charge once, to the cent, no unit too many, the audit clean."""
        async with till_of(server) as till, client_of(server) as http:
            shown = await asyncio.gather(
                *(till.get("/v1/payments", params={"order_ref": one.body["order_ref"]}) for one in self.charges)
            )
            assert {one.status_code for one in shown} == {200}
            assert [one.content for one in shown] == [charge.answer for charge in self.charges]
            again = await asyncio.gather(*(self.send(till, charge) for charge in self.charges[::7]))
            assert {one.status_code for one in again} <= {201}
            wallets = await asyncio.gather(
                *(http.get("/v1/me", headers={"Authorization": f"Bearer {token}"}) for token in self.tokens)
            )
        paid = sum(one.json()["paid_minor"] for one in shown)
        assert sum(BALANCE - one.json()["balance_minor"] for one in wallets) == paid
        given = sum(one.json()["discount_minor"] > 0 for one in shown)
        if units is not None:
            assert given <= units
        assert await counted(database_url) == [(given, 0)] or given == 0
        assert server.audit()["findings"] == []


async def counted(database_url: str) -> list[tuple[int, int]]:
    """Return used and reserved of the flash campaign's units, read beside the server."""
    database = await open_for_reading(Settings(database_url=database_url))
    rows = await database.read(read(select(counter, campaign_id="mango-flash", scope_kind="campaign")))
    await database.close()
    return [(row["used"], row["reserved"]) for row in rows if row["limit_name"].startswith("units")]


def publish_flash(
    server: Server, folder: Path, *, limits: str = f"units: {{total: {UNITS}}}", per_use: int = 1
) -> None:
    """Put the flash campaign live."""
    campaigns = folder / "campaigns"
    campaigns.mkdir(exist_ok=True)
    text = MANGO_FLASH.replace("LIMITS", limits).replace("UNITS_PER_USE", str(per_use))
    (campaigns / "mango-flash.yaml").write_text(text, "utf-8")
    server.publish(campaigns)


def client_of(server: Server, key: str | None = None, *, connections: int = 64) -> httpx.AsyncClient:
    """Return a client of *server*, of nobody or of who has *key*."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(base_url=server.url, headers=headers, limits=limits, timeout=120)


def till_of(server: Server, *, connections: int = 64) -> httpx.AsyncClient:
    """Return the till's client."""
    return client_of(server, server.keys["merchants"][MERCHANT], connections=connections)


async def pay_code(http: httpx.AsyncClient, token: str) -> str:
    """Show a pay code."""
    answer = await http.get("/v1/me/pay-code", headers={"Authorization": f"Bearer {token}"})
    assert answer.is_success, answer.text
    code: str = answer.json()["code"]
    return code


async def _join(http: httpx.AsyncClient, number: int, balance: int) -> str:
    phone = f"1360000{number:04}"
    sent = await http.post("/v1/sign-in/codes", json={"phone": phone})
    body = {"phone": phone, "code": sent.json()["sandbox_code"], "device_id": f"phone-{number}"}
    token: str = (await http.post("/v1/sign-in", json=body)).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "first"}
    topped_up = await http.post("/v1/me/top-ups", json={"amount_minor": balance}, headers=headers)
    assert topped_up.status_code == 201, topped_up.text
    return token


async def _not_found(server: Server, charge: Charge) -> bool:
    async with till_of(server) as till:
        shown = await till.get("/v1/payments", params={"order_ref": charge.body["order_ref"]})
    return shown.status_code == 404
