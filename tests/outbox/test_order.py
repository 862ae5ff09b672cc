"""Laws: whatever a receiver answers, the events of a payment are accepted in order and in the end all of them are."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.outbox.post import Outcome
from engine.settings import Settings
from engine.store.database import open_database
from tests.api.house import house_on
from tests.databases import SqliteFiles
from tests.outbox.post_office import PostOffice

STEPS = st.lists(st.sampled_from(["charge", "hold", "commit", "refund", "send", "wait", "crash"]), max_size=25)
ANSWERS = st.lists(st.sampled_from([200, 204, 500, 429, 301, 0]), max_size=60)


class Moody:
    """A receiver that answers from a list, then always yes; now and then the sender dies before it can write that down."""

    def __init__(self, answers: list[int]) -> None:
        self.answers, self.accepted, self.crash = answers, [], False

    async def __call__(self, _url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        status = self.answers.pop(0) if self.answers else 200
        if 200 <= status < 300:
            event = msgspec.json.decode(body)
            assert event["id"] == headers["webhook-id"]
            self.accepted.append(event)
        await asyncio.sleep(0)
        if self.crash:
            raise ConnectionAbortedError("the process dies here")
        return Outcome(status, "" if status else "timeout")


async def story(url: str, steps: list[str], answers: list[int]) -> None:
    database = await open_database(Settings(database_url=url))
    house = await house_on(database, url)
    house.desk.settings = replace(house.desk.settings, webhook_loopback=True, hold_seconds=864_000)
    receiver = Moody(answers)
    office = PostOffice(house, post=receiver)
    try:
        await house.member("lin", "13800000001", balance=1_000_000)
        await office.register("http://127.0.0.1:1/")
        await _play(office, receiver, steps)
        receiver.answers.clear()
        for _ in range(3):
            house.clock.advance(timedelta(hours=6))
            await office.tell()
        told = (await house.get("/v1/events", "noodle-house")).json()["items"]
        firsts = list({event["id"]: event for event in receiver.accepted}.values())
        assert _by_payment(firsts) == _by_payment(told)
        assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    finally:
        await house.http.aclose()
        await house.desk.sequencer.close()
        await database.close()


async def _play(office: PostOffice, receiver: Moody, steps: list[str]) -> None:
    held: list[str] = []
    paid: list[str] = []
    for step in steps:
        if step in {"charge", "hold"}:
            (paid if step == "charge" else held).append(await office.charge(capture=step == "charge"))
        elif step == "commit" and held:
            await office.act(held[-1], "commit")
            paid.append(held.pop())
        elif step == "refund" and paid:
            await office.refund(paid.pop())
        elif step == "crash":
            receiver.crash = True
            await office.relay()
            with contextlib.suppress(ConnectionAbortedError):
                await office.send()
            receiver.crash = False
        elif step == "wait":
            await office.pass_time(minutes=7)
        else:
            await office.tell()


def _by_payment(events: list[dict]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for event in events:
        told.setdefault(event["data"]["payment_id"], []).append(event["id"])
    return told


def _check(files: SqliteFiles, steps: list[str], answers: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder, files.fresh(Path(folder)) as url:
        asyncio.run(story(url, steps, answers))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, ANSWERS)
def test_events_of_a_payment_are_accepted_in_order_and_all(
    sqlite_files: SqliteFiles, steps: list[str], answers: list[int]
) -> None:
    _check(sqlite_files, steps, answers)


@pytest.mark.laws
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, ANSWERS)
def test_events_of_a_payment_are_accepted_in_order_and_all_long(
    sqlite_files: SqliteFiles, steps: list[str], answers: list[int]
) -> None:
    _check(sqlite_files, steps, answers)
