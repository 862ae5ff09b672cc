"""A quote binds what it showed for 5 minutes: each clause of it, through the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from engine.checkout.quote_seal import LIFE
from tests.api.conftest import house, sqlite_house  # noqa: F401 - fixtures
from tests.api.house import NOODLES, House

OFF = """
campaign: {id}
currency: CNY
name: {{en: "{id}", zh: "{id}"}}
funding: {{platform: 100%}}
schedule: {{from: 2027-01-01, until: 2028-01-01, timezone: Asia/Shanghai}}
limits: {{uses: {{total: 1000}}}}
give: [{{amount_off: {{amount: {amount}}}}}]
"""
GIFT = """
campaign: gift
currency: CNY
name: {en: "gift", zh: "gift"}
funding: {platform: 100%}
schedule: {from: 2027-01-01, until: 2028-01-01, timezone: Asia/Shanghai}
limits: {uses: {per_member: 1}}
stacking: {phase: reward}
give: [{issue_coupon: {campaign: voucher}}]
"""
VOUCHER = OFF.format(id="voucher", amount="3.00") + "coupon: {valid_for_days: 7}\n"


def off(id_: str, amount: str) -> str:
    return OFF.format(id=id_, amount=amount)


@pytest.fixture
async def home(house: House) -> House:  # noqa: F811 - the fixture
    await house.member("lin", "13800000001", balance=50000)
    await house.member("wei", "13800000002", balance=50000)
    published = await house.publish(five_off=off("five-off", "5.00"))
    assert published.status_code in {200, 201}, published.text
    return house


async def quoted(home: House, name: str | None = "lin", **more: object) -> dict[str, Any]:
    shown = {"pay_code": await home.pay_code(name)} if name else {}
    body = {"basket": {"currency": "CNY", "lines": [NOODLES]}, **shown, **more}
    answer = await home.post("/v1/quotes", body, "noodle-house")
    assert answer.status_code == 200, answer.text
    quote: dict[str, Any] = answer.json()
    return quote


async def pay(home: House, quote: dict[str, Any], name: str = "lin", **more: object) -> httpx.Response:
    return await home.post("/v1/payments", await home.order(name, quote_id=quote["quote_id"], **more), "noodle-house")


def changed(answer: httpx.Response) -> tuple[int, str, str]:
    problem = answer.json()
    return answer.status_code, problem["code"], problem["fields"]["reason"]


async def test_what_was_shown_is_paid(home: House) -> None:
    quote = await quoted(home)
    assert quote["payable_minor"] == 2700
    answer = await pay(home, quote)
    assert (answer.status_code, answer.json()["paid_minor"]) == (201, 2700)


async def test_campaign_that_ended_in_between_changes_the_quote_and_the_new_one_can_be_paid(home: House) -> None:
    quote = await quoted(home)
    await home.publish(one_off=off("one-off", "1.00"))
    answer = await pay(home, quote)
    assert changed(answer) == (409, "quote_changed", "price")
    fields = answer.json()["fields"]
    assert (fields["shown_minor"], fields["payable_minor"], fields["quote"]["payable_minor"]) == (2700, 3100, 3100)
    again = await pay(home, fields["quote"])
    assert (again.status_code, again.json()["paid_minor"]) == (201, 3100)


async def test_campaign_published_in_between_that_makes_it_cheaper_goes_through(home: House) -> None:
    quote = await quoted(home)
    await home.publish(replace_all=False, six_off=off("six-off", "6.00"))
    answer = await pay(home, quote)
    assert answer.status_code == 201
    assert answer.json()["paid_minor"] < 2700


@pytest.mark.parametrize(("seconds", "status"), [(-1, 201), (0, 409), (1, 409)])
async def test_quote_lives_5_minutes(home: House, seconds: int, status: int) -> None:
    quote = await quoted(home)
    home.clock.advance(LIFE)
    home.clock.advance(LIFE * 0 + (LIFE / 300) * seconds)
    answer = await pay(home, quote)
    assert answer.status_code == status
    if status == 409:
        assert changed(answer) == (409, "quote_changed", "expired")
        assert (await pay(home, answer.json()["fields"]["quote"])).status_code == 201


@pytest.mark.parametrize(
    "line", [{**NOODLES, "quantity": 2}, {**NOODLES, "unit_price_minor": 3000}, {**NOODLES, "sku": "rice"}]
)
async def test_other_basket_changes_the_quote(home: House, line: dict[str, object]) -> None:
    quote = await quoted(home)
    answer = await pay(home, quote, basket={"currency": "CNY", "lines": [line]})
    assert changed(answer) == (409, "quote_changed", "basket")


async def test_other_payer_changes_the_quote(home: House) -> None:
    assert changed(await pay(home, await quoted(home), "wei")) == (409, "quote_changed", "payer")


async def test_quote_for_nobody_in_particular_is_paid_by_anybody(home: House) -> None:
    answer = await pay(home, await quoted(home, None), "wei")
    assert (answer.status_code, answer.json()["paid_minor"]) == (201, 2700)


async def test_other_tool_changes_the_quote(home: House) -> None:
    bound = await home.post("/v1/me/cards", {"bin": "622848", "last4": "4242", "token": "sandbox-ok"}, "lin")
    assert bound.status_code == 201, bound.text
    quote = await quoted(home)
    assert changed(await pay(home, quote, tool="card")) == (409, "quote_changed", "tool")
    by_card = await quoted(home, tool="card")
    answer = await pay(home, by_card, tool="card")
    assert (answer.status_code, answer.json()["tool"]) == (201, "card")


async def earn(home: House) -> None:
    await home.publish(gift=GIFT, voucher=VOUCHER)
    answer = await home.post("/v1/payments", await home.order("lin"), "noodle-house")
    assert answer.status_code == 201, answer.text
    assert answer.json()["rewards"][0]["coupon"], answer.text


async def test_coupon_spent_in_between_changes_the_quote(home: House) -> None:
    await earn(home)
    quote = await quoted(home)
    assert (quote["payable_minor"], quote["applied"][0]["coupon_id"] is not None) == (2900, True)
    spent = await home.post("/v1/payments", await home.order("lin"), "noodle-house")
    assert spent.json()["paid_minor"] == 2900
    assert changed(await pay(home, quote)) == (409, "quote_changed", "price")


async def test_coupon_that_was_not_shown_is_not_spent(home: House) -> None:
    quote = await quoted(home)
    assert quote["payable_minor"] == 2700
    await home.publish(replace_all=False, gift=GIFT, voucher=VOUCHER)
    other = await home.post("/v1/payments", await home.order("lin"), "noodle-house")
    assert other.json()["rewards"][0]["coupon"]
    answer = await pay(home, quote)
    assert changed(answer) == (409, "quote_changed", "coupons")
    assert answer.json()["fields"]["payable_minor"] < 2700
    assert (await pay(home, answer.json()["fields"]["quote"])).status_code == 201


async def test_lost_reward_does_not_block(home: House) -> None:
    await home.publish(replace_all=False, gift=GIFT, voucher=VOUCHER)
    quote = await quoted(home)
    assert quote["rewards"]
    await home.publish(five_off=off("five-off", "5.00"))
    answer = await pay(home, quote)
    assert (answer.status_code, answer.json()["rewards"]) == (201, [])


async def test_refused_payment_spends_nothing_and_its_answer_is_kept(home: House) -> None:
    quote = await quoted(home)
    await home.publish(one_off=off("one-off", "1.00"))
    body = await home.order("lin", quote_id=quote["quote_id"])
    answers = [await home.post("/v1/payments", body, "noodle-house", key="k") for _ in range(2)]
    assert answers[0].content == answers[1].content
    again = {**body, "quote_id": answers[0].json()["fields"]["quote"]["quote_id"]}
    assert (await home.post("/v1/payments", again, "noodle-house")).status_code == 201


async def test_member_s_own_quote_is_paid_at_the_till(home: House) -> None:
    line = {**NOODLES, "merchant_id": "noodle-house"}
    answer = await home.post("/v1/quotes", {"basket": {"currency": "CNY", "lines": [line]}}, "lin")
    assert answer.status_code == 200, answer.text
    assert (await pay(home, answer.json())).status_code == 201


@pytest.mark.parametrize("forge", ["cut", "other price", "no dot", "not base64", "other server"])
async def test_forged_quote_is_refused(home: House, forge: str) -> None:
    from engine.checkout.quote_seal import _ENCODER, _text, open_seal, seal
    from engine.programs.signing import Signing, signing_script

    quote_id = (await quoted(home))["quote_id"]
    body, _, mac = quote_id.partition(".")
    if forge == "cut":
        quote_id = quote_id[:-2]
    elif forge == "other price":
        signing = await home.desk.database.write(signing_script(home.desk.settings.tenant_id))
        shown = open_seal(signing, quote_id)
        values = [getattr(shown, name) for name in shown.__struct_fields__]
        values[4] = 10**9
        quote_id = f"{_text(_ENCODER.encode(values))}.{mac}"
    elif forge == "no dot":
        quote_id = body
    elif forge == "not base64":
        quote_id = f"{body}-.{mac}"
    else:
        signing = await home.desk.database.write(signing_script(home.desk.settings.tenant_id))
        quote_id = seal(Signing(b"another"), open_seal(signing, quote_id))
    answer = await pay(home, {"quote_id": quote_id})
    assert (answer.status_code, answer.json()["code"]) == (422, "quote_invalid")


async def test_quote_writes_nothing(home: House) -> None:
    class Shut:
        """A database that can't be written."""

        def __init__(self, database: Any) -> None:
            self._database = database

        def __getattr__(self, name: str) -> Any:
            if name == "write":
                raise AssertionError("a quote wrote")
            return getattr(self._database, name)

    await quoted(home)
    body = {"basket": {"currency": "CNY", "lines": [NOODLES]}, "pay_code": await home.pay_code("lin")}
    home.desk.database = Shut(home.desk.database)  # type: ignore[assignment]
    assert (await home.post("/v1/quotes", body, "noodle-house")).json()["quote_id"]
