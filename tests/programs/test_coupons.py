from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from engine.programs.coupon import valid_until
from engine.programs.coupon_card import card_of
from engine.programs.coupons import coupons, expire_due, usable_count_script
from engine.rules.benefits.issue_coupon import IssueCoupon
from engine.rules.campaign import CouponTerms
from engine.rules.decision import Words
from engine.store.database import Database
from tests import make
from tests.checkout.town import NOODLES, TENANT, Town, town_on

NOON = datetime(2027, 3, 6, 4, 0, tzinfo=UTC)  # in Shanghai


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    built = await town_on(database)
    built.run(
        make.campaign(
            "gift", IssueCoupon(campaign_id="voucher", count=3), phase="reward", limits={"uses_per_member": 1}
        ),
        make.voucher("voucher", make.amount_off(300), when=[make.spend(1000)]),
    )
    await built.join("wei", "ann", balance=30000)
    yield built
    await built.desk.sequencer.close()


async def states(town: Town) -> dict[str, int]:
    names = ("usable", "soon", "locked", "used", "expired", "revoked")
    return {name: count for name in names if (count := len((await coupons(town.desk, "wei", name)).items))}


async def test_coupons_are_listed_by_state(town: Town) -> None:
    await town.paid("wei", NOODLES)
    assert await states(town) == {"usable": 3}
    await town.paid("wei", NOODLES)
    await town.paid("wei", NOODLES, capture=False)
    assert await states(town) == {"usable": 1, "locked": 1, "used": 1}
    assert len((await coupons(town.desk, "wei")).items) == 3
    assert await town.desk.database.read(usable_count_script(TENANT, "wei", town.clock.now())) == 1
    assert (await coupons(town.desk, "ann")).items == ()


async def test_coupon_is_over_at_its_instant_whether_or_not_the_job_ran(town: Town) -> None:
    # Given on 6 March for 7 days: valid through the 13th, in Shanghai.
    await town.paid("wei", NOODLES)
    end = datetime(2027, 3, 13, 16, 0, tzinfo=UTC)
    assert {one.valid_until for one in (await coupons(town.desk, "wei")).items} == {end}
    town.clock.set(end - timedelta(microseconds=1))
    assert await states(town) == {"usable": 3}
    assert await expire_due(town.desk) == 0
    town.clock.set(end)
    assert await states(town) == {"expired": 3}
    assert await expire_due(town.desk) == 3
    assert await expire_due(town.desk) == 0
    assert await states(town) == {"expired": 3}
    assert (await town.events("wei")).count("coupon.expired") == 3
    await town.assert_books()


async def test_coupon_of_an_ended_campaign_says_why_it_can_t_be_used(town: Town) -> None:
    await town.paid("wei", NOODLES)
    assert {one.why_not for one in (await coupons(town.desk, "wei")).items} == {None}
    town.run()
    assert {one.why_not.en for one in (await coupons(town.desk, "wei")).items if one.why_not} == {"The offer has ended"}


@pytest.mark.parametrize(
    ("issued_at", "days", "until"),
    [
        (NOON, 0, datetime(2027, 3, 6, 16, 0, tzinfo=UTC)),
        (NOON, 7, datetime(2027, 3, 13, 16, 0, tzinfo=UTC)),
        (datetime(2027, 3, 6, 16, 0, tzinfo=UTC), 0, datetime(2027, 3, 7, 16, 0, tzinfo=UTC)),
    ],
)
def test_coupon_lives_to_the_end_of_the_local_day(issued_at: datetime, days: int, until: datetime) -> None:
    assert valid_until(CouponTerms(days), issued_at, "Asia/Shanghai") == until


def test_card_says_face_threshold_funder_and_where() -> None:
    names = {"noodle-house": Words(en="Qinghe", zh="青禾")}
    card = card_of(
        make.voucher(
            "v",
            make.percent_off(15),
            when=[make.spend(5000)],
            scope=make.at("noodle-house"),
            funding=make.funding(merchant=100),
        ),
        names,
    )
    assert (card.face, card.face_minor) == (Words(en="15% off", zh="8.5折"), None)
    assert card.threshold == Words(en="Spend ¥50", zh="满¥50可用")
    assert (card.funder_kind, card.funder_name, card.where) == (
        "merchant",
        names["noodle-house"],
        names["noodle-house"],
    )


def test_card_of_an_amount_has_its_number() -> None:
    card = card_of(make.voucher("v", make.amount_off(1200)), {})
    assert (card.face.en, card.face_minor, card.threshold.en, card.where.en) == (
        "¥12",
        1200,
        "No minimum spend",
        "All shops",
    )
