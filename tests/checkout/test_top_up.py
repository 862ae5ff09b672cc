import asyncio

import msgspec
import pytest

from engine.checkout.top_up import ask_again, top_up, top_up_table
from engine.errors import Invalid, Unavailable
from engine.ledger.work import Answer
from engine.wire.members import TopUpRequest
from tests.checkout.town import TENANT, Town, body, problem


async def ask(town: Town, card: str = "sandbox-ok", key: str = "k", amount: int = 5000) -> Answer:
    asked = msgspec.convert({"amount_minor": amount, "card": card}, TopUpRequest)
    return await top_up(town.desk, "wei", asked, town.request(asked, caller="member:wei", key=key))


async def test_top_up_puts_the_money_into_the_wallet(town: Town) -> None:
    await town.join("wei")
    answer = await ask(town)
    assert (body(answer)["amount_minor"], body(answer)["balance_minor"], body(answer)["currency"]) == (
        5000,
        5000,
        "CNY",
    )
    assert await town.balance("wei") == 5000
    assert await town.account("bank") == -5000
    assert await town.events("wei") == ["balance.changed"]
    await town.assert_books()


async def test_same_key_takes_money_once_and_gives_the_same_bytes(town: Town) -> None:
    await town.join("wei")
    answers = [*await asyncio.gather(*(ask(town) for _ in range(20))), await ask(town)]
    assert len(set(answers)) == 1
    assert await town.desk.rail.taken_minor() == await town.balance("wei") == 5000


async def test_declined_card_changes_nothing_and_stays_declined(town: Town) -> None:
    await town.join("wei")
    answers = [await ask(town, "sandbox-declines") for _ in range(2)]
    assert [problem(answer) for answer in answers] == [("refused", "card_declined")] * 2
    assert await town.balance("wei") == 0
    [row] = await town.rows(top_up_table, tenant_id=TENANT)
    assert row["state"] == "declined"


async def test_silent_bank_is_asked_again_with_the_same_key(town: Town) -> None:
    await town.join("wei")
    for _ in range(2):
        with pytest.raises(Unavailable, match="rail_unavailable"):
            await ask(town, "sandbox-times-out")
    answer = await ask(town, "sandbox-times-out")
    assert body(answer)["balance_minor"] == 5000
    assert await town.desk.rail.taken_minor() == 5000
    await town.assert_books()


async def test_job_finishes_what_a_silent_bank_left(town: Town) -> None:
    await town.join("wei")
    with pytest.raises(Unavailable):
        await ask(town, "sandbox-times-out")
    assert [await ask_again(town.desk) for _ in range(3)] == [0, 1, 0]
    assert await town.balance("wei") == 5000
    assert body(await ask(town, "sandbox-times-out"))["amount_minor"] == 5000
    assert await town.balance("wei") == 5000


async def test_key_of_another_top_up_is_refused(town: Town) -> None:
    await town.join("wei")
    await ask(town)
    with pytest.raises(Invalid, match="idempotency_key_reused"):
        await ask(town, amount=6000)
    assert await town.desk.rail.taken_minor() == 5000
