"""Ten days of a kiosk in Berlin, over HTTP: a clock change, a month end, refunds after settlement, a payout that times out.

Berlin's summer time begins on Sunday 28 March 2027 at 02:00: that day has 23 hours. Amounts are in minor units; the kiosk's
fee is 0.6 %, each payment's rounded half up. On goods of 100.00 or more 15.00 are off: the platform bears 60 %, the kiosk
40 %.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.programs.api_keys import issue_key_script
from engine.programs.merchants import Merchant, Shop, add_merchants_script
from engine.rules.decision import Words
from engine.settlement.bill import HEADER, is_whole
from engine.store.database import Database
from engine.store.script import Script
from tests.api.house import START, House, house_on

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = """\
campaign: spring
currency: CNY
name: {en: "15 off 100", zh: "满100减15"}
funding: {platform: 60%, merchant: 40%}
schedule: {from: 2026-01-01, until: 2036-01-01, timezone: Europe/Berlin}
when: [{spend: {at_least: 100.00}}]
give: [{amount_off: {amount: 15.00}}]
limits: {budget: 5000.00}
stacking: {phase: order}
"""


class Kiosk:
    """The kiosk's till, its back office, and the operator."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.orders = 0

    def at(self, text: str) -> None:
        """Set the clock to a local time of Berlin."""
        self.house.clock.set(datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC))

    async def charge(self, text: str, cents: int) -> dict[str, Any]:
        self.at(text)
        self.orders += 1
        line = {"id": "1", "sku": "paper", "quantity": 2, "unit_price_minor": cents // 2}
        order = {
            "pay_code": await self.house.pay_code("lin"),
            "order_ref": f"order-{self.orders}",
            "basket": {"currency": "CNY", "lines": [line]},
        }
        paid = await self.house.post("/v1/payments", order, "kiosk")
        assert paid.status_code == 201, paid.text
        return paid.json()

    async def refund(self, text: str, payment: dict[str, Any], quantity: int) -> dict[str, Any]:
        self.at(text)
        body = {"lines": [{"line_id": "1", "quantity": quantity}], "reason": "wet"}
        back = await self.house.post(f"/v1/payments/{payment['payment_id']}/refunds", body, "kiosk")
        assert back.status_code == 201, back.text
        return back.json()["refund"]

    async def settle(self, text: str, **body: str) -> list[str]:
        """Settle as an operator; return the kiosk's days that were closed."""
        self.at(text)
        answer = await self.house.post("/v1/operator/settlements", body, "operator")
        assert answer.status_code == 200, answer.text
        return [one["day"] for one in answer.json()["items"] if one["merchant_id"] == "kiosk"]

    async def statement(self, day: str) -> dict[str, Any]:
        answer = await self.house.get(f"/v1/statements/{day}", "kiosk")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def totals(self, day: str, *names: str) -> list[int]:
        return [(await self.statement(day))["summary"][f"{name}_minor"] for name in names]

    async def balance(self) -> tuple[int, int, int]:
        [one] = (await self.house.get("/v1/statements", "kiosk")).json()["balances"]
        return one["settled_minor"], one["paying_out_minor"], one["owed_minor"]

    async def pay_out(self, account: str) -> list[dict[str, Any]]:
        where = {"merchant_id": "kiosk", "account": account}
        assert (await self.house.post("/v1/operator/payout-accounts", where, "operator")).status_code == 200
        answer = await self.house.post("/v1/operator/payouts", {"merchant_id": "kiosk"}, "operator")
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]


@pytest.fixture
async def kiosk(database: Database, database_url: str) -> AsyncIterator[Kiosk]:
    house = await house_on(database, database_url)
    house.keys["kiosk"] = await database.write(_kiosk(house.desk.settings.tenant_id))
    assert (await house.publish(spring=SPRING)).status_code == 200
    await house.member("lin", "13800000001", balance=1_000_000)
    yield Kiosk(house)
    await house.http.aclose()
    await house.desk.sequencer.close()


def _kiosk(tenant_id: str) -> Script[str]:
    one = Merchant(
        id="kiosk",
        name=Words(en="Kiosk", zh="书报亭"),
        district="mitte",
        category="books",
        tags=("books",),
        fee_bps=60,
        timezone="Europe/Berlin",
        shops=(Shop(id="kiosk-1", name=Words(en="First", zh="一店"), district="mitte"),),
    )
    yield from add_merchants_script(tenant_id, [one])
    return (yield from issue_key_script(tenant_id, "merchant", "kiosk", START))


