"""Several statements in one round trip do what they do one by one."""

from __future__ import annotations

import pytest

from engine.ledger.accounts import account
from engine.ledger.idempotency import idempotency
from engine.outbox.events import feed
from engine.store.database import Database
from engine.store.failures import RuleBroken
from engine.store.script import Row, Script, delete, insert, insert_missing, lock, read, select, together, update

FEED = {"tenant_id": "t", "last_seq": 0, "last_work_seq": 0}


def _feeds(count: int) -> list[Row]:
    return [{**FEED, "home_id": f"m{n}"} for n in range(count)]


def _key(name: str) -> Row:
    empty = {"fingerprint": b"\x00\xff", "kind": "", "code": "", "body": b"{}", "created_at": 1}
    return {"tenant_id": "t", "home_id": "till", "idempotency_key": name, **empty}


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_each_statement_gives_its_own_rows(database: Database, count: int) -> None:
    def script() -> Script[list[list[Row]]]:
        yield insert(feed, _feeds(count))
        yield insert(idempotency, [_key("k")])
        keys = [("t", f"m{n}") for n in range(count)]
        return (
            yield from together([lock(feed, keys), select(idempotency, tenant_id="t"), select(account, tenant_id="t")])
        )

    feeds, [kept], nothing = await database.write(script())
    assert feeds == [{**row, "last_seq": 0} for row in feeds]
    assert [row["home_id"] for row in feeds] == [f"m{n}" for n in range(count)]
    assert (bytes(kept["fingerprint"]), bytes(kept["body"])) == (b"\x00\xff", b"{}")
    assert nothing == []


@pytest.mark.parametrize("count", [1, 2])
async def test_writes_of_every_kind_are_made(database: Database, count: int) -> None:
    def script() -> Script[list[list[Row]]]:
        yield insert(feed, _feeds(count))
        yield insert(idempotency, [_key("old")])
        changed = [{"tenant_id": "t", "home_id": f"m{n}", "last_seq": 7} for n in range(count)]
        new = insert_missing(idempotency, [_key("old"), _key("new")], returning=("idempotency_key",))
        return (yield from together([new, update(feed, changed), delete(account, [("t", "m", "a", "CNY")])]))

    new, *_ = await database.write(script())
    assert new == [{"idempotency_key": "new"}]
    feeds = await database.read(read(select(feed, tenant_id="t")))
    assert [row["last_seq"] for row in feeds] == [7] * count


async def test_one_refused_statement_leaves_nothing_of_the_others(database: Database) -> None:
    def script() -> Script[None]:
        yield insert(feed, _feeds(1))
        yield from together([insert(idempotency, [_key("k")]), insert(feed, _feeds(2))])

    with pytest.raises(RuleBroken):
        await database.write(script())
    assert await database.read(read(select(idempotency, tenant_id="t"))) == []
