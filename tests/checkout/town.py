"""A small town for tests of money: two merchants of one food court and a stranger, members with balances, a till."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from engine.checkout.ask_open import ask_open_orders
from engine.checkout.commit import commit
from engine.checkout.order import order_to_charge, order_to_quote
from engine.checkout.quote import quote
from engine.checkout.refund import refund
from engine.checkout.release import release
from engine.checkout.request import Request
from engine.checkout.reserve import charge
from engine.checkout.top_up import top_up_table
from engine.clock import ManualClock
from engine.desk import Desk
from engine.ledger import accounts
from engine.ledger.sequencer import Sequencer
from engine.ledger.transfers import Transfer, post
from engine.ledger.work import Answer, Rows, Work
from engine.outbox.relay import relay
from engine.paycode import code
from engine.programs.cards import bind_card
from engine.programs.members import member, number_claim
from engine.programs.merchants import Merchant, Shop, add_merchants_script
from engine.programs.referral import HANDLERS
from engine.rails.sandbox_card import SandboxCard
from engine.rules.campaign import Campaign
from engine.rules.catalogue import Catalogue
from engine.rules.decision import Words
from engine.rules.language.read import read_set
from engine.settings import Settings
from engine.store.database import Database
from engine.store.instants import to_micros
from engine.store.script import Row, Script, insert, select, update
from engine.wire.cards import CardRequest
from engine.wire.payments import Payment, PaymentRequest, Refunded, RefundRequest
from engine.wire.quotes import Quote, QuoteRequest

CAMPAIGNS = Path(__file__).parent.parent / "corridor"
START = datetime(2027, 3, 6, 4, 0, tzinfo=UTC)  # noon in Shanghai
TENANT = "youhui"
NOODLES = {"id": "noodles", "sku": "beef-noodles", "quantity": 1, "unit_price_minor": 3200, "category": "noodles"}
CUCUMBER = {"id": "cucumber", "sku": "cucumber", "quantity": 1, "unit_price_minor": 1200, "category": "dish"}
TEA = {
    "id": "tea",
    "sku": "oolong",
    "quantity": 1,
    "unit_price_minor": 1800,
    "category": "tea",
    "merchant_id": "tea-corner",
}
MANGO = {"id": "mango", "sku": "mango-tea", "quantity": 1, "unit_price_minor": 2990, "category": "dessert"}
_SECRET = b"a member's secret"


def corridor_campaigns() -> list[Campaign]:
    files = [(path.name, path.read_text("utf-8")) for path in sorted(CAMPAIGNS.glob("*.yaml"))]
    campaigns, mistakes = read_set(files)
    assert not mistakes, [str(mistake) for mistake in mistakes]
    return list(campaigns)


@dataclass
class Town:
    """A desk with people around it. Amounts are in minor units of CNY."""

    desk: Desk
    clock: ManualClock
    woken: list[str] = field(default_factory=list)
    _keys: Any = field(default_factory=itertools.count)
    _nonces: Any = field(default_factory=lambda: itertools.cycle(range(100)))
    _numbers: dict[str, str] = field(default_factory=dict)

    def run(self, *campaigns: Campaign) -> None:
        self.desk.catalogue = Catalogue.build(campaigns)
        self.desk.revision += 1

    async def join(self, *member_ids: str, balance: int = 0, invited_by: str = "", **more: str) -> None:
        rows = []
        for id_ in member_ids:
            self._numbers[id_] = f"{len(self._numbers):08}"
            rows.append(_member(id_, self._numbers[id_], invited_by, more))
        await self.desk.database.write(_join(rows))
        for id_ in member_ids:
            if balance:
                await self.give(id_, balance)

    async def give(self, member_id: str, amount: int) -> None:
        gift_id = f"gift-{next(self._keys)}"

        def decide(rows: Rows) -> Answer:
            rows.insert(top_up_table, **_gift(member_id, gift_id, amount))
            post(
                rows,
                Transfer(
                    tenant_id=TENANT,
                    home_id=member_id,
                    transfer_id=gift_id,
                    debit=accounts.BANK,
                    credit=accounts.wallet(member_id),
                    amount_minor=amount,
                    currency="CNY",
                    kind="top_up",
                    created_at=self.clock.now(),
                ),
            )
            return Answer("done", "", b"")

        locks = [accounts.wallet_lock(TENANT, member_id, "CNY")]
        await self.desk.sequencer.submit(
            Work(tenant_id=TENANT, caller="test", key=None, fingerprint=b"", locks=locks, decide=decide)
        )

    def request(self, body: object, *, caller: str = "till:1", key: str | None = None) -> Request:
        return Request(caller, key or f"key-{next(self._keys)}", msgspec.json.encode(body))

    def code(self, member_id: str) -> str:
        return code.make(self._numbers[member_id], _SECRET, nonce=next(self._nonces), now=self.clock.now())

    async def charge(
        self,
        member_id: str,
        *lines: dict[str, Any],
        merchant_id: str = "noodle-house",
        order_ref: str | None = None,
        key: str | None = None,
        pay_code: str | None = None,
        **more: Any,
    ) -> Answer:
        asked = msgspec.convert(
            {
                "pay_code": pay_code or self.code(member_id),
                "order_ref": order_ref or f"order-{next(self._keys)}",
                "basket": {"currency": "CNY", "lines": list(lines)},
                **more,
            },
            PaymentRequest,
        )
        return await charge(self.desk, order_to_charge(asked, merchant_id), self.request(asked, key=key))

    async def paid(self, member_id: str, *lines: dict[str, Any], **more: Any) -> Payment:
        answer = await self.charge(member_id, *lines, **more)
        assert answer.kind == "done", answer
        return msgspec.json.decode(answer.body, type=Payment)

    async def quote(
        self, *lines: dict[str, Any], merchant_id: str = "noodle-house", member_id: str | None = None
    ) -> Quote:
        asked = msgspec.convert({"basket": {"currency": "CNY", "lines": list(lines)}}, QuoteRequest)
        if member_id is not None:
            asked = msgspec.structs.replace(asked, pay_code=self.code(member_id))
        return await quote(self.desk, order_to_quote(asked, merchant_id))

    async def commit(self, payment_id: str, *, merchant_id: str = "noodle-house", key: str | None = None) -> Answer:
        return await commit(self.desk, merchant_id, payment_id, self.request(["commit", payment_id], key=key))

    async def release(self, payment_id: str, *, merchant_id: str = "noodle-house", key: str | None = None) -> Answer:
        return await release(self.desk, merchant_id, payment_id, self.request(["release", payment_id], key=key))

    async def refund(
        self,
        payment_id: str,
        lines: dict[str, int] | None = None,
        *,
        merchant_id: str = "noodle-house",
        key: str | None = None,
    ) -> Answer:
        asked = (
            {} if lines is None else {"lines": [{"line_id": id_, "quantity": count} for id_, count in lines.items()]}
        )
        request = msgspec.convert(asked, RefundRequest)
        return await refund(self.desk, merchant_id, payment_id, request, self.request([payment_id, asked], key=key))

    async def refunded(self, payment_id: str, lines: dict[str, int] | None = None, **more: Any) -> Refunded:
        answer = await self.refund(payment_id, lines, **more)
        assert answer.kind == "done", answer
        return msgspec.json.decode(answer.body, type=Refunded)

    async def relay(self) -> int:
        handlers = {
            type_: (lambda asked, handle=handle: handle(self.desk, asked)) for type_, handle in HANDLERS.items()
        }
        return await relay(self.desk.database, TENANT, handlers, self.clock.now())

    async def bind(self, member_id: str, kind: str = "sandbox-ok", *, default: bool = True, last4: str = "4242") -> str:
        """Bind a card that behaves as *kind* says; the pay code pays with it when *default*. Return its id."""
        asked = CardRequest(bin="622848", last4=last4, token=kind)  # type: ignore[arg-type]
        key = f"bind-{next(self._keys)}"
        answer = await bind_card(self.desk, member_id, asked, caller=f"member:{member_id}", key=key, fingerprint=b"")
        card_id: str = body(answer)["card_id"]
        if default:
            await self.desk.database.write(_set_tool(member_id, card_id))
        return card_id

    async def again(self) -> int:
        """What the job does: ask the bank about everything that is open; return how much it answered."""
        return await ask_open_orders(self.desk)

    async def rows(self, table: Any, **equals: object) -> list[Row]:
        return await self.desk.database.read(_rows(table, equals))

    async def balance(self, member_id: str) -> int:
        return await self.desk.database.read(accounts.balance_script(accounts.wallet_lock(TENANT, member_id, "CNY")))

    async def points(self, member_id: str) -> int:
        return await self.desk.database.read(accounts.balance_script(accounts.points_lock(TENANT, member_id)))

    async def account(self, account_id: str) -> int:
        """The balance of an account by its transfers."""
        from engine.ledger.transfers import transfer

        rows = await self.rows(transfer, tenant_id=TENANT, state="posted")
        return sum(r["amount_minor"] for r in rows if r["credit_account"] == account_id) - sum(
            r["amount_minor"] for r in rows if r["debit_account"] == account_id
        )

    async def events(self, member_id: str) -> list[str]:
        from engine.outbox.events import events_script

        events = await self.desk.database.read(events_script(TENANT, member_id, 0))
        assert [one.seq for one in events] == list(range(1, len(events) + 1))
        return [one.type for one in events]

    async def assert_books(self) -> None:
        from engine.audit.audit import audit

        report = await audit(self.desk.database, TENANT)
        assert list(report.findings) == []

    def wait(self, **step: float) -> None:
        self.clock.advance(timedelta(**step))


async def town_on(database: Database) -> Town:
    clock = ManualClock(START)
    woken: list[str] = []
    desk = Desk(
        settings=Settings(tenant_id=TENANT),
        clock=clock,
        database=database,
        sequencer=Sequencer(database, clock),
        rail=SandboxCard(clock=clock),
        catalogue=Catalogue.build(()),
        wake=woken.append,
    )
    await database.write(
        add_merchants_script(
            TENANT,
            [
                _merchant("noodle-house", "Qinghe noodle house", "青禾小馆", 60, "wangjing-food-court"),
                _merchant("tea-corner", "Shiguang tea", "拾光茶铺", 0, "wangjing-food-court"),
                _merchant("book-shop", "Book shop", "书店", 60, "books"),
            ],
        )
    )
    return Town(desk, clock, woken)


def body(answer: Answer) -> Any:
    return json.loads(answer.body)


def problem(answer: Answer) -> tuple[str, str]:
    return answer.kind, answer.code


def discounts(payment: Payment | Quote) -> dict[str, int]:
    return {offer.campaign_id: offer.amount_minor for offer in payment.applied}


def _merchant(id_: str, en: str, zh: str, fee_bps: int, *tags: str) -> Merchant:
    return Merchant(
        id=id_,
        name=Words(en=en, zh=zh),
        district="wangjing",
        category="food",
        tags=tags,
        fee_bps=fee_bps,
        timezone="Asia/Shanghai",
        shops=(Shop(id=f"{id_}-1", name=Words(en="First", zh="一店"), district="wangjing"),),
    )


def _member(id_: str, number: str, invited_by: str, more: dict[str, str]) -> dict[str, object]:
    return {
        "tenant_id": TENANT,
        "home_id": id_,
        "name": id_,
        "phone_masked": "139****0000",
        "locale": "zh",
        "number": number,
        "code_secret": _SECRET.hex(),
        "invite_code": f"code-{id_}",
        "invited_by": invited_by,
        "device_id": f"phone-{id_}",
        "state": "open",
        "tags": "[]",
        "segments": "[]",
        "created_at": to_micros(START),
        **more,
    }


def _gift(member_id: str, gift_id: str, amount: int) -> dict[str, object]:
    """A top-up that the bank did."""
    return {
        "tenant_id": TENANT,
        "home_id": member_id,
        "top_up_id": gift_id,
        "amount_minor": amount,
        "currency": "CNY",
        "card": "sandbox-ok",
        "state": "booked",
        "asked_at": to_micros(START),
        "caller": f"member:{member_id}",
        "idempotency_key": gift_id,
        "fingerprint": b"",
    }


def _join(rows: Iterable[dict[str, object]]) -> Script[None]:
    listed = list(rows)
    yield insert(member, listed)
    yield insert(
        number_claim,
        [{"tenant_id": TENANT, "home_id": f"number:{row['number']}", "member_id": row["home_id"]} for row in listed],
    )


def _set_tool(member_id: str, tool: str) -> Script[None]:
    yield update(member, [{"tenant_id": TENANT, "home_id": member_id, "tool": tool}])


def _rows(table: Any, equals: dict[str, object]) -> Script[list[Row]]:
    return (yield select(table, **equals))
