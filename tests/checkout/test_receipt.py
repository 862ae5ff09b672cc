"""A payment shown: to its merchant, to its payer, in the list; and decided again."""

import msgspec
import pytest

from engine.checkout.listing import payments, saved_script
from engine.checkout.payment import payment as payment_table
from engine.checkout.receipt import payment_by_order_ref, payment_for_member, payment_for_merchant
from engine.checkout.replay import replay, replayed
from engine.errors import Invalid, NotFound
from engine.programs.campaign_versions import campaign_version
from engine.rules.decision import Words
from engine.store.script import Script, insert
from tests.checkout.town import CAMPAIGNS, CUCUMBER, NOODLES, TEA, TENANT, Town, corridor_campaigns


async def test_merchant_sees_the_payment_as_it_was_answered(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    answered = await corridor.paid("wei", NOODLES, CUCUMBER, TEA, order_ref="o", shop_id="noodle-house-1")
    assert await payment_for_merchant(corridor.desk, "noodle-house", answered.payment_id) == answered
    assert await payment_by_order_ref(corridor.desk, "noodle-house", "o") == answered
    assert answered.shop_name == Words(en="First", zh="一店")
    assert answered.balance_after_minor is None


async def test_payer_sees_balance_and_points_after_it(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    answered = await corridor.paid("wei", NOODLES)
    await corridor.paid("wei", CUCUMBER)
    receipt = await payment_for_member(corridor.desk, "wei", answered.payment_id)
    assert (receipt.balance_after_minor, receipt.points_after) == (27300, 27)
    assert msgspec.structs.replace(receipt, balance_after_minor=None, points_after=None) == answered


async def test_payment_of_another_is_not_found(corridor: Town) -> None:
    await corridor.join("wei", "ann", balance=30000)
    paid = await corridor.paid("wei", NOODLES, TEA, order_ref="o")
    for asked in (
        payment_for_member(corridor.desk, "ann", paid.payment_id),
        payment_for_merchant(corridor.desk, "tea-corner", paid.payment_id),
        payment_by_order_ref(corridor.desk, "tea-corner", "o"),
        payment_for_merchant(corridor.desk, "noodle-house", "pay_none"),
    ):
        with pytest.raises(NotFound, match="payment_not_found"):
            await asked


async def test_receipt_keeps_what_it_said_when_campaigns_end(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    paid = await corridor.paid("wei", NOODLES, TEA)
    corridor.run()
    assert await payment_for_merchant(corridor.desk, "noodle-house", paid.payment_id) == paid


async def test_released_order_shows_the_payment_that_took_its_place(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    held = await corridor.paid("wei", NOODLES, capture=False, order_ref="o")
    await corridor.release(held.payment_id)
    assert (await payment_by_order_ref(corridor.desk, "noodle-house", "o")).state == "released"
    paid = await corridor.paid("wei", NOODLES, order_ref="o")
    assert (await payment_by_order_ref(corridor.desk, "noodle-house", "o")).payment_id == paid.payment_id


async def test_list_is_newest_first_and_pages_without_gap_or_double(corridor: Town) -> None:
    await corridor.join("wei", "ann", balance=30000)
    await corridor.paid("ann", CUCUMBER)
    made = []
    for step in range(7):
        corridor.wait(seconds=step % 2)  # pairs at the same instant
        made.append((await corridor.paid("wei", CUCUMBER)).payment_id)
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        page = await payments(corridor.desk, "wei", cursor, 3)
        seen += [item.payment_id for item in page.items]
        cursor, pages = page.next_cursor, pages + 1
    assert (sorted(seen), pages) == (sorted(made), 3)
    times = [item.at for item in (await payments(corridor.desk, "wei")).items]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("cursor", ["", "x", "!", "bnVsbA", "W10", "WzEsMl0", "WzFlOTksImEiXQ", "é"])
async def test_foreign_cursor_is_invalid(corridor: Town, cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor_invalid"):
        await payments(corridor.desk, "wei", cursor)


async def test_savings_count_the_month_of_the_deployment_s_zone(corridor: Town) -> None:
    await corridor.join("wei", balance=30000)
    await corridor.paid("wei", NOODLES)  # 5.00 off on 6 March
    now = corridor.clock.now()
    saved = [now, now.replace(month=3, day=31, hour=15, minute=59), now.replace(month=3, day=31, hour=16)]
    found = [await corridor.desk.database.read(saved_script(TENANT, "wei", at, "Asia/Shanghai")) for at in saved]
    assert found == [500, 500, 0]


def _publish() -> Script[None]:
    yield insert(
        campaign_version,
        [
            {
                "tenant_id": TENANT,
                "home_id": f"campaign:{campaign.id}",
                "version": campaign.version,
                "file_name": f"{campaign.id}.yaml",
                "text": (CAMPAIGNS / f"{campaign.id}.yaml").read_text("utf-8"),
                "published_at": 0,
                "revision": 1,
                "state": "live",
            }
            for campaign in corridor_campaigns()
        ],
    )


async def test_payment_is_decided_again_to_the_same_bytes(corridor: Town) -> None:
    await corridor.desk.database.write(_publish())
    await corridor.join("wei", balance=90000)
    await corridor.paid("wei", {**NOODLES, "quantity": 3})
    paid = await corridor.paid("wei", {**NOODLES, "quantity": 5}, CUCUMBER, TEA)
    await corridor.refunded(paid.payment_id)
    corridor.run()
    again = await replay(corridor.desk, paid.payment_id)
    assert again.same
    assert b"noodle-voucher" in again.stored


async def test_other_campaigns_decide_other_bytes(corridor: Town) -> None:
    await corridor.join("wei", balance=90000)
    paid = await corridor.paid("wei", NOODLES)
    corridor.run()
    [row] = await corridor.rows(payment_table, tenant_id=TENANT, payment_id=paid.payment_id)
    assert not replayed(row, corridor.desk.catalogue).same
