"""Many callers at once: nobody gets too much, nobody gets it twice, and one bad work harms no other."""

from __future__ import annotations

import asyncio
import json

import pytest

from engine.errors import Conflict, Invalid, NotFound, Refused, Unavailable
from engine.ledger import accounts, counters, transfers
from engine.ledger.counters import counter, counter_entry
from engine.ledger.idempotency import idempotency
from engine.ledger.sequencer import GROUP_MAX, WAITING_MAX, Sequencer
from engine.ledger.work import Answer, Lock, Read, Rows
from engine.store.database import Database
from engine.store.failures import RuleBroken
from engine.store.script import read, select
from tests.ledger.works import FLASH, TENANT, done, take, top_up, transfer, work


async def _rows(database: Database, table, **equals: object) -> list[dict]:
    return await database.read(read(select(table, tenant_id=TENANT, **equals)))


async def test_last_unit_goes_to_one_of_200(database: Database, sequencer: Sequencer) -> None:
    answers = await asyncio.gather(
        *(sequencer.submit(take(FLASH, f"p{n}", ceiling=1, key=f"k{n}")) for n in range(200))
    )
    assert sorted((answer.kind, answer.code) for answer in answers) == [
        ("done", ""),
        *[("refused", "limit_reached")] * 199,
    ]
    [row] = await _rows(database, counter)
    assert (row["used"], row["reserved"]) == (1, 0)
    assert len(await _rows(database, counter_entry)) == 1
    assert len(await _rows(database, idempotency)) == 200  # refusals are answers too


async def test_amounts_never_pass_the_ceiling_and_strand_nothing(database: Database, sequencer: Sequencer) -> None:
    works = [take(FLASH, f"p{n}", ceiling=1000, amount=n % 7 + 1) for n in range(600)]
    answers = await asyncio.gather(*map(sequencer.submit, works))
    refused = [n % 7 + 1 for n, answer in enumerate(answers) if answer.kind == "refused"]
    [row] = await _rows(database, counter)
    assert 1000 - row["used"] < min(refused)
    assert row["used"] == sum(n % 7 + 1 for n, answer in enumerate(answers) if answer.kind == "done")


async def test_limit_per_member_holds_under_50_at_once(database: Database, sequencer: Sequencer) -> None:
    mine = ("member", "lin", "spring", "uses", "2027-03-01")
    answers = await asyncio.gather(*(sequencer.submit(take(mine, f"p{n}", ceiling=2)) for n in range(50)))
    assert [answer.kind for answer in answers].count("done") == 2
    [row] = await _rows(database, counter)
    assert (row["home_id"], row["used"]) == ("lin", 2)


async def test_same_key_50_times_is_one_effect_and_the_same_bytes(database: Database, sequencer: Sequencer) -> None:
    answers = await asyncio.gather(
        *(sequencer.submit(take(FLASH, f"p{n}", ceiling=100, key="same")) for n in range(50))
    )
    again = await sequencer.submit(take(FLASH, "later", ceiling=100, key="same"))
    assert {*answers, again} == {Answer("done", "", b'{"payment_id": "p0", "taken": 1}')}
    [row] = await _rows(database, counter)
    assert row["used"] == 1


async def test_same_key_in_a_new_process_gets_the_same_bytes(database: Database, sequencer: Sequencer) -> None:
    first = await sequencer.submit(take(FLASH, "p1", ceiling=1, key="a"))
    refused = await sequencer.submit(take(FLASH, "p2", ceiling=1, key="b"))
    restarted = Sequencer(database)
    assert await restarted.submit(take(FLASH, "p3", ceiling=9, key="a")) == first
    assert await restarted.submit(take(FLASH, "p4", ceiling=9, key="b")) == refused
    assert json.loads(refused.body)["fields"] == {"campaign_id": "flash", "limit": "units", "left": 0}
    await restarted.close()


async def test_same_key_for_another_request_is_refused_in_flight_and_later(sequencer: Sequencer) -> None:
    def other() -> object:
        return sequencer.submit(work(lambda _: done(), key="k", fingerprint=b"other body"))

    results = await asyncio.gather(sequencer.submit(work(lambda _: done(), key="k")), other(), return_exceptions=True)
    assert results[0] == done()
    assert isinstance(results[1], Invalid)
    with pytest.raises(Invalid, match="idempotency_key_reused"):
        await other()