async def test_ten_days_of_a_kiosk_are_settled_to_the_cent(kiosk: Kiosk) -> None:
    paper = await kiosk.charge("2027-03-27T23:59:59", 12000)
    await kiosk.charge("2027-03-28T00:00:00", 5000)
    await kiosk.charge("2027-03-28T23:59:59", 2010)  # 21:59:59 UTC: the day is an hour shorter
    await kiosk.charge("2027-03-29T00:00:00", 4000)

    assert await kiosk.settle("2027-03-28T00:00:00") == ["2027-03-27"]
    # 120.00 - 15.00 = 105.00 paid, of the 15.00 the platform bears 9.00, the kiosk 6.00
    # fee 0.6 % of 114.00 = 0.684: 0.68; net 105.00 + 9.00 - 0.68
    names = ("gross", "own", "funded", "paid", "fee", "net")
    assert await kiosk.totals("2027-03-27", *names) == [12000, 600, 900, 10500, 68, 11332]
    first = await kiosk.statement("2027-03-27")
    assert [(one["funder"], one["amount_minor"]) for one in first["funders"]] == [
        ("platform", 900),
        ("merchant:kiosk", 600),
    ]
    assert [line["order_ref"] for line in first["lines"]] == ["order-1"]

    assert await kiosk.settle("2027-03-29T00:00:00") == ["2027-03-28"]
    # 50.00 + 20.10; fees 0.30 and 0.1206: 0.12; net 70.10 - 0.42
    assert await kiosk.totals("2027-03-28", *names) == [7010, 0, 0, 7010, 42, 6968]
    assert await kiosk.balance() == (18300, 0, 0)

    asked = await kiosk.pay_out("sandbox-times-out")  # the bank pays, its answer is lost
    assert [(one["amount_minor"], one["state"]) for one in asked] == [(18300, "asked")]
    assert await kiosk.balance() == (0, 18300, 0)
    assert [one["state"] for one in await kiosk.pay_out("sandbox-times-out")] == ["asked"]  # the second is lost too
    assert [one["state"] for one in await kiosk.pay_out("sandbox-times-out")] == ["paid"]
    assert await kiosk.balance() == (0, 0, 0)
    assert kiosk.house.desk.payout_rail.paid_minor == 18300

    # Half of the first payment comes back after its day was settled and paid out:
    # 105.00 / 2 = 52.50 to the shopper, 9.00 / 2 = 4.50 to the platform, 3.00 is the kiosk's own part
    # fee back: 0.68 x 57.00 / 114.00 = 0.34; net -52.50 - 4.50 + 0.34
    half = await kiosk.refund("2027-03-29T12:00:00", paper, 1)
    assert half["amount_minor"] == 5250
    await kiosk.settle("2027-03-30T00:30:00")
    names = ("paid", "fee", "gross_back", "own_back", "funded_back", "refunded", "fee_back", "net")
    # and 40.00 were sold, fee 0.24: 39.76 - 56.66
    assert await kiosk.totals("2027-03-29", *names) == [4000, 24, 6000, 300, 450, 5250, 34, -1690]
    assert await kiosk.totals("2027-03-29", "settled", "owed") == [0, 1690]
    assert await kiosk.balance() == (0, 0, 1690)

    # The month ends: 31 March and 1 April have statements of their own; what is owed is netted first.
    await kiosk.charge("2027-03-31T23:59:59", 1000)  # fee 0.06: net 9.94, all of it repays
    rest = await kiosk.charge("2027-04-01T00:00:00", 3000)  # fee 0.18: net 29.82
    assert await kiosk.settle("2027-04-02T01:00:00") == ["2027-03-31", "2027-04-01"]
    assert await kiosk.totals("2027-03-31", "net", "settled", "owed") == [994, 0, -994]
    assert await kiosk.totals("2027-04-01", "net", "settled", "owed") == [2982, 2286, -696]
    assert await kiosk.balance() == (2286, 0, 0)

    # A bank that says no gives the money back to the settled balance; a refund takes from it.
    assert [(one["state"], one["reason"]) for one in await kiosk.pay_out("sandbox-fails")] == [
        ("failed", "the account is closed")
    ]
    await kiosk.refund("2027-04-02T12:00:00", rest, 1)  # -15.00, fee back 0.09
    await kiosk.settle("2027-04-03T01:00:00")
    assert await kiosk.totals("2027-04-02", "net", "settled", "owed") == [-1491, -1491, 0]
    assert await kiosk.balance() == (2286 - 1491, 0, 0)
    assert await kiosk.settle("2027-04-03T02:00:00") == []

    days = [one["day"] for one in (await kiosk.house.get("/v1/statements", "kiosk")).json()["items"]]
    assert days == ["2027-04-02", "2027-04-01", "2027-03-31", "2027-03-29", "2027-03-28", "2027-03-27"]
    listed = (await kiosk.house.get("/v1/payouts", "kiosk")).json()["items"]
    assert [(one["amount_minor"], one["state"]) for one in listed] == [(2286, "failed"), (18300, "paid")]
    assert (await kiosk.house.get("/v1/operator/audit", "operator")).json()["findings"] == []


