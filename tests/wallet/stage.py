"""A page without a browser: Flet's own session over a line that only listens.

Every message is encoded as the web server does it, so what can't be sent fails here. Uses private names of the pinned
Flet.
"""

from __future__ import annotations

import asyncio
import dataclasses
from concurrent.futures import ThreadPoolExecutor

import flet as ft
import msgpack
from flet.controls.base_control import BaseControl
from flet.controls.context import _context_page, context
from flet.messaging.connection import Connection
from flet.messaging.protocol import MessageAction, configure_encode_object_for_msgpack
from flet.messaging.session import Session
from flet.pubsub.pubsub_hub import PubSubHub

from tests.wallet.make import MemoryKeep
from wallet_app.api import Api
from wallet_app.main import before_main
from wallet_app.wallet import Wallet

_encode = configure_encode_object_for_msgpack(BaseControl)
TURNS = 60


class Line(Connection):
    def __init__(self):
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.executor = ThreadPoolExecutor(1)
        self.pubsubhub = PubSubHub(self.loop, self.executor)
        self.page_url, self.page_name = "http://test", ""
        self.sent = []
        self.session = None

    def send_message(self, message):
        self.sent.append(msgpack.packb([message.action, message.body], default=_encode))
        assert message.action is not MessageAction.SESSION_CRASHED, message.body.message
        if message.action is MessageAction.INVOKE_METHOD:
            self._answer(message.body)

    def _answer(self, asked):
        if asked.name == "push_route":

            async def moved(route=asked.args["route"]):
                self.session.apply_page_patch({"route": route})
                await self.session.dispatch_event(self.session.page._i, "route_change", {"route": route})

            self.loop.call_soon(lambda: asyncio.ensure_future(moved()))
        self.loop.call_soon(self.session.handle_invoke_method_results, asked.control_id, asked.call_id, None, None)


class Stage:
    """One shopper's wallet on a page of its own; ``answers`` is the other end of the line."""

    def __init__(self, answers, *, width=390, route="/", language="zh", keep=None):
        self.answers, self.language = answers, language
        self.keep = keep or MemoryKeep(token="t", device="d")
        self.props = {"route": route, "width": width, "height": 844, "web": True, "platform": "android"}

    async def __aenter__(self):
        self.line = Line()
        self.session = self.line.session = Session(self.line)
        self.page = self.session.page
        self._before = _context_page.set(self.page)
        self.session.apply_page_patch(self.props)
        before_main(self.page)
        msgpack.packb(self.session.get_page_patch(), default=_encode)
        context.reset_auto_update()
        self.wallet = Wallet(self.page, Api("http://api", self.answers), self.keep)
        await self.wallet.open(self.language)
        await self.session.after_event(self.page)
        await self.settle()
        return self

    async def __aexit__(self, *_error):
        await self.session.dispatch_event(self.page._i, "close", None)
        self.session.close()
        await self.settle()
        self.line.executor.shutdown(wait=False)
        _context_page.reset(self._before)

    async def settle(self):
        for _ in range(TURNS):
            await asyncio.sleep(0)

    def all(self, kind=ft.Control):
        return [found for found in walk(self.page.views) if isinstance(found, kind)]

    def words(self):
        """Return every text as it is shown."""
        return [one.value or "".join(span.text or "" for span in one.spans or []) for one in self.all(ft.Text)]

    def shows(self, *words):
        missing = [one for one in words if not any(one in text for text in self.words())]
        assert not missing, f"{missing} not among {self.words()}"

    def named(self, identifier):
        return next(one for one in self.all(ft.Semantics) if one.identifier == identifier)

    async def tap(self, words):
        """Tap the innermost thing that says *words*."""
        for found in reversed([one for one in self.all() if getattr(one, "on_click", None)]):
            said = [text.value for text in walk(found) if isinstance(text, ft.Text)]
            if words in said:
                return await self.event(found, "click")
        raise AssertionError(f"nothing to tap says {words!r}: {self.words()}")

    async def type(self, identifier, text):
        field = next(one for one in walk(self.named(identifier)) if isinstance(one, ft.TextField))
        self.session.apply_patch(field._i, {"value": text})
        await self.event(field, "change", text)

    async def go(self, route):
        await self.page.push_route(route)
        await self.settle()

    async def event(self, control, name, data=None):
        await self.session.dispatch_event(control._i, name, data)
        await self.settle()


def walk(root):
    seen = set()

    def each(value):
        if isinstance(value, (list, tuple)):
            for one in value:
                yield from each(one)
        elif dataclasses.is_dataclass(value) and not isinstance(value, type) and id(value) not in seen:
            seen.add(id(value))
            if isinstance(value, BaseControl):
                yield value
            for one in dataclasses.fields(value):
                if not one.metadata.get("skip") and one.name not in {"_parent", "page", "parent"}:
                    yield from each(getattr(value, one.name, None))

    yield from each(root)