async def test_repeat_gets_its_answer_while_another_request_tries_the_same_key(sequencer: Sequencer) -> None:
    first = await sequencer.submit(work(lambda _: done(), key="k"))
    other = asyncio.create_task(sequencer.submit(work(lambda _: done(), key="k", fingerprint=b"other body")))
    await asyncio.sleep(0)  # the other one is under way
    assert await sequencer.submit(work(lambda _: done(), key="k")) == first
    with pytest.raises(Invalid, match="idempotency_key_reused"):
        await other


async def test_same_key_of_another_caller_is_another_key(sequencer: Sequencer) -> None:
    assert await sequencer.submit(work(lambda _: done(a=1), key="k")) == done(a=1)
    assert await sequencer.submit(work(lambda _: done(a=2), key="k", caller="till:2")) == done(a=2)


@pytest.mark.parametrize(
    "error", [NotFound("payment_not_found", "no"), Invalid("invalid_field", "no"), KeyError("bug")]
)
async def test_errors_that_decide_nothing_keep_nothing(
    database: Database, sequencer: Sequencer, error: Exception
) -> None:
    def decide(rows: Rows) -> Answer:
        counters.reserve(rows, TENANT, FLASH, payment_id="p", amount=1, ceiling=None)
        raise error

    with pytest.raises(type(error)):
        await sequencer.submit(work(decide, counters.counter_lock(TENANT, FLASH), key="k"))
    assert await _rows(database, idempotency) == []
    assert await _rows(database, counter_entry) == []
    assert await sequencer.submit(take(FLASH, "p", ceiling=1, key="k")) == Answer(
        "done", "", b'{"payment_id": "p", "taken": 1}'
    )


@pytest.mark.parametrize("error", [Refused("limit_reached", "no"), Conflict("payment_state", "no")])
async def test_refusals_discard_changes_and_are_kept(
    database: Database, sequencer: Sequencer, error: Exception
) -> None:
    def decide(rows: Rows) -> Answer:
        counters.reserve(rows, TENANT, FLASH, payment_id="p", amount=1, ceiling=None)
        raise error

    answer = await sequencer.submit(work(decide, counters.counter_lock(TENANT, FLASH), key="k"))
    assert (answer.kind, answer.code) == ("refused" if isinstance(error, Refused) else "conflict", error.code)
    assert await _rows(database, counter_entry) == []
    assert await sequencer.submit(take(FLASH, "p", ceiling=1, key="k")) == answer


async def test_poisoned_work_fails_alone(database: Database, sequencer: Sequencer) -> None:
    await sequencer.submit(take(FLASH, "taken", ceiling=None))

    def poison(rows: Rows) -> Answer:  # inserts a journal row that is there already, unseen by it
        row = {
            "scope_kind": FLASH[0],
            "scope_id": FLASH[1],
            "campaign_id": FLASH[2],
            "limit_name": FLASH[3],
            "window_start": "",
        }
        rows.insert(
            counter_entry,
            tenant_id=TENANT,
            home_id="campaign:flash",
            **row,
            payment_id="taken",
            amount=1,
            returned=0,
            state="used",
            ceiling=None,
            taken_after=1,
        )
        return done()

    good = [sequencer.submit(take(FLASH, f"p{n}", ceiling=None, key=f"k{n}")) for n in range(20)]
    results = await asyncio.gather(
        *good[:10], sequencer.submit(work(poison, key="bad")), *good[10:], return_exceptions=True
    )
    assert isinstance(results.pop(10), RuleBroken)
    assert {result.kind for result in results} == {"done"}
    [row] = await _rows(database, counter)
    assert row["used"] == 21
    assert "bad" not in {row["idempotency_key"] for row in await _rows(database, idempotency)}


async def test_work_sees_what_the_group_decided_before_it(sequencer: Sequencer) -> None:
    home = {"tenant_id": TENANT, "home_id": "campaign:flash"}

    def count(rows: Rows) -> Answer:
        return done(entries=[row["payment_id"] for row in rows.read(counter_entry, **home)])

    lock = counters.counter_lock(TENANT, FLASH)
    results = await asyncio.gather(
        sequencer.submit(take(FLASH, "p1", ceiling=None)),
        sequencer.submit(work(count, lock, reads=(Read(counter_entry, home),))),
        sequencer.submit(take(FLASH, "p0", ceiling=None)),
        sequencer.submit(work(count, lock, reads=(Read(counter_entry, home),))),
    )
    assert (results[1], results[3]) == (done(entries=["p1"]), done(entries=["p0", "p1"]))
    assert await sequencer.submit(work(count, lock, reads=(Read(counter_entry, home),))) == results[3]


