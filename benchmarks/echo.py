"""A typed Litestar echo (struct in and out) behind one uvicorn process: what a request costs that decides nothing.

``python -m benchmarks.echo PORT`` serves it. Its cost is what the server process spends, user and system, for each
request over real sockets on loopback.
"""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from litestar import Litestar, post

from engine.wire.quotes import QuoteRequest

CONNECTIONS, ROUNDS, WARM = 16, 250, 40
READY_SECONDS = 20


@post("/echo", status_code=200)
async def echo(data: QuoteRequest) -> QuoteRequest:
    return data


def serve(port: int) -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # as our own server does
    app = Litestar([echo], openapi_config=None)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def cost_us(body: bytes) -> float:
    """Return the CPU time of one echo of *body*, microseconds: of the middle one of five stretches."""
    with _server() as (process, port):
        connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
        try:
            request = (
                b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body)
            ) + body
            _rounds(connections, request, WARM)
            return sorted(_stretch(process.pid, connections, request) for _ in range(5))[2]
        finally:
            for connection in connections:
                connection.close()


def _stretch(pid: int, connections: list[socket.socket], request: bytes) -> float:
    before = _cpu_seconds(pid)
    _rounds(connections, request, ROUNDS)
    return (_cpu_seconds(pid) - before) / (ROUNDS * len(connections)) * 1e6


def _rounds(connections: list[socket.socket], request: bytes, number: int) -> None:
    for _ in range(number):
        for connection in connections:
            connection.sendall(request)
        for connection in connections:
            _answer(connection)


def _answer(connection: socket.socket) -> None:
    got = b""
    while True:
        part = connection.recv(65_536)
        assert part, "the echo closed the connection"
        got += part
        head, _, body = got.partition(b"\r\n\r\n")
        if not body:
            continue
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) >= length:
            return


@contextmanager
def _server() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.echo", str(port)])
    try:
        _wait(port)
        yield process, port
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    until = time.monotonic() + READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < until, "the echo does not come up"
            time.sleep(0.05)
        else:
            return


def _cpu_seconds(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9 + _others(pid)


def _others(pid: int) -> float:
    """Return what the process's other threads have spent."""
    tasks = [task for task in Path(f"/proc/{pid}/task").iterdir() if task.name != str(pid)]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


if __name__ == "__main__":
    serve(int(sys.argv[1]))
