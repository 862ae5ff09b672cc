from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Invalid, Refused
from engine.paycode import code

NOW = datetime(2027, 3, 6, 12, 0, tzinfo=UTC)  # the start of a 30-second step
SECRET = b"a member's secret"


def shown(now: datetime = NOW, nonce: int = 7) -> str:
    return code.make("00000042", SECRET, nonce=nonce, now=now)


def verified(text: str, now: datetime, secret: bytes = SECRET) -> datetime:
    return code.verify(code.read(text), secret, now=now)


def test_code_is_20_digits_and_names_the_member() -> None:
    parts = code.read(shown())
    assert len(parts.code) == 20
    assert parts.code.startswith("28")
    assert (parts.number, parts.nonce) == ("00000042", "07")


def test_code_may_be_typed_in_groups() -> None:
    text = shown()
    assert code.read(" ".join(text[at : at + 4] for at in range(0, 20, 4))).code == text


@pytest.mark.parametrize(
    "text", ["", "28", "1" * 20, "28" + "x" * 18, "28" + "0" * 19, "２８" + "0" * 18, "29" + "0" * 18]
)
def test_what_is_not_20_digits_from_28_is_malformed(text: str) -> None:
    with pytest.raises(Invalid) as no:
        code.read(text)
    assert no.value.code == "pay_code_malformed"


@given(st.integers(0, 19), st.integers(1, 9))
def test_one_wrong_digit_is_malformed(place: int, step: int) -> None:
    text = shown()
    wrong = text[:place] + str((int(text[place]) + step) % 10) + text[place + 1 :]
    with pytest.raises(Invalid, match="pay_code_malformed"):
        code.read(wrong)


@pytest.mark.parametrize(("seconds", "lives"), [(0, True), (59, True), (60, False)])
def test_code_of_a_step_s_start_lives_60_seconds(seconds: int, lives: bool) -> None:
    _expect(shown(NOW), NOW + timedelta(seconds=seconds), lives=lives)


@pytest.mark.parametrize(("seconds", "lives"), [(0, True), (30, True), (31, False)])
def test_code_of_a_step_s_end_lives_30_seconds(seconds: int, lives: bool) -> None:
    made_at = NOW + timedelta(seconds=29)
    assert code.expires_at(made_at) == NOW + timedelta(seconds=60)
    _expect(shown(made_at), made_at + timedelta(seconds=seconds), lives=lives)


def _expect(text: str, now: datetime, *, lives: bool) -> None:
    if lives:
        assert verified(text, now) == NOW
        return
    with pytest.raises(Refused) as no:
        verified(text, now)
    assert no.value.code == "pay_code_expired"


def test_code_from_the_future_is_wrong() -> None:
    with pytest.raises(Refused, match="pay_code_wrong"):
        verified(shown(NOW + timedelta(seconds=30)), NOW)


def test_code_under_another_secret_is_wrong() -> None:
    with pytest.raises(Refused, match="pay_code_wrong"):
        verified(shown(), NOW, b"another")


def test_old_code_is_wrong_not_over() -> None:
    with pytest.raises(Refused, match="pay_code_wrong"):
        verified(shown(), NOW + timedelta(minutes=11))


def test_nonce_and_step_change_the_code() -> None:
    codes = {shown(nonce=nonce) for nonce in range(100)} | {shown(NOW + timedelta(seconds=30))}
    assert len(codes) == 101


@pytest.mark.parametrize(("number", "nonce"), [("42", 0), ("00000042", 100), ("0000004x", 0), ("00000042", -1)])
def test_make_refuses_a_number_or_nonce_out_of_shape(number: str, nonce: int) -> None:
    with pytest.raises(ValueError, match="pay code needs"):
        code.make(number, SECRET, nonce=nonce, now=NOW)
