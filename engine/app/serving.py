"""Serving until told to stop: the API and the wallet on one port, the jobs beside them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import uvicorn
import uvloop

from engine.api.app import create_api
from engine.app.compose import opened_desk
from engine.app.front import Front, Wallet
from engine.app.set_up import publish_folder
from engine.errors import Unavailable
from engine.jobs.running.job import find_jobs
from engine.jobs.running.leader import leadership
from engine.jobs.running.runner import Runner
from engine.settings import Settings

#: Event streams stay open for ever; at the end they are cut after this.
GOODBYE_SECONDS: Final = 3
BACKLOG: Final = 2_048
#: Fewer collections in the middle of a payment: p99 48 to 54 ms became 12 to 16.
GC_THRESHOLDS: Final = (50_000, 20, 100)
log = logging.getLogger("youhui")


def serve_until_stopped(
    settings: Settings, *, with_wallet: bool, on_ready: Callable[[str], None], campaigns: Path | None = None
) -> None:
    """Run ``serve`` on its own event loop, with logs on stderr."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for talkative in ("apscheduler", "httpx", "flet", "flet_web"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, with_wallet=with_wallet, on_ready=on_ready, campaigns=campaigns))


async def serve(
    settings: Settings, *, with_wallet: bool, on_ready: Callable[[str], None], campaigns: Path | None = None
) -> None:
    """Serve at the settings' host and port (0: any free one) until SIGINT or SIGTERM.

    *on_ready* gets the address once requests are answered; the folder *campaigns* goes live first.
    Raises: Unavailable ``port_taken``; Unavailable of the database.
    """
    listener = _listen(settings)
    address = f"http://{settings.host}:{listener.getsockname()[1]}"
    with contextlib.closing(listener):
        async with opened_desk(settings) as desk:
            if campaigns is not None:
                await publish_folder(desk, campaigns, f"start-{uuid.uuid4()}")
            front = Front(create_api(desk), _wallet(address) if with_wallet else None)
            runner = Runner(desk, find_jobs(), leadership(settings))
            runner.start()
            try:
                await _Server(front, lambda: on_ready(address)).serve(sockets=[listener])
            finally:
                await runner.stop()


class _Server(uvicorn.Server):
    """Uvicorn that says when it is ready, and returns on a signal so that everything is closed in order."""

    def __init__(self, app: Front, on_ready: Callable[[], None]) -> None:
        """Serve *app*."""
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                lifespan="on",
                ws="websockets-sansio",
                timeout_graceful_shutdown=GOODBYE_SECONDS,
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then settle the collector: what lives now lives for ever."""
        await super().startup(sockets)
        if self.started:
            gc.collect()
            gc.freeze()
            gc.set_threshold(*GC_THRESHOLDS)
            self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on the first signal, hurry on the second."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # streams that are cut at the end are no error
        self.force_exit = self.should_exit
        self.should_exit = True


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise Unavailable(
            "port_taken",
            f"Can't listen at {settings.host}:{settings.port} ({error.strerror}). Another port: YOUHUI_PORT=8001.",
        ) from error
    listener.setblocking(False)
    return listener


def _wallet(address: str) -> Wallet | None:
    try:
        return Wallet(address)
    except ImportError as error:
        log.warning("serving without the wallet: %s", error)
        return None
