"""Endpoints over the API: bounds, errors, whose they are; dead letters of merchants and of our own handlers."""

from __future__ import annotations

import pytest

from engine.outbox.events import event
from engine.outbox.relay import TRIES_MAX, relay
from engine.programs.webhooks import ENDPOINTS_MAX
from engine.store.script import insert, read
from tests.outbox.post_office import NOODLE_HOUSE, PostOffice
from tests.outbox.receiver import receiving

URL = "https://example.com/hook"


async def test_tenth_endpoint_is_taken_the_next_is_not_until_one_is_removed(sqlite_office: PostOffice) -> None:
    house = sqlite_office.house
    made = [await sqlite_office.register(URL) for _ in range(ENDPOINTS_MAX)]
    full = await house.post("/v1/webhook-endpoints", {"url": URL}, NOODLE_HOUSE)
    assert (full.status_code, full.json()["code"]) == (409, "endpoints_full")
    await sqlite_office.register(URL, "tea-corner")
    path = f"/v1/webhook-endpoints/{made[0]['endpoint_id']}"
    assert (await house.http.delete(path, headers=house.bearer(NOODLE_HOUSE))).status_code == 200
    await sqlite_office.register(URL)


async def test_same_key_registers_once(office: PostOffice) -> None:
    answers = [
        await office.house.post("/v1/webhook-endpoints", {"url": URL}, NOODLE_HOUSE, key="once") for _ in range(3)
    ]
    assert len({answer.content for answer in answers}) == 1
    assert len((await office.house.get("/v1/webhook-endpoints", NOODLE_HOUSE)).json()["items"]) == 1


async def test_endpoint_of_another_merchant_is_not_there(sqlite_office: PostOffice) -> None:
    house = sqlite_office.house
    path = f"/v1/webhook-endpoints/{(await sqlite_office.register(URL))['endpoint_id']}"
    for method, tail, body in (
        ("GET", "", None),
        ("PATCH", "", {"state": "disabled"}),
        ("DELETE", "", None),
        ("POST", "/rotate", {}),
        ("GET", "/deliveries", None),
        ("POST", "/resend", {}),
    ):
        headers = {**house.bearer("tea-corner"), **house.key()}
        answer = await house.http.request(method, path + tail, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "endpoint_not_found"), (method, tail)
    assert (await house.get(path, NOODLE_HOUSE)).json()["state"] == "enabled"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": 1},
        {"url": URL, "types": []},
        {"url": URL, "types": ["payment.unknown"]},
        {"url": URL, "more": 1},
        {"url": URL, "description": "a\u0000b"},
        {"url": URL, "description": "x" * 201},
        {"url": ""},
    ],
)
async def test_wrong_field_is_named(sqlite_office: PostOffice, body: dict[str, object]) -> None:
    answer = await sqlite_office.house.post("/v1/webhook-endpoints", body, NOODLE_HOUSE)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
    assert (await sqlite_office.house.get("/v1/webhook-endpoints", NOODLE_HOUSE)).json() == {"items": []}


async def test_disabled_endpoint_keeps_what_waits_and_queues_nothing_new(sqlite_office: PostOffice) -> None:
    office = sqlite_office
    async with receiving() as receiver:
        endpoint = await office.register(receiver.url)
        first = await office.charge()
        await office.relay()
        path = f"/v1/webhook-endpoints/{endpoint['endpoint_id']}"
        bearer = office.house.bearer(NOODLE_HOUSE)
        off = (await office.house.http.patch(path, json={"state": "disabled"}, headers=bearer)).json()
        assert (off["disabled_because"], off["pending"]) == ("merchant", 1)
        await office.charge()
        assert await office.pass_time(hours=80) == 0
        await office.house.http.patch(path, json={"state": "enabled"}, headers=bearer)
        await office.tell()
        assert [one.event["data"]["payment_id"] for one in receiver.accepted] == [first]


async def test_named_events_are_sent_again_and_pages_follow_the_cursor(office: PostOffice) -> None:
    async with receiving() as receiver:
        endpoint = await office.register(receiver.url)
        for _ in range(3):
            await office.charge()
        await office.tell()
        listed = await office.deliveries(endpoint)
        assert [one["seq"] for one in listed] == [3, 2, 1]
        resend = f"/v1/webhook-endpoints/{endpoint['endpoint_id']}/resend"
        body = {"event_ids": [listed[1]["event_id"], "evt_unknown"]}
        assert (await office.house.post(resend, body, NOODLE_HOUSE)).json() == {"count": 1}
        await office.tell()
        assert receiver.accepted[-1].headers["webhook-id"] == listed[1]["event_id"]
        wrong = await office.house.get(f"{resend.removesuffix('resend')}deliveries", NOODLE_HOUSE, cursor="x")
        assert wrong.json()["code"] == "cursor_invalid"


async def test_operator_sees_dead_letters_of_both_kinds_and_sends_them_again(office: PostOffice) -> None:
    house = office.house
    async with receiving(status=500) as receiver:
        await office.register(receiver.url)
        await office.charge()
        await office.charge()
        await office.pass_time(hours=77)
        await _poison(office)
        letters = (await house.get("/v1/operator/dead-letters", "operator")).json()
        assert letters["count"] == 3
        assert sorted(one["kind"] for one in letters["items"]) == ["handler", "webhook", "webhook"]
        receiver.status = 200
        again = "/v1/operator/dead-letters/resend"
        assert (await house.post(again, {"home_id": "nobody"}, "operator")).json() == {"count": 0}
        assert (await house.post(again, {"home_id": NOODLE_HOUSE}, "operator")).json() == {"count": 2}
        assert (await house.post(again, {}, "operator")).json() == {"count": 1}
        assert (await house.get("/v1/operator/dead-letters", "operator")).json() == {"count": 0, "items": []}
        await office.pass_time(hours=1)
        assert len(receiver.accepted) == 2
        assert await relay(house.desk.database, "youhui", {}, house.clock.now()) == 1


async def test_deliveries_are_forgotten_after_30_days_and_events_never(office: PostOffice) -> None:
    from datetime import timedelta

    from engine.jobs.prune_webhooks import JOB
    from engine.jobs.running.job import Run

    async with receiving() as receiver:
        endpoint = await office.register(receiver.url)
        await office.charge()
        await office.tell()
        for days, kept in ((29.9, 1), (0.2, 0)):
            office.house.clock.advance(timedelta(days=days))
            now = office.house.clock.now()
            run = Run(tenant_id="youhui", job="prune_webhooks", slot=JOB.schedule.latest(now), now=now)
            await JOB.run(office.house.desk, run)
            assert len(await office.deliveries(endpoint)) == kept
        assert len((await office.house.get("/v1/events", NOODLE_HOUSE)).json()["items"]) == 1


async def _poison(office: PostOffice) -> None:
    """An event that its handler never takes, until it is set aside."""

    async def never(_: object) -> None:
        raise ValueError("no wallet")

    row = {"tenant_id": "youhui", "home_id": "m_1", "stream": "work", "seq": 1, "type": "referral.due", "at": 1}
    more = {"payment_id": "", "coupon_id": "", "body": "{}", "state": "pending"}
    database, clock = office.house.desk.database, office.house.clock
    await database.write(read(insert(event, [{**row, **more}])))
    for _ in range(TRIES_MAX):
        await relay(database, "youhui", {"referral.due": never}, clock.now())
        await office.pass_time(minutes=11)
