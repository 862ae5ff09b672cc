import pytest

from engine.checkout.payment import order_claim, payment
from engine.errors import Invalid, NotFound, Unauthorized
from engine.ledger.accounts import account
from engine.ledger.counters import counter
from engine.paycode import code
from engine.paycode.spend import pay_code_use
from engine.programs.coupon import coupon
from engine.programs.merchants import merchant
from engine.store.script import Script, update
from tests import make
from tests.checkout.town import CUCUMBER, NOODLES, TEA, TENANT, Town, body, discounts, problem


async def test_lunch_for_two_shops_is_charged_to_the_cent(corridor: Town) -> None:
    # Worked by hand in tests/test_corridor.py: 94.00 - 9.00 tea - 5.00 first order = 80.00.
    await corridor.join("lin")
    await corridor.join("wei", balance=30000, invited_by="lin")
    payment = await corridor.paid("wei", {**NOODLES, "quantity": 2}, CUCUMBER, TEA)
    assert (payment.list_minor, payment.discount_minor, payment.paid_minor) == (9400, 1400, 8000)
    assert payment.state == "committed"
    assert discounts(payment) == {"food-court-tea": 900, "welcome-5": 500}
    assert {line.line_id: line.payable_minor for line in payment.lines} == {
        "noodles": 6024,
        "cucumber": 1129,
        "tea": 847,
    }
    assert {(one.kind, one.amount) for one in payment.rewards} == {("points", 80), ("red_packet", 800), ("coupon", 1)}
    assert await corridor.balance("wei") == 30000 - 8000 + 800
    assert await corridor.points("wei") == 80
    # Qinghe gets 71.53 and the platform's 4.47 of 5.00 for its lines (3.76 + 0.71), less 0.6 % of 76.00 = 0.456, up: 0.46.
    # The tea house gets 8.47 + 0.53 and pays no fee; its own 9.00 moves no money.
    assert await corridor.account("payable:noodle-house") == 7153 + 447 - 46
    assert await corridor.account("payable:tea-corner") == 847 + 53
    assert await corridor.account("fees") == 46
    assert await corridor.account("funder:platform") == -500 - 800
    told = await corridor.events("wei")
    assert told[0] == "payment.committed"
    assert sorted(told[1:]) == ["coupon.issued", "points.changed", "reward.given"]
    assert corridor.woken == ["wei"]
    await corridor.assert_books()


