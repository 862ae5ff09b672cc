"""A house whose merchants get webhooks; time is moved by hand and the jobs are run when told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from engine.checkout.tell_merchants import tell_merchants
from engine.outbox.dispatch import Dispatcher
from engine.outbox.post import HttpPost, Post
from engine.store.script import read, select
from tests.api.house import House

NOODLE_HOUSE = "noodle-house"
#: Real seconds until a receiver is too slow: a twentieth of what it is in service.
TIMEOUT_SECONDS = 1.0


@dataclass
class PostOffice:
    """What the jobs ``tell_merchants`` and ``webhooks`` do, step by step."""

    house: House
    post: Post = field(default_factory=lambda: HttpPost(loopback=True, timeout_seconds=TIMEOUT_SECONDS))

    async def register(self, url: str, merchant: str = NOODLE_HOUSE, **more: Any) -> dict[str, Any]:
        answer = await self.house.post("/v1/webhook-endpoints", {"url": url, **more}, merchant)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def shown(self, endpoint: dict[str, Any], merchant: str = NOODLE_HOUSE) -> dict[str, Any]:
        answer = await self.house.get(f"/v1/webhook-endpoints/{endpoint['endpoint_id']}", merchant)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def deliveries(self, endpoint: dict[str, Any], **query: str) -> list[dict[str, Any]]:
        path = f"/v1/webhook-endpoints/{endpoint['endpoint_id']}/deliveries"
        answer = await self.house.get(path, NOODLE_HOUSE, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def charge(self, merchant: str = NOODLE_HOUSE, *, capture: bool = True) -> str:
        order = await self.house.order("lin", capture=capture)
        answer = await self.house.post("/v1/payments", order, merchant)
        assert answer.status_code == 201, answer.text
        self.house.clock.advance(timedelta(seconds=1))  # pay codes are used once
        return answer.json()["payment_id"]

    async def act(self, payment_id: str, verb: str, body: object = None, merchant: str = NOODLE_HOUSE) -> None:
        answer = await self.house.post(f"/v1/payments/{payment_id}/{verb}", body or {}, merchant)
        assert answer.is_success, answer.text

    async def refund(self, payment_id: str) -> None:
        await self.act(payment_id, "refunds", {"lines": [{"line_id": "noodles", "quantity": 1}]})

    async def relay(self) -> None:
        while await tell_merchants(self.house.desk):
            pass

    async def send(self) -> int:
        desk = self.house.desk
        return await Dispatcher(desk.database, desk.settings.tenant_id, clock=desk.clock, post=self.post).run()

    async def tell(self) -> int:
        await self.relay()
        return await self.send()

    async def pass_time(self, **time: float) -> int:
        """Let time go by in steps of seconds at first, minutes later, sending what is due after each."""
        until = self.house.clock.now() + timedelta(**time)
        tried = 0
        step = timedelta(seconds=5)
        while (left := until - self.house.clock.now()) > timedelta():
            self.house.clock.advance(min(step, left))
            tried += await self.tell()
            step = min(step * 1.05, timedelta(minutes=10))
        return tried

    async def rows(self, table: Any, **equals: object) -> list[dict[str, Any]]:
        return await self.house.desk.database.read(read(select(table, **equals)))
