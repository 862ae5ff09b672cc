"""Webhooks through the API and over real sockets, on a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from engine.outbox.dispatch import EXTRA_PER_ENDPOINT
from tests.outbox.post_office import NOODLE_HOUSE, TIMEOUT_SECONDS, PostOffice
from tests.outbox.receiver import Came, receiving

SCHEDULE_SECONDS = [0, 5, 300, 1800, *(3600 * hours for hours in (2, 5, 10, 14, 20, 24))]


def is_signed(came: Came, secret: str) -> bool:
    """Whether one of the signatures is of *secret*; time is judged elsewhere, the clock here is not the machine's."""
    at = datetime.fromtimestamp(int(came.headers["webhook-timestamp"]), UTC)
    right = Webhook(secret).sign(came.headers["webhook-id"], at, came.body.decode())
    return right in came.headers["webhook-signature"].split(" ")


def by_payment(came: list[Came]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for one in came:
        told.setdefault(one.event["data"]["payment_id"], []).append(one.event["type"])
    return told


async def test_payment_is_told_signed_in_order_and_once(office: PostOffice) -> None:
    async with receiving() as receiver:
        endpoint = await office.register(receiver.url)
        payment_id = await office.charge(capture=False)
        await office.act(payment_id, "commit")
        await office.refund(payment_id)
        assert await office.tell() == 3
        assert await office.tell() == 0
    assert by_payment(receiver.came) == {payment_id: ["payment.reserved", "payment.committed", "payment.refunded"]}
    assert all(is_signed(one, endpoint["secret"]) for one in receiver.came)
    assert [one.headers["webhook-id"] for one in receiver.came] == [one.event["id"] for one in receiver.came]
    assert [one["state"] for one in await office.deliveries(endpoint)] == ["delivered"] * 3
    feed = (await office.house.get("/v1/events", NOODLE_HOUSE)).json()
    assert feed == {"items": [one.event for one in receiver.came], "last_seq": 3}


async def test_each_merchant_is_told_of_its_own_payments_only(sqlite_office: PostOffice) -> None:
    office = sqlite_office
    async with receiving() as noodles, receiving() as tea:
        await office.register(noodles.url)
        await office.register(tea.url, "tea-corner")
        mine, theirs = await office.charge(), await office.charge("tea-corner")
        await office.tell()
    assert (list(by_payment(noodles.came)), list(by_payment(tea.came))) == ([mine], [theirs])
    assert b"lin" not in b"".join(one.body for one in noodles.came)  # nothing of the shopper


async def test_chosen_types_only_are_sent_and_all_are_in_the_feed(sqlite_office: PostOffice) -> None:
    office = sqlite_office
    async with receiving() as receiver:
        await office.register(receiver.url, types=["payment.refunded"])
        await office.refund(await office.charge())
        await office.tell()
    assert [one.event["type"] for one in receiver.came] == ["payment.refunded"]
    assert len((await office.house.get("/v1/events", NOODLE_HOUSE)).json()["items"]) == 2


async def test_both_secrets_sign_while_rotating_and_the_old_one_ends(sqlite_office: PostOffice) -> None:
    office = sqlite_office
    async with receiving() as receiver:
        before = await office.register(receiver.url)
        path = f"/v1/webhook-endpoints/{before['endpoint_id']}/rotate"
        after = (await office.house.post(path, {}, NOODLE_HOUSE, key="rotate-1")).json()
        again = (await office.house.post(path, {}, NOODLE_HOUSE, key="rotate-1")).json()
        assert after == again
        assert after["secret"] != before["secret"]
        for hours, old_signs in ((0, True), (23.9, True), (0.2, False)):
            office.house.clock.advance(timedelta(hours=hours))
            await office.charge()
            await office.tell()
            assert is_signed(receiver.came[-1], after["secret"])
            assert is_signed(receiver.came[-1], before["secret"]) is old_signs
            assert "secret" not in await office.shown(before)


async def test_refused_event_is_tried_on_schedule_under_one_id_then_is_a_dead_letter(sqlite_office: PostOffice) -> None:
    office = sqlite_office
    async with receiving() as receiver:
        endpoint = await office.register(receiver.url)
        bad = await office.charge()
        receiver.status_by_payment[bad] = 500
        await office.relay()
        start = office.house.clock.now()
        tries = []
        for seconds in itertools.accumulate(SCHEDULE_SECONDS):
            for early in (-1, 0):
                office.house.clock.set(start + timedelta(seconds=seconds + early))
                if await office.tell():
                    tries.append(seconds + early)
            if not seconds:
                await office.charge()  # another is accepted a second later, so the fault is the event's
                assert await office.tell() == 1
        assert tries == list(itertools.accumulate(SCHEDULE_SECONDS))
        refused = [one for one in receiver.came if one.status == 500]
        assert len({one.headers["webhook-id"] for one in refused}) == 1
        [dead] = await office.deliveries(endpoint, state="dead")
        assert (dead["payment_id"], dead["last_status"]) == (bad, 500)
        assert len(refused) == dead["attempts"] == len(SCHEDULE_SECONDS)
        assert await office.pass_time(hours=50) == 0
        receiver.status_by_payment.clear()
        resend = f"/v1/webhook-endpoints/{endpoint['endpoint_id']}/resend"
        assert (await office.house.post(resend, {}, NOODLE_HOUSE)).json() == {"count": 1}
        assert await office.tell() == 1
        assert receiver.accepted[-1].headers["webhook-id"] == refused[0].headers["webhook-id"]


@pytest.mark.parametrize("payments", [1, 12])
async def test_after_an_hour_down_all_is_delivered_within_ten_minutes(office: PostOffice, payments: int) -> None:
    async with receiving(status=0) as receiver:
        endpoint = await office.register(receiver.url)
        told = [await office.charge() for _ in range(payments)]
        await office.tell()
        await office.refund(told[0])
        tried = await office.pass_time(hours=1)
        assert receiver.accepted == []
        assert tried < 80  # one probe at a time, not every event each time
        if payments > 1:
            assert (await office.shown(endpoint))["down"] is True
        receiver.status = 204
        await office.pass_time(minutes=10)
        assert by_payment(receiver.accepted) == {
            id_: ["payment.committed"] + ["payment.refunded"] * (id_ == told[0]) for id_ in told
        }
        after = await office.shown(endpoint)
        assert (after["pending"], after["dead"], after["down"], after["failing_since"]) == (0, 0, False, None)


async def test_down_for_four_days_gives_up_and_new_events_still_probe(sqlite_office: PostOffice) -> None:
    office = sqlite_office
    async with receiving(status=503) as receiver:
        endpoint = await office.register(receiver.url)
        for _ in range(3):
            await office.charge()
        await office.pass_time(hours=75, minutes=34)
        assert (await office.shown(endpoint))["dead"] == 0
        await office.pass_time(hours=1)
        assert (await office.shown(endpoint))["dead"] == 3
        receiver.status = 200
        await office.charge()
        assert await office.tell() == 1
        assert len(receiver.accepted) == 1


async def test_gone_disables_and_enabling_sends_what_waited(office: PostOffice) -> None:
    async with receiving(status=410) as receiver:
        endpoint = await office.register(receiver.url)
        await office.charge()
        await office.tell()
        shown = await office.shown(endpoint)
        assert (shown["state"], shown["disabled_because"], shown["pending"]) == ("disabled", "gone", 1)
        await office.charge()
        assert await office.pass_time(hours=5) == 0
        receiver.status = 200
        path = f"/v1/webhook-endpoints/{endpoint['endpoint_id']}"
        answer = await office.house.http.patch(
            path, json={"state": "enabled"}, headers=office.house.bearer(NOODLE_HOUSE)
        )
        assert (answer.status_code, answer.json()["state"]) == (200, "enabled")
        assert await office.tell() == 1


async def test_redirect_is_a_failure_and_is_not_followed(sqlite_office: PostOffice) -> None:
    office = sqlite_office
    async with receiving() as inner, receiving(status=301) as receiver:
        receiver.location = inner.url
        endpoint = await office.register(receiver.url)
        await office.charge()
        await office.pass_time(minutes=10)
        [delivery] = await office.deliveries(endpoint)
        assert (delivery["state"], delivery["last_status"]) == ("pending", 301)
        assert inner.came == []


async def test_endless_answer_is_not_read(sqlite_office: PostOffice) -> None:
    office = sqlite_office
    async with receiving(endless=True) as receiver:
        endpoint = await office.register(receiver.url)
        await office.charge()
        await office.tell()
        assert [one["state"] for one in await office.deliveries(endpoint)] == ["delivered"]
        assert receiver.sent < 16 * 1024 * 1024  # what the socket's buffers hold


@pytest.mark.parametrize(("share", "state"), [(0.7, "delivered"), (1.5, "pending")])
async def test_slow_is_accepted_until_the_timeout(sqlite_office: PostOffice, share: float, state: str) -> None:
    """14 of 20 seconds, and 30, twenty times as fast."""
    office = sqlite_office
    async with receiving(seconds=TIMEOUT_SECONDS * share) as receiver:
        endpoint = await office.register(receiver.url)
        await office.charge()
        await office.tell()
        [delivery] = await office.deliveries(endpoint)
        assert (delivery["state"], delivery["attempts"]) == (state, 1)
        assert delivery["last_error"] == (None if state == "delivered" else "timeout")


async def test_slow_receiver_holds_up_nobody_else_and_gets_a_few_at_a_time(sqlite_office: PostOffice) -> None:
    office = sqlite_office
    async with receiving(seconds=TIMEOUT_SECONDS * 0.3) as slow, receiving() as quick:
        await office.register(slow.url)
        await office.register(quick.url, "tea-corner")
        for _ in range(20):
            await office.charge()
        for _ in range(3):
            await office.charge("tea-corner")
        await office.relay()
        sending = asyncio.create_task(office.send())
        while len(quick.accepted) < 3:
            assert not sending.done()
            await asyncio.sleep(0.01)
        assert len(slow.accepted) <= 1 + EXTRA_PER_ENDPOINT  # its first are not answered yet, or just now
        await sending
        assert (len(slow.accepted), len(quick.accepted)) == (20, 3)
        assert slow.most_at_once == 1 + EXTRA_PER_ENDPOINT


async def test_clock_set_back_stops_no_delivery(sqlite_office: PostOffice) -> None:
    office = sqlite_office
    async with receiving(status=500) as receiver:
        await office.register(receiver.url)
        for _ in range(2):
            await office.charge()
        await office.pass_time(minutes=30)
        office.house.clock.advance(timedelta(hours=-2))
        receiver.status = 200
        await office.pass_time(seconds=10)
        assert len(receiver.accepted) == 2


async def test_removed_endpoint_gets_nothing_more(sqlite_office: PostOffice) -> None:
    office = sqlite_office
    async with receiving() as receiver:
        endpoint = await office.register(receiver.url)
        await office.charge()
        await office.relay()
        path = f"/v1/webhook-endpoints/{endpoint['endpoint_id']}"
        assert (await office.house.http.delete(path, headers=office.house.bearer(NOODLE_HOUSE))).status_code == 200
        assert (await office.house.http.delete(path, headers=office.house.bearer(NOODLE_HOUSE))).status_code == 404
        await office.charge()
        assert await office.pass_time(hours=1) == 0
        assert receiver.came == []
        assert (await office.house.get("/v1/webhook-endpoints", NOODLE_HOUSE)).json() == {"items": []}
