"""The API on a desk of its own: two merchants of a food court and a stranger, their keys, members who sign in."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar

from engine.api.app import create_api
from engine.clock import ManualClock
from engine.desk import Desk
from engine.ledger.sequencer import Sequencer
from engine.programs.api_keys import issue_key_script
from engine.programs.merchants import Merchant, Shop, add_merchants_script
from engine.programs.sms import SandboxSms
from engine.rails.sandbox_card import SandboxCard
from engine.rules.catalogue import Catalogue
from engine.rules.decision import Words
from engine.settings import Settings
from engine.store.database import Database
from engine.store.script import Script

START = datetime(2027, 3, 6, 4, 0, tzinfo=UTC)  # a Saturday noon in Shanghai
CORRIDOR = Path(__file__).parent.parent / "corridor"
NOODLES = {"id": "noodles", "sku": "beef-noodles", "quantity": 1, "unit_price_minor": 3200, "category": "noodles"}
MERCHANTS = ("noodle-house", "tea-corner", "cinema")


@dataclass
class House:
    """A running application and those who use it."""

    desk: Desk
    clock: ManualClock
    sms: SandboxSms
    app: Litestar
    keys: dict[str, str]
    http: httpx.AsyncClient
    _numbers: Any = field(default_factory=itertools.count)

    def key(self) -> dict[str, str]:
        return {"Idempotency-Key": f"key-{next(self._numbers)}"}

    def bearer(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[name]}"}

    async def code(self, phone: str) -> str:
        sent = await self.http.post("/v1/sign-in/codes", json={"phone": phone})
        assert sent.status_code == 202, sent.text
        return sent.json()["sandbox_code"]

    async def sign_in(self, phone: str, **more: object) -> httpx.Response:
        body = {"phone": phone, "code": await self.code(phone), "device_id": f"device-{phone[-4:]}", **more}
        return await self.http.post("/v1/sign-in", json=body)

    async def member(self, who: str, phone: str, *, balance: int = 0, **more: object) -> dict[str, Any]:
        """Sign up; afterwards ``bearer(who)`` is the member's session."""
        answer = await self.sign_in(phone, **more)
        assert answer.status_code == 200, answer.text
        self.keys[who] = answer.json()["token"]
        if balance:
            paid = await self.post("/v1/me/top-ups", {"amount_minor": balance}, who)
            assert paid.status_code == 201, paid.text
        return answer.json()["member"]

    async def get(self, path: str, name: str, **query: object) -> httpx.Response:
        return await self.http.get(path, headers=self.bearer(name), params=query)  # type: ignore[arg-type]

    async def post(self, path: str, body: object, name: str, *, key: str | None = None) -> httpx.Response:
        once = {"Idempotency-Key": key} if key else self.key()
        return await self.http.post(path, json=body, headers={**self.bearer(name), **once})

    async def pay_code(self, name: str) -> str:
        return (await self.get("/v1/me/pay-code", name)).json()["code"]

    async def order(self, name: str, order_ref: str | None = None, **more: object) -> dict[str, object]:
        return {
            "pay_code": await self.pay_code(name),
            "order_ref": order_ref or f"order-{next(self._numbers)}",
            "basket": {"currency": "CNY", "lines": [NOODLES]},
            **more,
        }

    async def publish(self, *, replace_all: bool = True, **text_by_id: str) -> httpx.Response:
        files = [{"name": f"{id_.replace('_', '-')}.yaml", "text": text} for id_, text in text_by_id.items()]
        body = {"files": files, "replace_all": replace_all}
        return await self.post("/v1/operator/campaigns", body, "operator")


async def house_on(database: Database, url: str) -> House:
    settings, clock, sms = Settings(database_url=url), ManualClock(START), SandboxSms()
    desk = Desk(
        settings=settings,
        clock=clock,
        database=database,
        sequencer=Sequencer(database, clock),
        rail=SandboxCard(clock=clock),
        catalogue=Catalogue.build(()),
    )
    app = create_api(desk, sms)
    keys = await database.write(_open(settings.tenant_id))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    http = httpx.AsyncClient(transport=transport, base_url="http://house")
    return House(desk=desk, clock=clock, sms=sms, app=app, keys=keys, http=http)


def _open(tenant_id: str) -> Script[dict[str, str]]:
    yield from add_merchants_script(tenant_id, [_merchant(id_) for id_ in MERCHANTS])
    keys = {}
    for id_ in MERCHANTS:
        keys[id_] = yield from issue_key_script(tenant_id, "merchant", id_, START)
    keys["operator"] = yield from issue_key_script(tenant_id, "operator", "", START)
    return keys


def _merchant(id_: str) -> Merchant:
    return Merchant(
        id=id_,
        name=Words(en=id_.replace("-", " ").title(), zh=id_),
        district="wangjing",
        category="food",
        tags=("food",) if id_ == "cinema" else ("food", "wangjing-food-court"),
        fee_bps=60,
        timezone="Asia/Shanghai",
        shops=(Shop(id=f"{id_}-1", name=Words(en="First", zh="一店"), district="wangjing"),),
    )
