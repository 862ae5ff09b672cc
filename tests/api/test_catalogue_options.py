"""The options of the whole catalogue over HTTP: published, seen, deciding, stored with the payment, replayed."""

import msgspec
import pytest

from engine.checkout.payment import payment
from engine.checkout.replay import replay
from engine.checkout.terms import Terms
from engine.errors import NotFound
from engine.programs.campaign_versions import campaign_version
from engine.programs.publish import refresh
from engine.store.script import read, select, update
from tests.api.house import CORRIDOR, NOODLES, House

WELCOME = (CORRIDOR / "welcome-5.yaml").read_text("utf-8")  # 5.00 from 20.00 on
HUNDRED = (CORRIDOR / "noodle-15-per-100.yaml").read_text("utf-8")  # 15.00 of each 100.00
FOUR = {"currency": "CNY", "lines": [{**NOODLES, "quantity": 4}]}  # 128.00
CAP = "discount_at_most: {CNY: 16.00}\n"


async def quoted(house: House) -> dict[str, int]:
    answer = await house.post("/v1/quotes", {"basket": FOUR, "pay_code": await house.pay_code("wei")}, "noodle-house")
    assert answer.status_code == 200, answer.text
    assert answer.json()["optimal"] is True
    return {offer["campaign_id"]: offer["amount_minor"] for offer in answer.json()["applied"]}


async def paid(house: House) -> dict:
    answer = await house.post("/v1/payments", await house.order("wei", basket=FOUR), "noodle-house")
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_options_go_live_change_and_end_like_a_campaign(house: House) -> None:
    await house.member("wei", "13800000001")
    first = await house.publish(welcome_5=WELCOME, noodle_15_per_100=HUNDRED)
    assert first.json()["added"] == ["noodle-15-per-100", "welcome-5"]
    assert await quoted(house) == {"noodle-15-per-100": 1500, "welcome-5": 500}
    capped = await house.publish(replace_all=False, catalogue=CAP)
    assert capped.json() == {"revision": 2, "added": ["catalogue"], "changed": [], "ended": [], "unchanged": 0}
    assert await quoted(house) == {"noodle-15-per-100": 1500, "welcome-5": 100}
    campaign_again = await house.publish(replace_all=False, welcome_5=WELCOME)
    assert (campaign_again.json()["revision"], campaign_again.json()["unchanged"]) == (2, 1)
    one = await house.publish(replace_all=False, catalogue="offers_at_most: 1\n")
    assert (one.json()["revision"], one.json()["changed"]) == (3, ["catalogue"])
    assert await quoted(house) == {"noodle-15-per-100": 1500}
    ended = await house.publish(welcome_5=WELCOME, noodle_15_per_100=HUNDRED)
    assert (ended.json()["ended"], ended.json()["unchanged"]) == (["catalogue"], 2)
    assert await quoted(house) == {"noodle-15-per-100": 1500, "welcome-5": 500}
    back = await house.publish(replace_all=False, catalogue=CAP)
    assert back.json()["added"] == ["catalogue"]
    rows = await house.desk.database.read(read(select(campaign_version, tenant_id="youhui")))
    assert sorted((row["home_id"], row["state"]) for row in rows if row["home_id"] == "catalogue") == [
        ("catalogue", "ended"), ("catalogue", "live"),
    ]  # fmt: skip


async def test_merchant_sees_the_options_beside_what_runs(house: House) -> None:
    await house.publish(welcome_5=WELCOME)
    options = (await house.get("/v1/campaigns", "noodle-house")).json()["options"]
    assert (options["version"], options["choose"], options["offers_at_most"]) == ("", "best", None)
    text = "choose: in_order\noffers_at_most: 2\npayable_at_least: {CNY: 0.01}\ndiscount_at_most: {percent: 60%}\n"
    await house.publish(welcome_5=WELCOME, catalogue=text)
    for path, who in (("/v1/campaigns", "noodle-house"), ("/v1/operator/campaigns", "operator")):
        options = (await house.get(path, who)).json()["options"]
        assert len(options.pop("version")) == 16
        assert options.pop("explained")["en"].endswith("A basket saves at most 60% of its list price.")
        assert options == {
            "choose": "in_order",
            "offers_at_most": 2,
            "payable_at_least_minor": {"CNY": 1},
            "discount_at_most_minor": {},
            "discount_at_most_ppm": 600000,
        }


async def test_wrong_options_are_told_with_every_mistake_and_nothing_is_published(house: House) -> None:
    await house.publish(welcome_5=WELCOME, catalogue=CAP)
    wrong = await house.publish(replace_all=False, catalogue="chose: best\noffers_at_most: 0\n")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "campaign_invalid")
    assert [one["text"] for one in wrong.json()["fields"]["mistakes"]] == [
        "catalogue.yaml:1:1: unknown_field: 'chose' is not a field of a catalogue. Did you mean 'choose'?",
        "catalogue.yaml:2:17: out_of_range: 0 must be from 1 to 1000000000.",
    ]
    live = (await house.get("/v1/campaigns", "noodle-house")).json()
    assert (live["revision"], live["options"]["discount_at_most_minor"]) == (1, {"CNY": 1600})


async def test_payment_is_replayed_under_the_options_that_decided_it(house: House) -> None:
    await house.member("wei", "13800000001", balance=90000)
    await house.publish(welcome_5=WELCOME, noodle_15_per_100=HUNDRED, catalogue=CAP)
    capped = await paid(house)
    assert capped["discount_minor"] == 1600
    await house.publish(noodle_15_per_100=HUNDRED)
    free = await paid(house)
    assert free["discount_minor"] == 1500
    for one in (capped, free):
        assert (await replay(house.desk, one["payment_id"])).same
    [row] = await house.desk.database.read(read(select(payment, payment_id=capped["payment_id"])))
    terms = msgspec.json.decode(row["terms"], type=Terms)
    assert len(terms.options) == 16
    without = {key: value for key, value in msgspec.json.decode(row["terms"]).items() if key != "options"}
    await house.desk.database.write(_rewrite({**row, "terms": msgspec.json.encode(without).decode()}))
    again = await replay(house.desk, capped["payment_id"])  # as if kept before there were options: the defaults
    assert msgspec.json.decode(again.again)["discount_minor"] == 2000
    lost = msgspec.structs.replace(terms, options="0123456789abcdef")
    await house.desk.database.write(_rewrite({**row, "terms": msgspec.json.encode(lost).decode()}))
    with pytest.raises(NotFound, match="The version of catalogue that decided is not kept"):
        await replay(house.desk, capped["payment_id"])


async def test_live_options_that_can_not_be_read_leave_what_ran(house: House) -> None:
    await house.member("wei", "13800000001")
    await house.publish(welcome_5=WELCOME, noodle_15_per_100=HUNDRED, catalogue=CAP)
    await house.desk.database.write(_break())
    house.desk.revision = 0  # as if something newer had gone live
    assert await refresh(house.desk) is False
    assert await quoted(house) == {"noodle-15-per-100": 1500, "welcome-5": 100}
    mended = await house.publish(welcome_5=WELCOME, catalogue="offers_at_most: 1\n")
    assert mended.status_code == 200
    assert await quoted(house) == {"welcome-5": 500}


def _rewrite(row):
    yield update(payment, [row])


def _break():
    [row] = yield select(campaign_version, home_id="catalogue", state="live")
    yield update(campaign_version, [{**row, "text": "choose: magic\n"}])
