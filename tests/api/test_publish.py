"""Publishing over HTTP: live here and elsewhere, versions, mistakes, two at once."""

import asyncio

from engine.desk import Desk
from engine.programs.campaign_versions import campaign_version
from engine.programs.publish import refresh
from engine.rules.catalogue import Catalogue
from engine.store.script import read, select
from tests.api.house import CORRIDOR, House

WELCOME = (CORRIDOR / "welcome-5.yaml").read_text("utf-8")
GIFT = (CORRIDOR / "noodle-voucher-gift.yaml").read_text("utf-8")
VOUCHER = (CORRIDOR / "noodle-voucher.yaml").read_text("utf-8")


async def test_publication_is_live_at_once_and_every_version_is_kept(house: House) -> None:
    first = await house.publish(welcome_5=WELCOME)
    assert first.json() == {"revision": 1, "added": ["welcome-5"], "changed": [], "ended": [], "unchanged": 0}
    assert (await house.get("/v1/campaigns", "noodle-house")).json()["items"][0]["budget_left_minor"] == 100000
    same = await house.publish(welcome_5=WELCOME)
    assert (same.json()["revision"], same.json()["unchanged"]) == (1, 1)
    changed = await house.publish(welcome_5=WELCOME.replace("1000.00", "2000.00"))
    assert (changed.json()["revision"], changed.json()["changed"]) == (2, ["welcome-5"])
    assert (await house.get("/v1/campaigns", "noodle-house")).json()["items"][0]["budget_left_minor"] == 200000
    back = await house.publish(welcome_5=WELCOME)
    assert (back.json()["revision"], back.json()["changed"]) == (3, ["welcome-5"])
    ended = await house.publish(noodle_voucher=VOUCHER)
    assert (ended.json()["added"], ended.json()["ended"]) == (["noodle-voucher"], ["welcome-5"])
    rows = await house.desk.database.read(read(select(campaign_version, tenant_id="youhui")))
    assert sorted((row["home_id"], row["state"]) for row in rows) == [
        ("campaign:noodle-voucher", "live"), ("campaign:welcome-5", "ended"), ("campaign:welcome-5", "ended"),
    ]  # fmt: skip
    shown = (await house.http.get("/health")).json()
    assert (shown["status"], shown["campaigns"], shown["catalogue_revision"]) == ("ok", 1, 4)


async def test_files_are_checked_with_what_stays_live(house: House) -> None:
    alone = await house.publish(noodle_voucher_gift=GIFT)
    assert (alone.status_code, alone.json()["code"]) == (422, "campaign_invalid")
    assert alone.json()["fields"]["mistakes"][0]["code"] == "unknown_campaign"
    assert (await house.publish(noodle_voucher=VOUCHER)).status_code == 200
    assert (await house.publish(replace_all=False, noodle_voucher_gift=GIFT)).status_code == 200
    removed = await house.publish(noodle_voucher_gift=GIFT)
    assert removed.json()["code"] == "campaign_invalid"
    live = (await house.get("/v1/operator/campaigns", "operator")).json()["items"]
    assert [one["campaign_id"] for one in live] == ["noodle-voucher", "noodle-voucher-gift"]


async def test_every_mistake_is_told_and_nothing_published(house: House) -> None:
    wrong = WELCOME.replace("CNY", "CNX").replace("platform: 100%", "platform: 90%")
    answer = await house.publish(welcome_5=wrong, noodle_voucher=VOUCHER)
    assert (answer.status_code, answer.json()["code"]) == (422, "campaign_invalid")
    assert len(answer.json()["fields"]["mistakes"]) >= 2
    live = (await house.get("/v1/operator/campaigns", "operator")).json()
    assert (live["revision"], live["items"]) == (0, [])


async def test_two_publications_at_once_both_hold_or_one_is_told(house: House) -> None:
    answers = await asyncio.gather(
        house.publish(replace_all=False, welcome_5=WELCOME), house.publish(replace_all=False, noodle_voucher=VOUCHER)
    )
    told = sorted(one.status_code for one in answers)
    live = (await house.get("/v1/operator/campaigns", "operator")).json()["items"]
    assert told in ([200, 200], [200, 409])
    assert len(live) == told.count(200)


async def test_other_processes_take_it_over(house: House) -> None:
    other = Desk(
        settings=house.desk.settings,
        clock=house.clock,
        database=house.desk.database,
        sequencer=house.desk.sequencer,
        rail=house.desk.rail,
        catalogue=Catalogue.build(()),
    )
    await house.publish(welcome_5=WELCOME)
    assert other.revision == 0
    assert await refresh(other) is True
    assert (other.revision, list(other.catalogue.campaigns)) == (1, ["welcome-5"])
    assert await refresh(other) is False
