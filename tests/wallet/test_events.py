"""Hearing what happens: events of a stream, resumed where it broke off."""

import asyncio
from contextlib import asynccontextmanager

import msgspec
import pytest

from tests.wallet.make import event
from wallet_app import events
from wallet_app.api import Offline, Problem
from wallet_app.events import events_of, listen


def lines_of(*found):
    for one in found:
        yield f"id: {one.seq}"
        yield f"event: {one.type}"
        yield f"data: {msgspec.json.encode(one).decode()}"
        yield ""


async def each(lines):
    for line in lines:
        yield line


async def test_events_are_read_and_comments_passed_over():
    first, second = event(1, "payment.committed", payment_id="p"), event(2, "coupon.issued")
    lines = ["retry: 2000", "", ": still here", "", *lines_of(first, second), "data: {half"]
    assert [one async for one in events_of(each(lines))] == [first, second]


class Line:
    """Streams in turn; each is a list of lines, or what is raised on opening."""

    def __init__(self, *streams):
        self.streams, self.asked_after = list(streams), []

    @asynccontextmanager
    async def event_lines(self, after):
        self.asked_after.append(after)
        if not self.streams:
            raise Problem("not_signed_in", "over", 401)
        stream = self.streams.pop(0)
        if isinstance(stream, Exception):
            raise stream
        yield each(stream)


@pytest.fixture
def waits(monkeypatch):
    """Let no time pass; what was waited is kept."""
    waited = []

    async def wait(seconds):
        waited.append(seconds)

    monkeypatch.setattr(events.asyncio, "sleep", wait)
    monkeypatch.setattr(events.random, "uniform", lambda low, high: 1.0)
    return waited


async def heard_on(line):
    heard, states = [], []

    async def hear(one):
        heard.append(one.seq)

    async def line_is(up):
        states.append(up)

    with pytest.raises(Problem):
        await asyncio.wait_for(listen(line, 3, hear, line_is), 5)
    return heard, states


async def test_a_broken_line_is_resumed_after_the_last_event_heard(waits):
    line = Line(
        lines_of(event(4, "coupon.issued"), event(5, "coupon.issued")),
        Offline("cut"),
        lines_of(event(6, "coupon.issued")),
    )
    heard, states = await heard_on(line)
    assert heard == [4, 5, 6]
    assert line.asked_after == [3, 5, 5, 6]
    assert states == [True, False, False, True, False]


async def test_waits_grow_to_a_bound_and_start_anew_when_something_is_heard(waits):
    cut = [Offline("cut")] * 7
    await heard_on(Line(*cut, lines_of(event(4, "coupon.issued")), Offline("cut")))
    assert waits == [0.5, 1, 2, 4, 8, 15, 15, 0.5, 1]


async def test_an_event_that_cannot_be_read_breaks_the_line_only(waits):
    heard, _ = await heard_on(Line(["data: {}", ""], lines_of(event(4, "coupon.issued"))))
    assert heard == [4]


async def test_a_token_that_is_over_ends_it(waits):
    assert await heard_on(Line()) == ([], [])
    assert waits == []