async def test_bill_has_header_rows_totals_and_its_own_hash(kiosk: Kiosk) -> None:
    paper = await kiosk.charge("2027-03-27T10:00:00", 12000)
    await kiosk.refund("2027-03-27T11:00:00", paper, 1)
    await kiosk.settle("2027-03-28T01:00:00")
    answer = await kiosk.house.get("/v1/statements/2027-03-27/bill", "kiosk")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="bill-kiosk-2027-03-27-CNY.csv"'
    header, sold, back, total, checksum = csv.reader(io.StringIO(answer.text))
    assert tuple(header) == HEADER
    assert sold[:4] == ["payment", "2027-03-27T09:00:00.000000Z", "2027-03-27", "order-1"]
    # gross, own, platform, merchants, brands, banks, paid, fee, other, net
    assert sold[8:] == ["120.00", "6.00", "9.00", "0.00", "0.00", "0.00", "105.00", "0.68", "0.00", "113.32"]
    assert back[8:] == ["-60.00", "-3.00", "-4.50", "0.00", "0.00", "0.00", "-52.50", "-0.34", "0.00", "-56.66"]
    assert (total[0], total[8:]) == (
        "total",
        ["60.00", "3.00", "4.50", "0.00", "0.00", "0.00", "52.50", "0.34", "0.00", "56.66"],
    )
    body = b"".join(answer.content.splitlines(keepends=True)[:-1])
    assert checksum == ["sha256", hashlib.sha256(body).hexdigest()]
    assert is_whole(answer.content)
    assert not is_whole(answer.content.replace(b"120.00", b"121.00"))
    again = await kiosk.house.get("/v1/statements/2027-03-27/bill", "kiosk")
    assert again.content == answer.content


async def test_bill_and_lines_of_many_pages_are_whole(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.settlement.bill.PAGE", 2)
    for second in (1, 1, 1, 2, 3):  # several in one instant
        await kiosk.charge(f"2027-03-27T10:00:0{second}", 1000)
    await kiosk.settle("2027-03-28T01:00:00")
    bill = await kiosk.house.get("/v1/statements/2027-03-27/bill", "kiosk")
    rows = list(csv.DictReader(io.StringIO(bill.text)))
    assert sorted(row["order_ref"] for row in rows[:-2]) == [f"order-{number}" for number in range(1, 6)]
    assert (rows[-2]["kind"], rows[-2]["paid"]) == ("total", "50.00")
    found, cursor = [], None
    while not found or cursor:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await kiosk.house.get("/v1/statements/2027-03-27", "kiosk", **query)).json()
        found += [line["order_ref"] for line in page["lines"]]
        cursor = page["next_cursor"]
    assert found == [row["order_ref"] for row in rows[:-2]]


async def test_statement_of_a_day_that_is_not_over_or_not_there(kiosk: Kiosk) -> None:
    await kiosk.charge("2027-03-27T10:00:00", 1000)
    for path in ("", "/bill"):
        answer = await kiosk.house.get(f"/v1/statements/2027-03-27{path}", "kiosk")
        assert (answer.status_code, answer.json()["code"]) == (409, "day_not_over")
        assert answer.json()["fields"] == {"day": "2027-03-27", "ends_at": "2027-03-27T23:00:00Z"}
    answer = await kiosk.house.post("/v1/operator/settlements", {"day": "2027-03-27"}, "operator")
    assert (answer.status_code, answer.json()["code"]) == (409, "day_not_over")
    answer = await kiosk.house.get("/v1/statements/2027-03-26", "kiosk")
    assert (answer.status_code, answer.json()["code"]) == (404, "statement_not_found")
    for day in ("yesterday", "2027-02-30", "2027-3-7", "0000-01-01", "9999-12-31"):
        answer = await kiosk.house.get(f"/v1/statements/{day}", "kiosk")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field"), day
    answer = await kiosk.house.get("/v1/statements", "kiosk", cursor="nonsense")
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


async def test_another_merchants_statement_is_not_there(kiosk: Kiosk) -> None:
    await kiosk.charge("2027-03-27T10:00:00", 1000)
    await kiosk.settle("2027-03-28T09:00:00")
    assert (await kiosk.house.get("/v1/statements/2027-03-27", "kiosk")).status_code == 200
    for path in ("/v1/statements/2027-03-27", "/v1/statements/2027-03-27/bill"):
        assert (await kiosk.house.get(path, "cinema")).json()["code"] == "statement_not_found"
    empty = {"items": [], "balances": [], "next_cursor": None}
    assert (await kiosk.house.get("/v1/statements", "cinema")).json() == empty
    assert (await kiosk.house.get("/v1/payouts", "cinema")).json()["items"] == []