async def test_issued_coupon_is_used_by_the_next_payment(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    lunch = await corridor.paid("wei", {**NOODLES, "quantity": 3})  # 96.00 - 5.00 first order, over 60: a voucher
    [given] = [one for one in lunch.rewards if one.kind == "coupon"]
    assert given.coupon is not None
    assert (given.coupon.state, given.coupon.face.zh, given.coupon.threshold.zh) == ("usable", "¥12", "满¥50可用")
    dinner = await corridor.paid("wei", {**NOODLES, "quantity": 4})
    assert discounts(dinner) == {"noodle-15-per-100": 1500, "noodle-voucher": 1200}
    [row] = await corridor.rows(coupon, tenant_id=TENANT, home_id="wei")
    assert (row["state"], row["payment_id"]) == ("used", dinner.payment_id)
    await corridor.assert_books()


async def test_quote_says_what_the_charge_then_does(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    lines = ({**NOODLES, "quantity": 2}, CUCUMBER, TEA)
    quoted = await corridor.quote(*lines, member_id="wei")
    assert quoted.priced_for_member
    assert discounts(quoted) == {"food-court-tea": 900, "welcome-5": 500}
    [missing] = [one for one in quoted.refused if one.campaign_id == "noodle-15-per-100"]
    assert (missing.code, missing.missing_minor) == ("spend_more", 2400)
    assert (await corridor.paid("wei", *lines)).paid_minor == quoted.payable_minor


async def test_quote_without_a_code_is_for_nobody_and_changes_nothing(corridor: Town) -> None:
    quoted = await corridor.quote(NOODLES, TEA)
    assert not quoted.priced_for_member
    assert discounts(quoted) == {"food-court-tea": 900}
    assert await corridor.rows(counter, tenant_id=TENANT) == []


async def test_insufficient_balance_leaves_nothing_and_the_code_unspent(corridor: Town) -> None:
    await corridor.join("wei", balance=2699)
    shown = corridor.code("wei")
    answer = await corridor.charge("wei", NOODLES, pay_code=shown, order_ref="o")
    assert problem(answer) == ("refused", "insufficient_balance")
    assert body(answer)["fields"]["missing_minor"] == 1
    assert await corridor.rows(payment, tenant_id=TENANT) == []
    assert {row["used"] + row["reserved"] for row in await corridor.rows(counter, tenant_id=TENANT)} <= {0}
    [claim] = await corridor.rows(order_claim, tenant_id=TENANT)
    assert (claim["state"], claim["payment_id"]) == ("free", "")
    await corridor.give("wei", 1)
    assert (await corridor.paid("wei", NOODLES, pay_code=shown, order_ref="o")).paid_minor == 2700
    await corridor.assert_books()


async def test_code_is_spent_once(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    shown = corridor.code("wei")
    paid = await corridor.paid("wei", CUCUMBER, pay_code=shown)
    assert problem(await corridor.charge("wei", CUCUMBER, pay_code=shown)) == ("conflict", "pay_code_used")
    [use] = await corridor.rows(pay_code_use, tenant_id=TENANT)
    assert use["payment_id"] == paid.payment_id


async def test_order_sent_again_with_the_next_code_is_not_charged_twice(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    first = await corridor.paid("wei", CUCUMBER, order_ref="o")
    balance = await corridor.balance("wei")
    again = await corridor.charge("wei", CUCUMBER, order_ref="o")
    assert problem(again) == ("conflict", "order_ref_taken")
    assert body(again)["fields"]["payment_id"] == first.payment_id
    assert await corridor.balance("wei") == balance
    await corridor.paid("wei", TEA, order_ref="o", merchant_id="tea-corner")  # another merchant's order of that name


async def test_same_key_gives_the_same_bytes_even_when_the_code_is_over(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    shown = corridor.code("wei")
    first = await corridor.charge("wei", CUCUMBER, pay_code=shown, order_ref="o", key="k")
    corridor.wait(minutes=5)
    again = await corridor.charge("wei", CUCUMBER, pay_code=shown, order_ref="o", key="k")
    assert first.kind == "done"
    assert again == first


async def test_refused_code_is_kept_for_the_key(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    shown = corridor.code("wei")
    corridor.wait(seconds=60)
    answers = [await corridor.charge("wei", CUCUMBER, pay_code=shown, order_ref="o", key="k") for _ in range(2)]
    assert [problem(answer) for answer in answers] == [("refused", "pay_code_expired")] * 2
    assert answers[0] == answers[1]


async def test_key_of_another_request_is_refused(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    await corridor.charge("wei", CUCUMBER, key="k")
    with pytest.raises(Invalid, match="idempotency_key_reused"):
        await corridor.charge("wei", NOODLES, key="k")


async def test_price_above_the_one_shown_is_refused_with_the_reasons(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    await corridor.paid("wei", CUCUMBER)
    answer = await corridor.charge("wei", {**NOODLES, "quantity": 2}, max_payable_minor=6399)
    assert problem(answer) == ("conflict", "quote_changed")
    fields = body(answer)["fields"]
    assert (fields["payable_minor"], fields["list_minor"], fields["max_payable_minor"]) == (6400, 6400, 6399)
    assert {one["campaign_id"]: one["code"] for one in fields["refused"]}["noodle-15-per-100"] == "spend_more"
    assert (await corridor.paid("wei", {**NOODLES, "quantity": 2}, max_payable_minor=6400)).paid_minor == 6400


async def test_frozen_member_is_refused(corridor: Town) -> None:
    await corridor.join("wei", balance=30000, state="frozen")
    assert problem(await corridor.charge("wei", CUCUMBER)) == ("refused", "member_frozen")


async def test_code_of_a_number_nobody_has_is_wrong(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    foreign = code.make("99999999", b"x", nonce=1, now=corridor.clock.now())
    assert problem(await corridor.charge("wei", CUCUMBER, pay_code=foreign)) == ("refused", "pay_code_wrong")


async def test_goods_of_a_stranger_are_not_charged(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    with pytest.raises(Unauthorized, match="share no food court"):
        await corridor.charge("wei", NOODLES, {**TEA, "merchant_id": "book-shop"})
    with pytest.raises(Unauthorized, match="No line"):
        await corridor.charge("wei", TEA)


async def test_unknown_merchant_or_shop_is_not_found(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    with pytest.raises(NotFound, match="merchant_not_found"):
        await corridor.charge("wei", NOODLES, {**TEA, "merchant_id": "nobody"})
    with pytest.raises(NotFound, match="shop_not_found"):
        await corridor.charge("wei", NOODLES, shop_id="tea-corner-1")


async def test_basket_out_of_bounds_is_invalid(corridor: Town) -> None:
    await corridor.join("wei")
    with pytest.raises(Invalid, match="duplicate_line"):
        await corridor.charge("wei", NOODLES, NOODLES)
    huge = {**NOODLES, "quantity": 9_999, "unit_price_minor": 10**12}
    with pytest.raises(Invalid, match="basket_too_large"):
        await corridor.charge("wei", huge)
    with pytest.raises(Invalid, match="unknown_currency"):
        await corridor.charge("wei", basket={"currency": "XXX", "lines": [NOODLES]})


async def test_basket_in_another_currency_is_refused_as_such(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    shown = corridor.code("wei")
    answer = await corridor.charge("wei", pay_code=shown, basket={"currency": "JPY", "lines": [NOODLES]})
    assert problem(answer) == ("refused", "currency_mismatch")
    assert body(answer)["detail"] == (
        "The basket is in JPY, wallets here hold CNY; nothing was charged. Charge in CNY."
    )
    assert (await corridor.paid("wei", NOODLES, pay_code=shown)).paid_minor == 2700
    assert {row["currency"] for row in await corridor.rows(account, tenant_id=TENANT)} == {"CNY", "PTS"}


async def test_same_key_gives_the_same_bytes_when_the_food_court_is_gone(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    shown = corridor.code("wei")
    first = await corridor.charge("wei", NOODLES, TEA, pay_code=shown, order_ref="o", key="k")
    await corridor.desk.database.write(no_tags("noodle-house"))
    assert await corridor.charge("wei", NOODLES, TEA, pay_code=shown, order_ref="o", key="k") == first
    with pytest.raises(Unauthorized, match="share no food court"):
        await corridor.charge("wei", NOODLES, TEA, key="new")


def no_tags(merchant_id: str) -> Script[None]:
    yield update(merchant, [{"tenant_id": TENANT, "home_id": merchant_id, "tags": "[]"}])


async def test_free_basket_moves_no_money_and_is_a_payment(town: Town) -> None:
    town.run(make.campaign("all-off", make.percent_off(100)))
    await town.join("wei")
    payment = await town.paid("wei", CUCUMBER)
    assert (payment.paid_minor, payment.state) == (0, "committed")
    await town.assert_books()
