"""Paying by card: what the bank says, says nothing of, or says late; the books follow the bank's word."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from engine.checkout.by_card import PENDING
from engine.checkout.expire import expire_due
from engine.checkout.payment import payment
from engine.checkout.rail_orders import rail_order
from engine.ledger.counters import counter
from engine.ledger.sequencer import Sequencer
from engine.programs.coupon import coupon
from engine.rules.benefits.issue_coupon import IssueCoupon
from tests import make
from tests.checkout.town import CUCUMBER, NOODLES, TEA, TENANT, Town, body, discounts, problem


async def state(town: Town, payment_id: str) -> str:
    [row] = await town.rows(payment, tenant_id=TENANT, payment_id=payment_id)
    return str(row["state"])


async def orders(town: Town, kind: str) -> list[str]:
    return [row["state"] for row in await town.rows(rail_order, tenant_id=TENANT, kind=kind)]


async def taken(town: Town) -> int:
    return await town.desk.rail.taken_minor()  # type: ignore[attr-defined]


async def uses(town: Town, campaign_id: str) -> tuple[int, int]:
    rows = await town.rows(counter, tenant_id=TENANT, campaign_id=campaign_id)
    return sum(row["used"] for row in rows), sum(row["reserved"] for row in rows)


@pytest.fixture
async def shop(town: Town) -> Town:
    """A town with a discount that is good for one use, and 'wei' without a cent in the wallet."""
    town.run(make.campaign("five-off", make.amount_off(500), limits={"uses_total": 1}))
    await town.join("wei")
    return town


async def test_card_pays_and_the_wallet_is_not_touched(shop: Town) -> None:
    await shop.bind("wei")
    paid = await shop.paid("wei", NOODLES, TEA)
    assert (paid.state, paid.tool, paid.paid_minor) == ("committed", "card", 4500)
    assert paid.card is not None
    assert (paid.card.last4, paid.card.state) == ("4242", "captured")
    assert await taken(shop) == 4500
    assert await shop.account("acquirer") == -4500
    owed = [await shop.account(f"payable:{one}") for one in ("noodle-house", "tea-corner")]
    assert sum(owed) == 5000 - await shop.account("fees")
    assert await shop.balance("wei") == 0
    assert await shop.events("wei") == ["payment.capturing", "payment.committed"]
    await shop.assert_books()


async def test_default_is_the_balance_and_the_till_may_say_card(shop: Town) -> None:
    await shop.give("wei", 10000)
    await shop.bind("wei", default=False)
    assert (await shop.paid("wei", CUCUMBER)).tool == "balance"
    assert (await shop.paid("wei", CUCUMBER, tool="card")).tool == "card"
    await shop.assert_books()


async def test_till_may_say_balance_though_the_default_is_a_card(shop: Town) -> None:
    await shop.give("wei", 10000)
    await shop.bind("wei")
    assert (await shop.paid("wei", CUCUMBER, tool="balance")).tool == "balance"


async def test_card_without_a_card_is_refused(shop: Town) -> None:
    assert problem(await shop.charge("wei", CUCUMBER, tool="card")) == ("refused", "no_card")


async def test_rules_know_the_tool_and_the_first_digits(shop: Town) -> None:
    await shop.bind("wei")
    paid = await shop.paid("wei", NOODLES)
    [row] = await shop.rows(payment, tenant_id=TENANT, payment_id=paid.payment_id)
    assert '"tool":"card","card_bin":"622848"' in row["facts"]


@pytest.mark.parametrize("kind", ["sandbox-declines", "sandbox-declines-capture"])
async def test_decline_releases_everything_and_the_order_is_free(shop: Town, kind: str) -> None:
    await shop.bind("wei", kind)
    shown = shop.code("wei")
    answers = [await shop.charge("wei", NOODLES, order_ref="o", key="k", pay_code=shown) for _ in range(2)]
    assert [problem(one) for one in answers] == [("refused", "card_declined")] * 2
    assert answers[0] == answers[1]
    assert await uses(shop, "five-off") == (0, 0)
    await shop.assert_books()
    await shop.bind("wei")
    again = await shop.paid("wei", NOODLES, order_ref="o")
    assert discounts(again) == {"five-off": 500}
    await shop.assert_books()


async def test_declined_payment_gives_its_coupon_back(town: Town) -> None:
    gift = make.campaign("gift", IssueCoupon(campaign_id="voucher"), phase="reward", limits={"uses_per_member": 1})
    town.run(gift, make.voucher("voucher", make.amount_off(300)))
    await town.join("wei", balance=5000)
    await town.paid("wei", CUCUMBER)
    await town.bind("wei", "sandbox-declines")
    assert problem(await town.charge("wei", CUCUMBER)) == ("refused", "card_declined")
    [held] = await town.rows(coupon, tenant_id=TENANT)
    assert (held["state"], held["payment_id"]) == ("usable", "")
    await town.assert_books()


@pytest.mark.parametrize(
    "kind", ["sandbox-times-out", "sandbox-times-out-before", "sandbox-late", "sandbox-late-capture"]
)
async def test_silent_bank_leaves_it_capturing_until_the_job_knows(shop: Town, kind: str) -> None:
    await shop.bind("wei", kind)
    shown = shop.code("wei")
    first = await shop.charge("wei", NOODLES, order_ref="o", key="k", pay_code=shown)
    assert (first.kind, first.code, body(first)["state"]) == ("done", PENDING, "capturing")
    payment_id = body(first)["payment_id"]
    assert await uses(shop, "five-off") == (0, 1)
    assert problem(await shop.charge("wei", CUCUMBER, order_ref="o")) == ("conflict", "order_ref_taken")
    for _ in range(4):
        await shop.again()
    assert await state(shop, payment_id) == "committed"
    assert await taken(shop) == 2700
    last = [await shop.charge("wei", NOODLES, order_ref="o", key="k", pay_code=shown) for _ in range(2)]
    assert last[0] == last[1]
    assert (problem(last[0]), body(last[0])["state"]) == (("done", ""), "committed")
    assert body(last[0])["payment_id"] == payment_id
    await shop.assert_books()


async def test_repeat_of_the_till_asks_again_and_gets_the_same_payment(shop: Town) -> None:
    await shop.bind("wei", "sandbox-times-out")
    shown = shop.code("wei")
    answers = [await shop.charge("wei", NOODLES, order_ref="o", key="k", pay_code=shown) for _ in range(4)]
    assert len({body(one)["payment_id"] for one in answers}) == 1
    assert [body(one)["state"] for one in answers] == ["capturing", "capturing", "committed", "committed"]
    assert await taken(shop) == 2700
    await shop.assert_books()


@pytest.mark.parametrize("kind", ["sandbox-ok", "sandbox-times-out"])
async def test_end_is_kept_for_the_key_whatever_happens_to_the_payment_later(shop: Town, kind: str) -> None:
    await shop.bind("wei", kind)
    shown = shop.code("wei")
    ends = [await shop.charge("wei", NOODLES, order_ref="o", key="k", pay_code=shown) for _ in range(4)][2:]
    await shop.refunded(body(ends[0])["payment_id"])
    ends.append(await shop.charge("wei", NOODLES, order_ref="o", key="k", pay_code=shown))
    assert {(one.code, body(one)["state"], body(one)["refunded_minor"]) for one in ends} == {("", "committed", 0)}
    assert len(set(ends)) == 1


async def test_repeat_after_the_code_is_over_and_the_card_gone_gets_the_payment(shop: Town) -> None:
    await shop.bind("wei", "sandbox-times-out")
    shown = shop.code("wei")
    first = await shop.charge("wei", NOODLES, order_ref="o", key="k", pay_code=shown)
    shop.wait(minutes=2)
    for _ in range(2):
        last = await shop.charge("wei", NOODLES, order_ref="o", key="k", pay_code=shown)
    assert (body(last)["payment_id"], body(last)["state"]) == (body(first)["payment_id"], "committed")


async def test_same_key_20_times_at_once_charges_the_card_once(shop: Town) -> None:
    await shop.bind("wei", "sandbox-repeats")
    shown = shop.code("wei")
    answers = await asyncio.gather(
        *(shop.charge("wei", NOODLES, order_ref="o", key="k", pay_code=shown) for _ in range(20))
    )
    assert len(set(answers)) == 1
    assert await taken(shop) == 2700
    await shop.assert_books()


async def test_payment_the_bank_never_heard_of_is_barred_after_the_hold(shop: Town) -> None:
    await shop.bind("wei", "sandbox-times-out-before")
    shown = shop.code("wei")
    first = await shop.charge("wei", NOODLES, order_ref="o", key="k", pay_code=shown)
    assert await expire_due(shop.desk) == 0
    shop.wait(seconds=shop.desk.settings.hold_seconds - 1)
    assert await shop.again() == 0
    assert await state(shop, body(first)["payment_id"]) == "capturing"
    shop.wait(seconds=1)
    assert await expire_due(shop.desk) == 0, "only reserved expires"
    assert await shop.again() == 1
    assert await state(shop, body(first)["payment_id"]) == "released"
    assert problem(await shop.charge("wei", NOODLES, order_ref="o", key="k", pay_code=shown)) == (
        "refused",
        "card_declined",
    )
    assert await taken(shop) == 0
    await shop.assert_books()


async def test_nothing_to_pay_asks_no_bank(town: Town) -> None:
    town.run(make.campaign("free", make.percent_off(100)))
    await town.join("wei")
    await town.bind("wei", "sandbox-declines")
    paid = await town.paid("wei", NOODLES)
    assert (paid.state, paid.paid_minor, paid.card) == ("committed", 0, None)
    held = await town.paid("wei", NOODLES, capture=False)
    assert problem(await town.commit(held.payment_id)) == ("done", "")
    await town.assert_books()


# Reserve, then commit, release or expire


async def test_hold_is_authorised_then_captured(shop: Town) -> None:
    await shop.bind("wei")
    held = await shop.paid("wei", NOODLES, capture=False)
    assert (held.state, held.card and held.card.state) == ("reserved", "authorised")
    assert await taken(shop) == 0
    assert await shop.account("payable:noodle-house") == 0
    answer = await shop.commit(held.payment_id)
    assert (problem(answer), body(answer)["state"]) == (("done", ""), "committed")
    assert await taken(shop) == 2700
    await shop.assert_books()


async def test_declined_hold_is_released(shop: Town) -> None:
    await shop.bind("wei", "sandbox-declines")
    assert problem(await shop.charge("wei", NOODLES, capture=False)) == ("refused", "card_declined")
    assert await uses(shop, "five-off") == (0, 0)
    await shop.assert_books()


async def test_hold_that_is_not_authorised_is_not_committed(shop: Town) -> None:
    await shop.bind("wei", "sandbox-times-out")
    held = await shop.charge("wei", NOODLES, capture=False)
    assert (held.code, body(held)["state"], body(held)["card"]["state"]) == (PENDING, "reserved", "authorising")
    assert problem(await shop.commit(body(held)["payment_id"])) == ("conflict", "payment_state")
    await shop.again()
    await shop.again()
    assert problem(await shop.commit(body(held)["payment_id"])) == ("done", "")
    await shop.assert_books()


async def test_silent_capture_stays_capturing_and_is_neither_released_nor_expired(shop: Town) -> None:
    await shop.bind("wei", "sandbox-late-capture")
    held = await shop.paid("wei", NOODLES, capture=False)
    answer = await shop.commit(held.payment_id, key="c")
    assert (answer.code, body(answer)["state"]) == (PENDING, "capturing")
    assert problem(await shop.release(held.payment_id)) == ("conflict", "payment_state")
    shop.wait(hours=1)
    assert await expire_due(shop.desk) == 0
    for _ in range(3):
        await shop.again()
    last = await shop.commit(held.payment_id, key="c")
    assert (problem(last), body(last)["state"]) == (("done", ""), "committed")
    assert await taken(shop) == 2700
    await shop.assert_books()


async def test_capture_that_is_declined_releases_and_refuses(shop: Town) -> None:
    await shop.bind("wei", "sandbox-declines-capture")
    held = await shop.paid("wei", NOODLES, capture=False)
    answers = [await shop.commit(held.payment_id, key="c") for _ in range(2)]
    assert [problem(one) for one in answers] == [("refused", "card_declined")] * 2
    assert await state(shop, held.payment_id) == "released"
    await shop.assert_books()


@pytest.mark.parametrize("way", ["release", "expire"])
async def test_ended_hold_is_cancelled_at_the_bank(shop: Town, way: str) -> None:
    await shop.bind("wei")
    held = await shop.paid("wei", NOODLES, capture=False)
    if way == "release":
        assert problem(await shop.release(held.payment_id)) == ("done", "")
    else:
        shop.wait(minutes=5)
        assert await expire_due(shop.desk) == 1
        assert await orders(shop, "reversal") == ["reversing"]
        assert await shop.again() == 1
    assert await orders(shop, "reversal") == ["reversed"]
    assert (await shop.desk.rail.query(held.payment_id)).state == "cancelled"
    assert await uses(shop, "five-off") == (0, 0)
    await shop.assert_books()


@pytest.mark.parametrize("way", ["release", "expire"])
async def test_late_authorisation_after_the_end_is_reversed_and_listed_until_confirmed(shop: Town, way: str) -> None:
    from engine.audit.audit import audit

    await shop.bind("wei", "sandbox-late")
    shown = shop.code("wei")
    held = await shop.charge("wei", NOODLES, capture=False, key="k", order_ref="o", pay_code=shown)
    payment_id = body(held)["payment_id"]
    if way == "release":
        assert problem(await shop.release(payment_id)) == ("done", "")
    else:
        shop.wait(minutes=5)
        assert await expire_due(shop.desk) == 1
    report = await audit(shop.desk.database, TENANT)
    assert [(one.check, one.subject) for one in report.findings] == [
        ("every reversal is confirmed by the bank", payment_id)
    ]
    while await orders(shop, "reversal") != ["reversed"]:
        await shop.again()
    assert (await shop.desk.rail.query(payment_id)).state == "cancelled"
    again = await shop.charge("wei", NOODLES, capture=False, key="k", order_ref="o", pay_code=shown)
    assert body(again)["state"] in {"released", "expired"}
    await shop.assert_books()


async def test_late_capture_after_the_end_is_refunded_in_full(shop: Town) -> None:
    await shop.bind("wei")
    held = await shop.paid("wei", NOODLES, capture=False)
    await shop.desk.rail.capture(held.payment_id)  # the bank did it on its own
    assert await taken(shop) == 2700
    await shop.release(held.payment_id)
    assert await taken(shop) == 0
    assert await orders(shop, "reversal") == ["reversed"]
    await shop.assert_books()


async def test_bank_that_refuses_to_reverse_stays_on_the_list(shop: Town) -> None:
    from engine.audit.audit import audit

    await shop.bind("wei", "sandbox-refuses-refund")
    held = await shop.paid("wei", NOODLES, capture=False)
    await shop.desk.rail.capture(held.payment_id)
    await shop.release(held.payment_id)
    await shop.again()
    assert await orders(shop, "reversal") == ["reversing"]
    assert len((await audit(shop.desk.database, TENANT)).findings) == 1


async def test_commit_release_and_expiry_at_once_end_it_once_here_and_at_the_bank(shop: Town) -> None:
    shop.run()
    await shop.bind("wei")
    ends: Counter[str] = Counter()
    for _ in range(10):
        held = await shop.paid("wei", NOODLES, capture=False)
        before = await taken(shop)
        shop.wait(seconds=299, milliseconds=999)
        late = [expire_due(shop.desk)]
        answers = await asyncio.gather(
            shop.commit(held.payment_id), shop.release(held.payment_id), shop.commit(held.payment_id), *late
        )
        assert Counter(one.kind for one in answers[:3]) == {"done": 1, "conflict": 2}
        end = await state(shop, held.payment_id)
        ends[end] += 1
        assert await taken(shop) - before == (3200 if end == "committed" else 0)
        await shop.again()
        await shop.assert_books()
    assert ends


async def test_release_and_expiry_at_once_reverse_once(shop: Town) -> None:
    await shop.bind("wei")
    held = await shop.paid("wei", NOODLES, capture=False)
    shop.wait(minutes=5)
    await asyncio.gather(
        shop.release(held.payment_id), expire_due(shop.desk), shop.commit(held.payment_id), expire_due(shop.desk)
    )
    assert await state(shop, held.payment_id) in {"released", "expired"}
    await shop.again()
    assert await orders(shop, "reversal") == ["reversed"]
    await shop.assert_books()


# What a payment from the balance costs


class Watched:
    """A database that writes down which tables it is asked for."""

    def __init__(self, inner: Any, tables: set[str]) -> None:
        self._inner, self._tables = inner, tables

    def __getattr__(self, name: str) -> Any:
        run = getattr(self._inner, name)
        return (lambda script: run(self._watched(script))) if name in {"read", "write", "snapshot"} else run

    def _watched(self, script: Any) -> Any:
        rows = None
        try:
            while True:
                statement = script.send(rows)
                self._tables.add(getattr(getattr(statement, "table", None), "name", ""))
                rows = yield statement
        except StopIteration as done:
            return done.value


async def test_payment_from_the_balance_asks_nothing_about_cards(shop: Town) -> None:
    await shop.give("wei", 10000)
    await shop.bind("wei", default=False)
    tables: set[str] = set()
    watched: Any = Watched(shop.desk.database, tables)
    shop.desk.database, shop.desk.sequencer = watched, Sequencer(watched, shop.clock)
    paid = await shop.paid("wei", NOODLES)
    held = await shop.paid("wei", NOODLES, capture=False)
    await shop.commit(held.payment_id)
    await shop.refunded(paid.payment_id)
    assert "payment" in tables
    assert tables & {"card", "rail_order", "chargeback", "sandbox_bank"} == set()