async def test_rows_that_were_not_named_are_out_of_reach(sequencer: Sequencer) -> None:
    lock = counters.counter_lock(TENANT, FLASH)
    for reach in (
        lambda rows: rows.get(counter, lock.key),
        lambda rows: rows.read(counter_entry, tenant_id=TENANT),
        lambda rows: rows.update(counter, lock.key, used=1),
    ):
        with pytest.raises(KeyError):
            await sequencer.submit(work(reach))


async def test_locked_row_without_default_is_none_when_missing(sequencer: Sequencer) -> None:
    key = (TENANT, "campaign:flash", *FLASH)
    answer = await sequencer.submit(work(lambda rows: done(row=rows.get(counter, key)), Lock(counter, key)))
    assert answer == done(row=None)


async def test_caller_who_goes_away_loses_nothing(database: Database, sequencer: Sequencer) -> None:
    tasks = [asyncio.create_task(sequencer.submit(take(FLASH, f"p{n}", ceiling=None, key=f"k{n}"))) for n in range(40)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results[:2]] == [asyncio.CancelledError, Answer]
    await sequencer.close()
    [row] = await _rows(database, counter)
    assert row["used"] == 40
    assert await Sequencer(database).submit(take(FLASH, "p0", ceiling=None, key="k0")) == Answer(
        "done", "", b'{"payment_id": "p0", "taken": 1}'
    )


async def test_full_queue_says_busy_and_the_rest_is_done(database: Database, sequencer: Sequencer) -> None:
    asked = WAITING_MAX + 10
    results = await asyncio.gather(
        *(sequencer.submit(take(FLASH, f"p{n}", ceiling=None)) for n in range(asked)), return_exceptions=True
    )
    busy = [result for result in results if isinstance(result, Unavailable)]
    assert {error.code for error in busy} == {"busy"}
    assert len(busy) == 10
    [row] = await _rows(database, counter)
    assert row["used"] == WAITING_MAX


async def test_closed_sequencer_finishes_what_waits_and_takes_nothing_new(database: Database) -> None:
    sequencer = Sequencer(database)
    tasks = [asyncio.create_task(sequencer.submit(take(FLASH, f"p{n}", ceiling=None))) for n in range(GROUP_MAX + 5)]
    await asyncio.sleep(0)
    await sequencer.close()
    assert {task.result().kind for task in tasks} == {"done"}
    with pytest.raises(Unavailable):
        await sequencer.submit(take(FLASH, "late", ceiling=None))


async def test_balance_does_not_fall_below_zero(database: Database, sequencer: Sequencer) -> None:
    await sequencer.submit(top_up("top", "lin", 100))

    def spend(name: str):
        def decide(rows: Rows) -> Answer:
            transfers.post(rows, transfer(name, accounts.wallet("lin"), accounts.payable("noodle"), 30))
            return done()

        return work(decide, accounts.wallet_lock(TENANT, "lin", "CNY"))

    answers = await asyncio.gather(*(sequencer.submit(spend(f"s{n}")) for n in range(10)))
    assert [answer.code for answer in answers] == ["", "", "", *["insufficient_balance"] * 7]
    assert await database.read(accounts.balance_script(accounts.wallet_lock(TENANT, "lin", "CNY"))) == 10


@pytest.mark.parametrize(("state", "arrived"), [("posted", 30), ("voided", 0), ("expired", 0)])
async def test_held_money_arrives_only_when_posted(
    database: Database, sequencer: Sequencer, state: str, arrived: int
) -> None:
    await sequencer.submit(top_up("top", "lin", 100))
    locks = [accounts.wallet_lock(TENANT, member, "CNY") for member in ("lin", "wei")]

    def hold_and_settle(rows: Rows) -> Answer:
        transfers.pend(rows, transfer("gift", accounts.wallet("lin"), accounts.wallet("wei"), 30))
        transfers.settle(rows, (TENANT, "lin", "gift"), state)
        return done()

    assert (await sequencer.submit(work(hold_and_settle, *locks))).kind == "done"
    balances = [await database.read(accounts.balance_script(lock)) for lock in locks]
    assert balances == [100 - arrived, arrived]
