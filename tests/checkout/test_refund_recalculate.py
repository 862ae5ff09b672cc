"""`refund: {price: recalculate}` in the books: published versions, original facts, every account to the cent."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.checkout.payment import payment_cell, payment_part
from tests.checkout.refunds import given_back, money, published, units
from tests.checkout.town import NOODLES, TENANT, Town

BIG = {**NOODLES, "id": "big", "sku": "big", "unit_price_minor": 6000}
SMALL = {**NOODLES, "id": "small", "sku": "small", "unit_price_minor": 5000}
TEA = {**SMALL, "merchant_id": "tea-corner"}
OFF = {
    "when": "[{spend: {at_least: 100.00}}]",
    "give": "[{amount_off: {amount: 15.00}}]",
    "refund": "{price: recalculate}",
}
ACCOUNTS = ("payable:noodle-house", "payable:tea-corner", "funder:platform", "fees")


async def test_lost_threshold_is_withheld_and_comes_back_with_the_rest(town: Town) -> None:
    # 110.00 less 15.00. The 50.00 goes back: the rest costs 60.00, so 95.00 - 60.00 = 35.00 come back, not 43.18.
    await published(town, off=OFF)
    await town.join("wei", balance=10_000)
    payment = await town.paid("wei", BIG, SMALL)
    assert payment.paid_minor == 9500
    first = await given_back(town, payment.payment_id, lines=units(small=1))
    assert (first.refund.amount_minor, first.refund.withheld_minor) == (3500, 818)
    assert [one.amount_minor for one in first.refund.lines] == [4318]
    assert [part.amount_minor for part in first.refund.funders] == [1500]
    assert await town.account("funder:platform") == 0
    await town.assert_books()
    second = await given_back(town, payment.payment_id)
    assert (second.refund.amount_minor, second.refund.withheld_minor) == (6000, -818)
    assert await town.balance("wei") == 10_000
    assert [await town.account(name) for name in ACCOUNTS] == [0, 0, 0, 0]
    await town.assert_books()


async def test_later_versions_and_used_up_limits_change_nothing(town: Town) -> None:
    await published(town, off={**OFF, "limits": "{budget: 15.00}"})
    await town.join("wei", balance=20_000)
    payment = await town.paid("wei", BIG, {**SMALL, "quantity": 2})
    await published(town, off={**OFF, "when": "[{spend: {at_least: 200.00}}]"})
    town.wait(days=400)
    done = await given_back(town, payment.payment_id, lines=units(small=1))
    assert done.refund.amount_minor == 4532  # 160.00 less 15.00: the threshold still holds on 110.00, so it is kept
    await town.assert_books()


async def test_dearer_goods_of_a_neighbour_are_paid_by_the_one_that_gives_back(town: Town) -> None:
    await published(town, off=OFF)
    await town.join("wei", balance=10_000)
    payment = await town.paid("wei", BIG, TEA)
    done = await given_back(town, payment.payment_id, lines=units(small=1))
    assert done.refund.amount_minor == 3500
    assert await town.balance("wei") == 10_000 - 9500 + 3500
    # The noodles are paid whole now: 60.00 less the fee of 0.36; the tea's merchant has nothing.
    parts = {row["merchant_id"]: row for row in await town.rows(payment_part, tenant_id=TENANT)}
    fee = parts["noodle-house"]["fee_minor"] - parts["noodle-house"]["returned_fee_minor"]
    assert (fee, await town.account("payable:noodle-house")) == (36, 6000 - 36)
    assert await town.account("payable:tea-corner") == 0
    await town.assert_books()


async def test_merchant_that_funds_gets_its_own_discount_back(town: Town) -> None:
    await published(town, off={**OFF, "funding": "{merchant: 100%}"})
    await town.join("wei", balance=10_000)
    payment = await town.paid("wei", BIG, SMALL)
    await given_back(town, payment.payment_id, lines=units(small=1))
    assert await town.account("payable:noodle-house") == 6000 - 36
    await town.assert_books()


async def test_amounts_come_on_top(town: Town) -> None:
    await published(town, off=OFF)
    await town.join("wei", balance=10_000)
    payment = await town.paid("wei", BIG, SMALL)
    assert (await given_back(town, payment.payment_id, lines=money(big=1000))).refund.amount_minor == 1000
    assert (await given_back(town, payment.payment_id, lines=units(small=1))).refund.amount_minor == 3500
    assert (await given_back(town, payment.payment_id, amount_minor=500)).refund.amount_minor == 500
    await town.assert_books()
    await given_back(town, payment.payment_id)
    assert await town.balance("wei") == 10_000
    assert [await town.account(name) for name in ACCOUNTS] == [0, 0, 0, 0]
    await town.assert_books()


async def test_a_spent_coupon_prices_the_rest_too_and_another_one_does_not(town: Town) -> None:
    gift = {
        "kind": "reward",
        "give": "[{issue_coupon: {campaign: voucher, count: 2}}]",
        "stacking": "{phase: reward}",
        "limits": "{uses: {per_member: 1}}",
    }
    voucher = {**OFF, "kind": "coupon", "coupon": "{valid_for_days: 7}", "when": "[{spend: {at_least: 30.00}}]"}
    await published(town, gift=gift, voucher=voucher)
    await town.join("wei", balance=50_000)
    await town.paid("wei", SMALL)
    payment = await town.paid("wei", BIG, SMALL)
    assert payment.discount_minor == 1500
    done = await given_back(town, payment.payment_id, lines=units(small=1))
    assert (done.refund.amount_minor, done.refund.withheld_minor) == (4318, 0)
    await town.assert_books()


@pytest.mark.parametrize("order", [("small", "big"), ("big", "small")])
async def test_either_order_ends_with_the_same_books(town: Town, order: tuple[str, str]) -> None:
    funding = "{platform: 60%, merchant: 40%}"
    await published(town, off={**OFF, "funding": funding, "when": "[{spend: {at_least: 150.00}}]"})
    await town.join("wei", balance=30_000)
    payment = await town.paid("wei", {**BIG, "quantity": 2}, {**SMALL, "quantity": 2})
    back = [(await given_back(town, payment.payment_id, lines=units(**{id_: 1}))).refund.amount_minor for id_ in order]
    assert sum(back) == 22_000 - 1500 - 11_000
    cells = await town.rows(payment_cell, tenant_id=TENANT)
    assert sum(row["refunded_minor"] for row in cells) == sum(row["amount_minor"] for row in cells) == 1500
    await town.assert_books()


bought = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 60), st.booleans()), min_size=1, max_size=3)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), bought=bought, off=st.integers(1, 19), least=st.integers(20, 120), share=st.integers(1, 99))
def test_any_order_of_returns_sums_to_the_whole(
    sqlite_town: Any, data: st.DataObject, bought: list[tuple[int, int, bool]], off: int, least: int, share: int
) -> None:
    lines = [
        {**NOODLES, "id": f"l{place}", "sku": f"l{place}", "quantity": quantity, "unit_price_minor": price * 100}
        | ({"merchant_id": "tea-corner"} if tea and place else {})
        for place, (quantity, price, tea) in enumerate(bought)
    ]
    order = data.draw(st.permutations([line["id"] for line in lines for _ in range(line["quantity"])]))
    again = data.draw(st.permutations(order[: (len(order) + 1) // 2]))

    async def story(town: Town) -> None:
        await published(
            town,
            off={
                "when": f"[{{spend: {{at_least: {least}.00}}}}]",
                "give": f"[{{amount_off: {{amount: {off}.00}}}}]",
                "refund": "{price: recalculate}",
                "funding": f"{{platform: {share}%, merchant: {100 - share}%}}",
            },
        )
        await town.join("wei", balance=10**6)
        payment, twin = await town.paid("wei", *lines), await town.paid("wei", *lines)
        half = 0
        for place, line_id in enumerate(order):
            done = await given_back(town, payment.payment_id, lines=units(**{line_id: 1}))
            assert done.refund.amount_minor >= 0
            half += done.refund.amount_minor if place < len(again) else 0
            assert done.payment.refunded_minor <= payment.paid_minor
        assert done.payment.refunded_minor == payment.paid_minor
        other = [await given_back(town, twin.payment_id, lines=units(**{line_id: 1})) for line_id in again]
        assert sum(one.refund.amount_minor for one in other) == half
        await town.assert_books()
        if twin.payment_id and len(again) < len(order):
            await given_back(town, twin.payment_id)
        assert await town.balance("wei") == 10**6
        assert [await town.account(name) for name in ACCOUNTS] == [0, 0, 0, 0]
        await town.assert_books()

    sqlite_town(story)
