"""The schedule of one event and the health of an endpoint, as pure functions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.outbox.retry import (
    DUE_AFTER,
    HOUR,
    LIFE,
    MINUTE,
    PROBE_MAX,
    PROBE_MIN,
    SECOND,
    Health,
    accepted,
    failed,
    next_try,
    probe_pause,
)

NOW = 1_900_000_000 * SECOND


def test_schedule_is_the_published_one() -> None:
    assert [after // SECOND for after in DUE_AFTER] == [
        0, 5, 305, 2105, 9305, 27305, 63305, 113705, 185705, 272105,
    ]  # fmt: skip
    assert LIFE == 75 * HOUR + 35 * MINUTE + 5 * SECOND


@pytest.mark.parametrize(
    ("age", "due"),
    [(0, 5 * SECOND), (5 * SECOND - 1, 5 * SECOND), (5 * SECOND, 305 * SECOND), (LIFE - 1, LIFE), (LIFE, None)],
)
def test_next_try_is_the_first_of_the_schedule_after_now(age: int, due: int | None) -> None:
    took_others = Health(accepted_at=NOW + 1)
    assert next_try(took_others, NOW, NOW + age) == (None if due is None else NOW + due)


def test_second_payment_that_fails_means_down_and_the_same_one_again_does_not() -> None:
    once = failed(Health(), "pay_1", NOW)
    assert failed(once, "pay_1", NOW + SECOND).down == 0
    assert failed(once, "pay_2", NOW + SECOND).down == 1
    assert accepted(failed(once, "pay_2", NOW), NOW + SECOND).released_at == NOW + SECOND


@given(st.integers(0, 100 * HOUR))
def test_end_of_an_outage_is_noticed_within_a_twelfth_of_it(outage: int) -> None:
    assert PROBE_MIN <= probe_pause(outage) <= max(PROBE_MIN, outage // 12)
    assert probe_pause(outage) <= PROBE_MAX


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc"), st.integers(-2 * HOUR, 6 * HOUR)), max_size=40))
def test_failing_endpoint_always_has_a_probe_not_far_ahead(answers: list[tuple[bool, str, int]]) -> None:
    health, now = Health(), NOW
    for is_accepted, payment_id, later in answers:
        now += later  # the clock may go back
        health = accepted(health, now) if is_accepted else failed(health, payment_id, now)
        assert (health.failing_since == 0) is is_accepted
        assert health.tried_at == now
        if not is_accepted:
            assert now + PROBE_MIN <= health.probe_at <= now + PROBE_MAX
            assert health.failing_since <= now
