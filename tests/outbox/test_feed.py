"""The merchants' feed: numbers without gaps, whatever commits when; the relay run twice at once tells once."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from engine.outbox.events import event, feed
from engine.outbox.merchant_feed import merchant_event
from engine.store.database import open_database
from tests.outbox.post_office import NOODLE_HOUSE, PostOffice


async def seqs(office: PostOffice, after: int = 0) -> list[tuple[int, str]]:
    page = (await office.house.get("/v1/events", NOODLE_HOUSE, after=after)).json()
    return [(one["seq"], one["data"]["payment_id"]) for one in page["items"]]


async def test_feed_can_be_read_again_from_any_number(sqlite_office: PostOffice) -> None:
    paid = [await sqlite_office.charge() for _ in range(3)]
    empty = (await sqlite_office.house.get("/v1/events", NOODLE_HOUSE)).json()
    assert empty == {"items": [], "last_seq": 0}
    await sqlite_office.relay()
    assert await seqs(sqlite_office) == list(enumerate(paid, 1))
    for after in range(4):
        assert await seqs(sqlite_office, after) == list(enumerate(paid, 1))[after:]
    last = (await sqlite_office.house.get("/v1/events", NOODLE_HOUSE, after=3)).json()
    assert last == {"items": [], "last_seq": 3}


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30])
async def test_number_must_be_one(sqlite_office: PostOffice, after: str) -> None:
    answer = await sqlite_office.house.get("/v1/events", NOODLE_HOUSE, after=after)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")


@pytest.mark.postgres
async def test_event_that_commits_late_is_told_late_and_not_skipped(office: PostOffice, database_url: str) -> None:
    """A payment of another member, older by its time and still uncommitted while a newer one is told."""
    if not database_url.startswith("postgres"):
        pytest.skip("SQLite has one writer: nothing commits late")
    await office.house.member("wei", "13800000002", balance=10_000)
    office.house.keys["lin"], lin = office.house.keys["wei"], office.house.keys["lin"]
    late = await office.charge()
    office.house.keys["lin"] = lin
    connection = await asyncpg.connect(database_url)
    moved = await connection.fetchrow(f"DELETE FROM {event.name} WHERE payment_id = $1 RETURNING *", late)
    transaction = connection.transaction()
    await transaction.start()
    marks = ", ".join(f"${place}" for place in range(1, len(moved) + 1))
    await connection.execute(f"INSERT INTO {event.name} VALUES ({marks})", *moved.values())
    soon = [await office.charge() for _ in range(2)]
    await office.relay()
    assert await seqs(office) == [(1, soon[0]), (2, soon[1])]
    await transaction.commit()
    await connection.close()
    await office.relay()
    assert await seqs(office, after=2) == [(3, late)]


async def test_two_relays_at_once_tell_each_event_once(office: PostOffice, database_url: str) -> None:
    from dataclasses import replace

    from engine.checkout.tell_merchants import tell_merchants

    paid = [await office.charge() for _ in range(6)]
    other = await open_database(office.house.desk.settings) if database_url.startswith("postgres") else None
    desk = office.house.desk
    desks = [desk, replace(desk, database=other or desk.database)] * 3
    await asyncio.gather(*(tell_merchants(one) for one in desks))
    assert await seqs(office) == list(enumerate(paid, 1))
    rows = await office.rows(event, tenant_id="youhui", stream="member")
    assert {row["state"] for row in rows} == {"done"}
    if other is not None:
        await other.close()


async def test_payment_writes_what_it_wrote_before(sqlite_office: PostOffice) -> None:
    """Telling merchants costs the payment's own transaction nothing: their rows come with the relay."""
    await sqlite_office.charge()
    assert await sqlite_office.rows(merchant_event, tenant_id="youhui") == []
    [row] = await sqlite_office.rows(feed, tenant_id="youhui")
    events = await sqlite_office.rows(event, tenant_id="youhui", stream="member")
    assert len(events) == row["last_seq"]
