"""The relay: each event at least once, a failing one later again and in the end set aside, the others not held up."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from engine.outbox.events import event
from engine.outbox.relay import TRIES_MAX, Asked, relay, relay_try
from engine.settings import Settings
from engine.store.database import Database, open_database
from engine.store.instants import to_micros
from engine.store.schema import create_schema
from engine.store.script import insert, read, select

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


def _event(member_id: str, seq: int, type_: str, *, stream: str = "work") -> dict[str, object]:
    return {
        "tenant_id": "youhui", "home_id": member_id, "stream": stream, "seq": seq, "type": type_, "at": to_micros(NOON),
        "payment_id": "pay_1", "coupon_id": "", "body": '{"amount_minor":800}', "state": "pending",
    }  # fmt: skip


async def _open(database_url: str, *events: dict[str, object]) -> Database:
    settings = Settings(database_url=database_url)
    create_schema(settings)
    database = await open_database(settings)
    await database.write(read(insert(event, events)))
    return database


async def _states(database: Database) -> dict[tuple[str, int], str]:
    rows = await database.read(read(select(event, tenant_id="youhui", stream="work")))
    return {(row["home_id"], row["seq"]): row["state"] for row in rows}


def test_an_event_is_handed_over_once_and_marked(database_url: str) -> None:
    async def story() -> None:
        asked: list[Asked] = []

        async def handler(one: Asked) -> None:
            asked.append(one)

        database = await _open(
            database_url,
            _event("lin", 1, "referral.due"),
            _event("lin", 2, "of.no.interest"),
            _event("lin", 1, "payment.committed", stream="member"),
        )
        assert await relay(database, "youhui", {"referral.due": handler}, NOON) == 2
        assert await relay(database, "youhui", {"referral.due": handler}, NOON) == 0
        assert [(one.member_id, one.seq, one.body) for one in asked] == [("lin", 1, {"amount_minor": 800})]
        assert set((await _states(database)).values()) == {"done"}
        await database.close()

    asyncio.run(story())


def test_a_failing_event_waits_longer_each_time_then_is_set_aside(database_url: str) -> None:
    async def story() -> None:
        calls: list[str] = []

        async def handler(one: Asked) -> None:
            calls.append(one.member_id)
            if one.member_id == "lin":
                raise ValueError("no wallet")

        database = await _open(database_url, _event("lin", 1, "referral.due"), _event("wei", 1, "referral.due"))
        now, pauses = NOON, []
        for tried in range(1, TRIES_MAX + 1):
            await relay(database, "youhui", {"referral.due": handler}, now)
            assert calls.count("lin") == tried
            await relay(database, "youhui", {"referral.due": handler}, now)  # too early: not handed over again
            assert calls.count("lin") == tried
            [row] = await database.read(read(select(relay_try, tenant_id="youhui")))
            pauses.append(timedelta(microseconds=row["next_at"] - to_micros(now)))
            now += pauses[-1]
        assert [pause.total_seconds() for pause in pauses] == [2, 4, 8, 16, 32, 64, 128, 256]
        assert await _states(database) == {("lin", 1): "poison", ("wei", 1): "done"}
        await relay(database, "youhui", {"referral.due": handler}, now + timedelta(days=1))
        assert (calls.count("lin"), calls.count("wei")) == (TRIES_MAX, 1)
        await database.close()

    asyncio.run(story())
