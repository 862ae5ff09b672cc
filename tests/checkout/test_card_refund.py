"""Refunds of payments by card, chargebacks, withdrawals."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.audit.audit import audit
from engine.checkout.chargeback import charge_back, end_chargeback
from engine.checkout.rail_orders import rail_order
from engine.checkout.receipt import payment_for_merchant
from engine.checkout.withdraw import withdraw
from engine.errors import NotFound
from engine.ledger.work import Answer
from engine.rails.behaviour import BEHAVIOUR_BY_TOKEN, Behaviour
from engine.rules.benefits.points import Points
from engine.rules.benefits.red_packet import RedPacket
from engine.wire.cards import WithdrawalRequest
from engine.wire.payments import Payment
from tests import make
from tests.checkout.refunds import given_back, shown_back
from tests.checkout.test_claw_back import spend_points
from tests.checkout.town import CUCUMBER, NOODLES, TEA, TENANT, Town, body, problem


async def orders(town: Town, kind: str) -> list[str]:
    return [row["state"] for row in await town.rows(rail_order, tenant_id=TENANT, kind=kind)]


async def taken(town: Town) -> int:
    return await town.desk.rail.taken_minor()  # type: ignore[attr-defined]


async def shown(town: Town, payment_id: str) -> Payment:
    return await payment_for_merchant(town.desk, "noodle-house", payment_id)


@pytest.fixture
async def shop(town: Town) -> Town:
    await town.join("wei")
    await town.bind("wei")
    return town


async def test_refunds_in_parts_go_back_to_the_card(shop: Town) -> None:
    paid = await shop.paid("wei", {**NOODLES, "quantity": 3}, TEA)
    await shop.refunded(paid.payment_id, {"noodles": 1})
    await shop.refunded(paid.payment_id, {"tea": 1})
    assert await taken(shop) == 6400
    await shop.refunded(paid.payment_id)
    assert await orders(shop, "refund") == ["refunded"] * 3
    assert (await taken(shop), await shop.balance("wei"), await shop.account("acquirer")) == (0, 0, 0)
    card = (await shown(shop, paid.payment_id)).card
    assert card is not None
    assert (card.refunded_minor, card.refunding_minor, card.refused_minor) == (11400, 0, 0)
    await shop.assert_books()


async def test_silent_bank_is_asked_until_the_refund_is_known(shop: Town) -> None:
    paid = await shop.paid("wei", NOODLES)
    BEHAVIOUR_BY_TOKEN["sandbox-ok"] = Behaviour(loses_answers=2)
    try:
        done = await shop.refunded(paid.payment_id)
        assert done.payment.card is not None
        assert done.payment.card.refunding_minor == 3200
        assert await orders(shop, "refund") == ["refunding"]
        await shop.assert_books()
        for _ in range(2):
            await shop.again()
    finally:
        BEHAVIOUR_BY_TOKEN["sandbox-ok"] = Behaviour()
    assert await orders(shop, "refund") == ["refunded"]
    assert await taken(shop) == 0
    await shop.assert_books()


async def test_refund_that_the_bank_refuses_goes_to_the_wallet(town: Town) -> None:
    await town.join("wei")
    await town.bind("wei", "sandbox-refuses-refund")
    paid = await town.paid("wei", NOODLES)
    await town.refunded(paid.payment_id)
    assert await orders(town, "refund") == ["refused"]
    assert await town.balance("wei") == 3200
    assert (await town.events("wei"))[-1] == "balance.changed"
    await town.again()
    assert await town.balance("wei") == 3200
    await town.assert_books()


async def test_rewards_that_are_gone_come_out_of_the_refund_before_it_goes_to_the_card(town: Town) -> None:
    town.run(make.campaign("packet", RedPacket(friend_minor=500), phase="reward"))
    await town.join("lin")
    await town.join("wei", invited_by="lin")
    await town.bind("wei")
    paid = await town.paid("wei", NOODLES)
    assert await town.balance("wei") == 500
    town.run()
    await town.paid("wei", {**CUCUMBER, "unit_price_minor": 400}, tool="balance")
    done = await town.refunded(paid.payment_id)
    assert (done.refund.amount_minor, done.refund.deducted_minor) == (3200, 400)
    assert await taken(town) == 400
    assert await town.balance("wei") == 0
    await town.assert_books()


async def test_points_that_are_gone_come_out_of_the_refund_though_the_wallet_is_empty(town: Town) -> None:
    town.run(make.campaign("points", Points(earn_points=1, every_minor=100), phase="reward"))
    await town.join("wei")
    await town.bind("wei")
    paid = await town.paid("wei", NOODLES)
    await spend_points(town, "wei", 30)
    done = await town.refunded(paid.payment_id)
    assert (done.refund.amount_minor, done.refund.deducted_minor) == (3200, 30)
    assert (await taken(town), await town.balance("wei"), await town.points("wei")) == (30, 0, 0)


async def test_preview_says_what_goes_to_the_card_and_asks_no_bank(town: Town) -> None:
    town.run(make.campaign("points", Points(earn_points=1, every_minor=100), phase="reward"))
    await town.join("wei")
    await town.bind("wei")
    paid = await town.paid("wei", NOODLES)
    await spend_points(town, "wei", 30)
    preview = await shown_back(town, paid.payment_id, amount_minor=3000)
    assert (preview.refund.amount_minor, preview.refund.deducted_minor, preview.net_minor) == (3000, 28, 2972)
    assert (await taken(town), await orders(town, "refund")) == (3200, [])
    await given_back(town, paid.payment_id, amount_minor=3000, digest=preview.digest)
    assert (await taken(town), await town.balance("wei"), await town.account("acquirer")) == (228, 0, -228)
    await given_back(town, paid.payment_id)
    assert (await taken(town), await town.balance("wei")) == (30, 0)


# Chargebacks


async def charged_back(town: Town, payment_id: str, amount: int | None = None) -> Answer:
    return await charge_back(town.desk, payment_id, amount, "holder disputes", town.request([payment_id, amount]))


async def ended(town: Town, chargeback_id: str, outcome: Any) -> Answer:
    return await end_chargeback(town.desk, chargeback_id, outcome, town.request([chargeback_id, outcome]))


async def test_chargeback_takes_from_what_merchants_kept_and_the_payment_shows_it(shop: Town) -> None:
    paid = await shop.paid("wei", NOODLES, TEA)
    before = [await shop.account(f"payable:{one}") for one in ("noodle-house", "tea-corner")]
    answer = await charged_back(shop, paid.payment_id)
    assert (body(answer)["amount_minor"], body(answer)["state"]) == (5000, "open")
    after = [await shop.account(f"payable:{one}") for one in ("noodle-house", "tea-corner")]
    assert [a - b for a, b in zip(before, after, strict=True)] == [3200, 1800]
    assert await shop.account("acquirer") == 0
    [one] = (await shown(shop, paid.payment_id)).chargebacks
    assert (one.amount_minor, one.state, one.reason) == (5000, "open", "holder disputes")
    assert (await shop.events("wei"))[-1] == "payment.charged_back"
    await shop.assert_books()


async def test_contested_and_won_comes_back_by_correcting_transfers(shop: Town) -> None:
    paid = await shop.paid("wei", NOODLES, TEA)
    before = [await shop.account(f"payable:{one}") for one in ("noodle-house", "tea-corner")]
    id_ = body(await charged_back(shop, paid.payment_id, 1001))["chargeback_id"]
    assert body(await ended(shop, id_, "contested"))["state"] == "contested"
    assert body(await ended(shop, id_, "won"))["state"] == "won"
    assert [await shop.account(f"payable:{one}") for one in ("noodle-house", "tea-corner")] == before
    assert problem(await ended(shop, id_, "lost")) == ("conflict", "chargeback_state")
    await shop.refunded(paid.payment_id)
    await shop.assert_books()


async def test_lost_chargeback_stays_and_is_not_refunded_again(shop: Town) -> None:
    paid = await shop.paid("wei", {**NOODLES, "quantity": 2})
    id_ = body(await charged_back(shop, paid.payment_id, 3201))["chargeback_id"]
    await ended(shop, id_, "lost")
    assert problem(await shop.refund(paid.payment_id, {"noodles": 1})) == ("refused", "refund_exceeds_payment")
    assert (await shown(shop, paid.payment_id)).refunded_minor == 0
    await shop.assert_books()


@pytest.mark.parametrize(("amount", "kind"), [(3199, "done"), (3200, "done"), (3201, "refused")])
async def test_chargeback_is_at_most_what_is_left(shop: Town, amount: int, kind: str) -> None:
    paid = await shop.paid("wei", {**NOODLES, "quantity": 2})
    await shop.refunded(paid.payment_id, {"noodles": 1})
    answer = await charged_back(shop, paid.payment_id, amount)
    assert answer.kind == kind
    assert answer.code == ("" if kind == "done" else "chargeback_exceeds_payment")
    await shop.assert_books()


async def test_chargeback_and_refund_at_once_give_the_money_back_once(shop: Town) -> None:
    paid = await shop.paid("wei", NOODLES)
    answers = await asyncio.gather(charged_back(shop, paid.payment_id), shop.refund(paid.payment_id))
    assert sorted(one.kind for one in answers) == ["done", "refused"]
    await shop.assert_books()


async def test_payment_from_the_balance_has_no_chargeback(shop: Town) -> None:
    await shop.give("wei", 5000)
    paid = await shop.paid("wei", NOODLES, tool="balance")
    assert problem(await charged_back(shop, paid.payment_id)) == ("conflict", "payment_state")


async def test_unknown_chargeback_and_payment_are_not_found(shop: Town) -> None:
    with pytest.raises(NotFound, match="chargeback_not_found"):
        await ended(shop, "cb_1", "won")
    with pytest.raises(NotFound, match="payment_not_found"):
        await charged_back(shop, "pay_1")


# Withdrawals


async def withdrawn(town: Town, amount: int, card_id: str, key: str = "w") -> Answer:
    asked = WithdrawalRequest(amount_minor=amount, card_id=card_id)
    return await withdraw(town.desk, "wei", asked, town.request(asked, caller="member:wei", key=key))


async def test_withdrawal_moves_money_from_the_wallet_to_the_bank(shop: Town) -> None:
    await shop.give("wei", 5000)
    card_id = await shop.bind("wei")
    answers = [await withdrawn(shop, 2000, card_id) for _ in range(2)]
    assert answers[0] == answers[1]
    assert (body(answers[0])["balance_minor"], body(answers[0])["state"]) == (3000, "paid_out")
    assert (await shop.balance("wei"), await shop.account("bank")) == (3000, -3000)
    await shop.assert_books()


@pytest.mark.parametrize(("amount", "kind"), [(4999, "done"), (5000, "done"), (5001, "refused")])
async def test_withdrawal_is_at_most_the_balance(shop: Town, amount: int, kind: str) -> None:
    await shop.give("wei", 5000)
    answer = await withdrawn(shop, amount, await shop.bind("wei"))
    assert (answer.kind, answer.code) == (kind, "" if kind == "done" else "insufficient_balance")
    await shop.assert_books()


async def test_declined_withdrawal_is_in_the_wallet_again(shop: Town) -> None:
    await shop.give("wei", 5000)
    card_id = await shop.bind("wei", "sandbox-declines")
    answers = [await withdrawn(shop, 2000, card_id) for _ in range(2)]
    assert [problem(one) for one in answers] == [("refused", "card_declined")] * 2
    assert await shop.balance("wei") == 5000
    await shop.assert_books()


@pytest.mark.parametrize("kind", ["sandbox-times-out", "sandbox-times-out-before"])
async def test_silent_bank_is_asked_until_the_withdrawal_is_known(shop: Town, kind: str) -> None:
    await shop.give("wei", 5000)
    card_id = await shop.bind("wei", kind)
    assert body(await withdrawn(shop, 2000, card_id))["state"] == "paying_out"
    assert await shop.balance("wei") == 3000
    await shop.assert_books()
    for _ in range(2):
        await shop.again()
    assert body(await withdrawn(shop, 2000, card_id))["state"] == "paid_out"
    assert await shop.account("bank") == -3000
    await shop.assert_books()


async def test_audit_names_the_wallet_that_is_not_in_the_bank_account(shop: Town) -> None:
    from engine.ledger.accounts import account
    from engine.store.script import Script, update

    await shop.give("wei", 5000)

    def tamper() -> Script[None]:
        key = {"tenant_id": TENANT, "home_id": "wei", "account_id": "wallet:wei", "currency": "CNY"}
        yield update(account, [{**key, "posted_minor": 5001}])

    await shop.desk.database.write(tamper())
    found = {one.check: one for one in (await audit(shop.desk.database, TENANT)).findings}
    one = found["shoppers' balances are what lies in their bank account"]
    assert (one.subject, one.detail) == ("wallet:wei CNY", "holds 5001, the bank account has 5000 for it")
