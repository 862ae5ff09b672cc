"""The sandbox bank: every fault it can be told to have, on a book in memory and on one in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from engine.clock import ManualClock
from engine.rails.rail import RailTimeoutError
from engine.rails.sandbox_book import MemoryBook, TableBook
from engine.rails.sandbox_card import SandboxCard
from engine.rails.settlement_file import read
from engine.settings import Settings
from engine.store.database import Database, open_database

NOW = datetime(2027, 3, 6, 4, 0, tzinfo=UTC)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bank_url(request: pytest.FixtureRequest) -> str:
    url: str = "" if request.param == "memory" else request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def card(bank_url: str, anyio_backend: str) -> AsyncIterator[SandboxCard]:
    if not bank_url:
        yield SandboxCard(MemoryBook(), ManualClock(NOW))
        return
    database = await open_database(Settings(database_url=bank_url))
    yield SandboxCard(TableBook(database, "youhui"), ManualClock(NOW))
    await database.close()


async def authorised(card: SandboxCard, kind: str = "sandbox-ok", key: str = "k") -> str:
    return (await card.authorise(key, token=kind, amount_minor=500, currency="CNY")).state


async def captured(card: SandboxCard, kind: str = "sandbox-ok") -> str:
    await authorised(card, kind)
    return (await card.capture("k")).state


async def refunded(card: SandboxCard, amount: int, key: str = "r") -> str:
    return (await card.refund(key, of="k", amount_minor=amount)).state


async def test_card_authorises_and_captures_once_however_often_asked(card: SandboxCard) -> None:
    assert [await authorised(card), await authorised(card)] == ["authorised", "authorised"]
    assert [(await card.capture("k")).state, (await card.capture("k")).state] == ["captured", "captured"]
    assert await card.taken_minor() == 500


async def test_answer_says_when_the_bank_did_it(card: SandboxCard) -> None:
    await authorised(card)
    assert (await card.capture("k")).at == NOW


async def test_card_that_repeats_messages_takes_and_gives_back_once(card: SandboxCard) -> None:
    assert await captured(card, "sandbox-repeats") == "captured"
    assert await refunded(card, 300) == "refunded"
    assert await card.taken_minor() == 200


async def test_card_declines_and_a_declined_key_is_never_captured(card: SandboxCard) -> None:
    assert await authorised(card, "sandbox-declines") == "declined"
    assert (await card.capture("k")).state == "declined"
    assert await card.taken_minor() == 0


async def test_capture_of_what_was_authorised_can_be_declined(card: SandboxCard) -> None:
    assert await captured(card, "sandbox-declines-capture") == "declined"
    assert await card.taken_minor() == 0


async def test_card_that_times_out_did_it_and_says_so_on_the_third_ask(card: SandboxCard) -> None:
    with pytest.raises(RailTimeoutError):
        await authorised(card, "sandbox-times-out")
    with pytest.raises(RailTimeoutError):
        await card.query("k")
    assert (await card.query("k")).state == "authorised"


async def test_lost_request_was_not_done_and_the_third_is(card: SandboxCard) -> None:
    for _ in range(2):
        with pytest.raises(RailTimeoutError):
            await authorised(card, "sandbox-times-out-before")
        assert (await card.query("k")).state == "unknown"
    assert await authorised(card, "sandbox-times-out-before") == "authorised"


async def test_late_bank_authorises_after_three_more_messages(card: SandboxCard) -> None:
    with pytest.raises(RailTimeoutError):
        await authorised(card, "sandbox-late")
    assert [(await card.query("k")).state for _ in range(3)] == ["unknown", "unknown", "authorised"]


async def test_late_bank_can_t_cancel_what_it_has_not_come_to(card: SandboxCard) -> None:
    with pytest.raises(RailTimeoutError):
        await authorised(card, "sandbox-late")
    assert [(await card.cancel("k")).state for _ in range(3)] == ["unknown", "unknown", "cancelled"]


async def test_late_capture_is_done_in_the_end(card: SandboxCard) -> None:
    with pytest.raises(RailTimeoutError):
        await captured(card, "sandbox-late-capture")
    assert [(await card.query("k")).state for _ in range(3)] == ["authorised", "authorised", "captured"]
    assert await card.taken_minor() == 500


async def test_cancelled_hold_is_not_captured(card: SandboxCard) -> None:
    await authorised(card)
    assert (await card.cancel("k")).state == "cancelled"
    assert (await card.capture("k")).state == "cancelled"
    assert await card.taken_minor() == 0


async def test_key_cancelled_before_it_arrived_is_barred(card: SandboxCard) -> None:
    assert (await card.cancel("k")).state == "cancelled"
    assert await authorised(card) == "cancelled"


async def test_refunds_give_back_once_each_and_never_more_than_taken(card: SandboxCard) -> None:
    await captured(card)
    assert await refunded(card, 501, "too much") == "declined"
    assert [await refunded(card, 200, "a"), await refunded(card, 200, "a")] == ["refunded", "refunded"]
    assert [await refunded(card, 301, "b"), await refunded(card, 300, "c")] == ["declined", "refunded"]
    assert await card.taken_minor() == 0


async def test_refund_of_what_was_not_captured_is_declined(card: SandboxCard) -> None:
    await authorised(card)
    assert await refunded(card, 100) == "declined"


async def test_bank_can_refuse_a_refund(card: SandboxCard) -> None:
    await captured(card, "sandbox-refuses-refund")
    assert await refunded(card, 100) == "declined"
    assert await card.taken_minor() == 500


async def test_refund_that_times_out_was_made(card: SandboxCard) -> None:
    for _ in range(2):
        with pytest.raises(RailTimeoutError):
            await authorised(card, "sandbox-times-out")
    await captured(card, "sandbox-times-out")
    with pytest.raises(RailTimeoutError):
        await refunded(card, 100)
    assert await card.taken_minor() == 400


async def test_payment_out_is_made_once(card: SandboxCard) -> None:
    asked = {"token": "sandbox-ok", "amount_minor": 700, "currency": "CNY"}
    assert [(await card.pay_out("w", **asked)).state for _ in range(2)] == ["paid_out", "paid_out"]
    declined = await card.pay_out("x", token="sandbox-declines", amount_minor=700, currency="CNY")
    assert declined.state == "declined"


async def test_query_of_an_unknown_key_says_so(card: SandboxCard) -> None:
    assert [(await card.query("k")).state, (await card.capture("k")).state] == ["unknown", "unknown"]


async def test_file_of_a_day_holds_what_moved_money_on_it(card: SandboxCard) -> None:
    await captured(card, "sandbox-charges-back")
    await refunded(card, 200)
    await authorised(card, key="held")
    await card.charge_back("dispute", of="k", amount_minor=100)
    rows = read(await card.settlement(date(2027, 3, 6)))
    assert sorted((row.kind, row.rail_key, row.amount_minor, row.state) for row in rows) == [
        ("charge", "k", 500, "captured"),
        ("chargeback", "dispute", 100, "booked"),
        ("chargeback", "k-dispute", 500, "booked"),
        ("refund", "r", 200, "refunded"),
    ]
    assert read(await card.settlement(date(2027, 3, 7))) == []


async def test_book_in_the_database_outlives_the_process(database: Database) -> None:
    await captured(SandboxCard(TableBook(database, "youhui")))
    assert (await SandboxCard(TableBook(database, "youhui")).query("k")).state == "captured"
