"""A member's events: pages, and the stream over a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn

from tests.api.house import House

PATIENCE_SECONDS = 10


@asynccontextmanager
async def served(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """The house's application behind uvicorn on a free port, in this loop."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(house.app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        )
        running = asyncio.create_task(server.serve(sockets=[listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False) as http:
                listener.listen()
                yield http
        finally:
            server.should_exit = True
            await running


async def events(answer: httpx.Response, count: int) -> list[dict[str, Any]]:
    """Read *count* events of a stream; comments and hints do not count."""
    found: list[dict[str, Any]] = []
    one: dict[str, Any] = {}
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for text in answer.aiter_lines():
            name, _, value = text.partition(": ")
            if name in {"id", "event", "data"}:
                one[name] = value
            elif not text and "data" in one:
                found.append({**one, "data": msgspec.json.decode(one["data"])})
                one = {}
                if len(found) == count:
                    break
    return found


async def test_stream_tells_a_payment_by_itself_and_goes_on_where_it_stopped(house: House) -> None:
    await house.member("lin", "13800000001", balance=10000)
    async with served(house) as http:
        async with http.stream("GET", "/v1/me/events/stream", headers=house.bearer("lin")) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 2000"  # it listens now
            charged = asyncio.create_task(house.post("/v1/payments", await house.order("lin"), "noodle-house"))
            [paid, *_] = await _from(lines, 1)
            payment = (await charged).json()
            assert (paid["event"], paid["data"]["payment_id"]) == ("payment.committed", payment["payment_id"])
            assert paid["data"]["seq"] == int(paid["id"])
        await house.post("/v1/payments", await house.order("lin"), "noodle-house")
        headers = {**house.bearer("lin"), "Last-Event-ID": paid["id"]}
        async with http.stream("GET", "/v1/me/events/stream", headers=headers) as stream:
            resumed = await events(stream, 1)
    page = (await house.get("/v1/me/events", "lin", after=paid["id"])).json()
    assert [one["data"] for one in resumed] == page["items"]
    assert page["last_seq"] == page["items"][-1]["seq"]
    everything = (await house.get("/v1/me/events", "lin")).json()["items"]
    assert [one["seq"] for one in everything] == list(range(1, len(everything) + 1))


async def _from(lines: AsyncIterator[str], count: int) -> list[dict[str, Any]]:
    class Rest:
        def aiter_lines(self) -> AsyncIterator[str]:
            return lines

    return await events(Rest(), count)  # type: ignore[arg-type]


async def test_streams_do_not_leak_between_members(sqlite_house: House) -> None:
    house = sqlite_house
    await house.member("lin", "13800000001", balance=10000)
    await house.member("wei", "13800000002", balance=10000)
    async with (
        served(house) as http,
        http.stream("GET", "/v1/me/events/stream", headers=house.bearer("lin")) as lin,
        http.stream("GET", "/v1/me/events/stream", headers=house.bearer("wei")) as wei,
    ):
        for_lin, for_wei = lin.aiter_lines(), wei.aiter_lines()
        assert (await anext(for_lin), await anext(for_wei)) == ("retry: 2000", "retry: 2000")
        mine = (await house.post("/v1/payments", await house.order("lin"), "noodle-house")).json()
        theirs = (await house.post("/v1/payments", await house.order("wei"), "noodle-house")).json()
        [to_lin], [to_wei] = await _from(for_lin, 1), await _from(for_wei, 1)
        assert to_lin["data"]["payment_id"] == mine["payment_id"]
        assert to_wei["data"]["payment_id"] == theirs["payment_id"]


async def test_stream_that_the_shopper_left_is_forgotten(sqlite_house: House) -> None:
    house = sqlite_house
    await house.member("lin", "13800000001")
    waiters = house.app.state.reception.waiters
    async with (
        served(house) as http,
        http.stream("GET", "/v1/me/events/stream", headers=house.bearer("lin")) as stream,
    ):
        assert await anext(stream.aiter_lines()) == "retry: 2000"
        assert waiters.count == 1
    assert waiters.count == 0


@pytest.mark.parametrize("seen", ["x", "-1", "", "１", "9" * 19])
async def test_last_event_id_must_be_one(sqlite_house: House, seen: str) -> None:
    await sqlite_house.member("lin", "13800000001")
    headers = [(b"authorization", f"Bearer {sqlite_house.keys['lin']}".encode()), (b"last-event-id", seen.encode())]
    answer = await sqlite_house.http.get("/v1/me/events/stream", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
