"""A shop on a database of its own, as its till and its marketer use it: publish, reserve, commit, refund."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from engine.checkout.commit import commit
from engine.checkout.order import order_to_charge, order_to_quote
from engine.checkout.payment import payment_cell
from engine.checkout.quote import quote
from engine.checkout.refund import refund
from engine.checkout.request import Request
from engine.checkout.reserve import charge
from engine.clock import ManualClock
from engine.desk import Desk
from engine.ledger import accounts
from engine.ledger.counters import counter
from engine.ledger.sequencer import Sequencer
from engine.ledger.transfers import Transfer, post
from engine.ledger.work import Answer, Rows, Work
from engine.paycode import code
from engine.programs.members import member, number_claim
from engine.programs.merchants import Merchant, add_merchants_script
from engine.programs.publish import publish
from engine.rails.sandbox_card import SandboxCard
from engine.rules.catalogue import Catalogue
from engine.rules.decision import Words
from engine.settings import Settings
from engine.store.database import open_database
from engine.store.schema import create_schema
from engine.store.script import Row, Script, insert, select
from engine.wire.campaigns import CampaignFile, PublishRequest
from engine.wire.payments import Payment, PaymentRequest, Refunded, RefundRequest
from engine.wire.quotes import Quote, QuoteRequest
from tests.conformance.adapter_facts import NOW, SHOP

TENANT, SECRET = "conformance", b"a member's secret"
#: Any basket of a case can be paid.
BALANCE_MINOR = 10**14


class Refusal(Exception):  # noqa: N818 - a decided no, with its code
    """The till was refused."""


@dataclass
class Shop:
    """A desk, the till of one merchant, and members who join when they first pay."""

    desk: Desk
    _numbers: Any = field(default_factory=itertools.count)
    _number_by_member: dict[str, str] = field(default_factory=dict)

    async def publish(self, text_by_id: Mapping[str, str]) -> None:
        """Put the campaigns live."""
        files = tuple(CampaignFile(name=f"{id_}.yaml", text=text) for id_, text in text_by_id.items())
        asked = PublishRequest(files=files, replace_all=True)
        answer = await publish(self.desk, asked, caller="operator:1", key="publish", fingerprint=b"")
        if answer.kind != "done":
            raise Refusal(answer.code)

    async def open_for(self, names: Iterable[str]) -> None:
        """Let members join, each with a balance."""
        rows = []
        for name in dict.fromkeys(names):
            if name not in self._number_by_member:
                self._number_by_member[name] = f"{len(self._number_by_member):08}"
                rows.append(_member(name, self._number_by_member[name]))
        if rows:
            await self.desk.database.write(_join(rows))
            for row in rows:
                await self.desk.sequencer.submit(_topped_up(self.desk, str(row["home_id"])))

    async def quote(self, lines: list[dict[str, Any]]) -> Quote:
        """Ask what *lines* cost."""
        asked = msgspec.convert({"basket": self._basket(lines)}, QuoteRequest)
        return await quote(self.desk, order_to_quote(asked, SHOP))

    async def buy(self, name: str, lines: list[dict[str, Any]], *, at_most_minor: int | None = None) -> Payment:
        """Reserve what *lines* cost and commit it. Raises: Refusal when it is dearer than *at_most_minor*."""
        number = next(self._numbers)
        shown = code.make(self._number_by_member[name], SECRET, nonce=number % 100, now=self.desk.clock.now())
        asked = msgspec.convert(
            {
                "pay_code": shown,
                "order_ref": f"order-{number}",
                "basket": self._basket(lines),
                "max_payable_minor": at_most_minor,
                "capture": False,
            },
            PaymentRequest,
        )
        held = _payment(await charge(self.desk, order_to_charge(asked, SHOP), self._request(asked)))
        return _payment(await commit(self.desk, SHOP, held.payment_id, self._request(held.payment_id)))

    async def give_back(self, payment_id: str, asked: dict[str, Any]) -> Refunded:
        """Refund. Raises: Refusal."""
        request = msgspec.convert(asked, RefundRequest)
        answer = await refund(self.desk, SHOP, payment_id, request, self._request([payment_id, asked]))
        return msgspec.json.decode(_body(answer), type=Refunded)

    async def used(self, campaign_id: str, limit: str) -> int:
        """Return what the campaign's counter of *limit* has taken."""
        rows = await self.desk.database.read(
            _rows(counter, tenant_id=TENANT, campaign_id=campaign_id, limit_name=limit, scope_kind="campaign")
        )
        return sum(row["used"] + row["reserved"] for row in rows)

    async def discounts_left(self, payment_id: str) -> dict[str, int]:
        """Return what is left of the discounts on each line of a payment."""
        left: dict[str, int] = {}
        for row in await self.desk.database.read(_rows(payment_cell, tenant_id=TENANT, payment_id=payment_id)):
            left[row["line_id"]] = left.get(row["line_id"], 0) + row["amount_minor"] - row["refunded_minor"]
        return left

    def _basket(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        return {"currency": self.desk.settings.currency, "lines": lines}

    def _request(self, body: object) -> Request:
        return Request("till:1", f"key-{next(self._numbers)}", msgspec.json.encode(body))


@asynccontextmanager
async def shop_of(currency: str, merchant_ids: Iterable[str], now: datetime = NOW) -> AsyncIterator[Shop]:
    """Open a shop that sells in *currency*, with neighbours, at *now*; its database is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="youhui-conformance-") as folder:
        path = Path(folder) / "youhui.db"
        shutil.copyfile(_template(), path)
        settings = Settings(database_url=f"sqlite:///{path}", tenant_id=TENANT, currency=currency)
        database, clock = await open_database(settings), ManualClock(now)
        desk = Desk(
            settings=settings,
            clock=clock,
            database=database,
            sequencer=Sequencer(database, clock),
            rail=SandboxCard(),
            catalogue=Catalogue.build(()),
        )
        try:
            await database.write(add_merchants_script(TENANT, [_merchant(id_) for id_ in dict.fromkeys(merchant_ids)]))
            yield Shop(desk)
        finally:
            await desk.sequencer.close()
            await database.close()


@cache
def _template() -> Path:
    """Make the schema once."""
    path = Path(tempfile.mkdtemp(prefix="youhui-conformance-")) / "template.db"
    create_schema(Settings(database_url=f"sqlite:///{path}"))
    return path


def _merchant(id_: str) -> Merchant:
    return Merchant(
        id=id_,
        name=Words(en=id_, zh=id_),
        district="",
        category="",
        tags=("food-court",),
        fee_bps=0,
        timezone="UTC",
        shops=(),
    )


def _member(name: str, number: str) -> dict[str, object]:
    return {
        "tenant_id": TENANT,
        "home_id": name,
        "name": name,
        "phone_masked": "",
        "locale": "en",
        "number": number,
        "code_secret": SECRET.hex(),
        "invite_code": f"code-{name}",
        "invited_by": "",
        "device_id": f"phone-{name}",
        "state": "open",
        "tags": "[]",
        "segments": "[]",
        "created_at": 0,
    }


def _join(rows: list[dict[str, object]]) -> Script[None]:
    yield insert(member, rows)
    claims = [{"tenant_id": TENANT, "home_id": f"number:{row['number']}", "member_id": row["home_id"]} for row in rows]
    yield insert(number_claim, claims)


def _topped_up(desk: Desk, name: str) -> Work:
    def decide(rows: Rows) -> Answer:
        moved = Transfer(
            tenant_id=TENANT,
            home_id=name,
            transfer_id=f"top-up-{name}",
            debit=accounts.BANK,
            credit=accounts.wallet(name),
            amount_minor=BALANCE_MINOR,
            currency=desk.settings.currency,
            kind="top_up",
            created_at=desk.clock.now(),
        )
        post(rows, moved)
        return Answer("done", "", b"")

    locks = [accounts.wallet_lock(TENANT, name, desk.settings.currency)]
    return Work(tenant_id=TENANT, caller="till:1", key=None, fingerprint=b"", locks=locks, decide=decide)


def _payment(answer: Answer) -> Payment:
    return msgspec.json.decode(_body(answer), type=Payment)


def _body(answer: Answer) -> bytes:
    if answer.kind != "done":
        raise Refusal(answer.code)
    return answer.body


def _rows(table: Any, **equals: object) -> Script[list[Row]]:
    return (yield select(table, **equals))
