import pytest

from engine.rails.rail import RailTimeoutError
from engine.rails.sandbox_card import SandboxCard


async def authorised(card: SandboxCard, behaviour: str = "sandbox-ok", key: str = "k") -> str:
    return (await card.authorise(key, token=behaviour, amount_minor=500, currency="CNY")).state


async def test_card_authorises_and_captures_once_however_often_asked() -> None:
    card = SandboxCard()
    assert [await authorised(card), await authorised(card)] == ["authorised", "authorised"]
    assert [(await card.capture("k")).state, (await card.capture("k")).state] == ["captured", "captured"]
    assert card.taken_minor == 500


async def test_card_that_repeats_messages_takes_once() -> None:
    card = SandboxCard()
    assert await authorised(card, "sandbox-repeats") == "authorised"
    await card.capture("k")
    assert card.taken_minor == 500


async def test_card_declines_and_a_declined_key_is_never_captured() -> None:
    card = SandboxCard()
    assert await authorised(card, "sandbox-declines") == "declined"
    assert (await card.capture("k")).state == "declined"
    assert card.taken_minor == 0


async def test_card_that_times_out_did_it_and_says_so_on_the_third_ask() -> None:
    card = SandboxCard()
    with pytest.raises(RailTimeoutError):
        await authorised(card, "sandbox-times-out")
    with pytest.raises(RailTimeoutError):
        await card.query("k")
    assert (await card.query("k")).state == "authorised"


async def test_cancelled_hold_is_not_captured() -> None:
    card = SandboxCard()
    await authorised(card)
    assert (await card.cancel("k")).state == "cancelled"
    assert (await card.capture("k")).state == "cancelled"
    assert card.taken_minor == 0


async def test_refund_gives_back_once_and_never_more_than_taken() -> None:
    card = SandboxCard()
    await authorised(card)
    await card.capture("k")
    assert (await card.refund("k", amount_minor=501)).state == "captured"
    assert (await card.refund("k", amount_minor=200)).state == "refunded"
    assert (await card.refund("k", amount_minor=200)).state == "refunded"
    assert card.taken_minor == 300


async def test_query_of_an_unknown_key_says_so() -> None:
    assert (await SandboxCard().query("k")).state == "unknown"
