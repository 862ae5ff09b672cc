"""One browser tab of one shopper: draws the state, runs what is tapped, hears what happens.

Nothing of a wallet is reachable from another one; what comes from outside is taken in by a task of its own page.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import flet as ft

from wallet_app.api import Api, Offline, Problem
from wallet_app.events import listen
from wallet_app.format import money
from wallet_app.guards import guarded, said
from wallet_app.look import Language, Look
from wallet_app.parts.states import broken
from wallet_app.parts.text import text
from wallet_app.routes import beside, draw, needs, place_and_item
from wallet_app.scene import Handler, Scene
from wallet_app.session import Keep, Shopper
from wallet_app.theme import theme
from wallet_app.wire import MemberEvent, Payment

TICK_SECONDS: Final = 1.0
log: Final = logging.getLogger("wallet")


class Wallet:
    """A shopper's screens on *page*."""

    def __init__(self, page: ft.Page, api: Api, keep: Keep) -> None:
        """Take the page over."""
        self.page, self.shopper = page, Shopper(api, keep)
        self._chosen: dict[str, str] = {}
        self._scene: Scene | None = None
        self._tasks: list[Any] = []
        self._listener: Any = None
        #: One child whose key is its place: Flet compares a drawing with the last one of the same place and sends only
        #: what differs, so taps, scroll and focus outlive a redraw. Another place is another child.
        self._root = ft.Column([], expand=True, spacing=0, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)

    async def open(self, language: Language) -> None:
        """Show the first screen and keep it up to date until the page closes."""
        page = self.page
        await self.shopper.start(language)
        page.on_route_change = self._on_route
        page.on_resize = self._on_resize
        page.on_platform_brightness_change = self._on_brightness
        page.on_close = self._on_close
        page.padding, page.spacing = 0, 0
        page.add(ft.SafeArea(self._root, expand=True))
        await self.show()
        self._tasks.append(page.run_task(self._tick_for_ever))

    async def show(self) -> None:
        """Draw what is known, read what the route needs, draw again."""
        self.draw()
        if not self.shopper.is_signed_in:
            return
        self._listen()
        wanted = needs(self.shopper, self.page.route)
        if wanted:
            self._tell(await guarded(lambda: _all(wanted)))
        await self._read_beside()
        self.draw()

    def draw(self) -> None:
        """Draw the state; a drawing that fails says so and the wallet lives on."""
        look = self._look()
        scene = Scene(
            look=look,
            shopper=self.shopper,
            width=float(self.page.width or 390),
            route=self.page.route,
            go=self._go,
            do=self._do,
            chosen=self._chosen,
        )
        try:
            shown = draw(scene)
        except Exception:
            log.exception("the screen %s could not be drawn", self.page.route)
            shown = broken(look, self._go("/"))
        self._scene = scene
        self.page.theme_mode = ft.ThemeMode(self.shopper.theme)
        place = place_and_item(self.page.route)[0] if self.shopper.is_signed_in else "sign-in"
        self._root.controls = [ft.Container(shown, key=f"place-{place}", bgcolor=look.color("surface"), expand=True)]
        self.page.update()

    def _look(self) -> Look:
        dark = {"light": False, "dark": True}.get(
            self.shopper.theme, self.page.platform_brightness == ft.Brightness.DARK
        )
        return Look(language=self.shopper.language, dark=dark, percent=self.shopper.percent)

    def _go(self, route: str) -> Handler:
        async def gone(_event: object) -> None:
            await guarded(lambda: self.page.push_route(route))

        return gone

    def _do(self, work: Callable[[], Awaitable[None]]) -> Handler:
        async def done(_event: object) -> None:
            was_in = self.shopper.is_signed_in
            self._chosen.pop("error", None)
            self._tell(await guarded(work))
            if self.shopper.is_signed_in == was_in:
                await self._read_beside()
                self.draw()
                return
            self._chosen.clear()
            self._hush()
            if self.page.route != "/":
                await self.page.push_route("/")
            else:
                await self.show()

        return done

    def _tell(self, error: Exception | None) -> None:
        """Say what went wrong where the shopper looks: at the form, as a strip, or as a passing note."""
        self.shopper.offline = isinstance(error, Offline)
        if error is None or isinstance(error, Offline):
            return
        if isinstance(error, Problem) and error.code == "not_signed_in":
            self.shopper.api.token = ""
            self._tasks.append(self.page.run_task(self.shopper.sign_out))
        words = said(self._look(), error)
        self._chosen["error"] = words
        self._note(words)

    def _note(self, words: str) -> None:
        look = self._look()
        self.page.show_dialog(
            ft.SnackBar(text(look, "body_small", words, "on_inverse_surface"), bgcolor=look.color("inverse_surface"))
        )

    async def _read_beside(self) -> None:
        opened = beside(self.shopper, self.page.route, float(self.page.width or 0))
        if opened and opened not in self.shopper.payment_by_id:
            self._tell(await guarded(lambda: _all([lambda: self.shopper.load_payment(opened)])))

    async def _on_route(self, _event: object) -> None:
        for name in ("error", "top_up.done"):
            self._chosen.pop(name, None)
        await self.show()

    async def _on_resize(self, _event: object) -> None:
        """Draw for another width. A keyboard that comes up changes the height only: the field keeps what is typed."""
        if self._scene is not None and self._scene.width == float(self.page.width or 390):
            return
        await self._read_beside()
        self.draw()

    async def _on_brightness(self, _event: object) -> None:
        self.draw()

    def _on_close(self, _event: object) -> None:
        self._hush()
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().create_task(self.shopper.api.close())

    def _listen(self) -> None:
        if self._listener is None:
            self._listener = self.page.run_task(self._listen_for_ever)

    def _hush(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            self._listener = None

    async def _listen_for_ever(self) -> None:
        while not self.shopper.last_seq:
            if await guarded(self._find_place) is None:
                break
            await asyncio.sleep(TICK_SECONDS)
        await guarded(lambda: listen(self.shopper.api, self.shopper.last_seq, self._hear, self._line_is))

    async def _find_place(self) -> None:
        self.shopper.last_seq = await self.shopper.api.last_event()

    async def _line_is(self, up: bool) -> None:  # noqa: FBT001 - a state, not a mode
        if self.shopper.offline == up:
            self.shopper.offline = not up
            await self.show() if up else self.draw()

    async def _hear(self, event: MemberEvent) -> None:
        heard: list[Payment | None] = []

        async def take_in() -> None:
            heard.append(await self.shopper.hear(event))

        self._tell(await guarded(take_in))
        payment = heard[0] if heard else None
        if payment is None:
            await self.show()
        elif event.type == "payment.committed":
            await self.page.push_route(f"/result/{payment.payment_id}")
        else:
            await self._show_refund(payment)

    async def _show_refund(self, payment: Payment) -> None:
        came_back = payment.refunds[-1].amount_minor if payment.refunds else 0
        self._note(self._look().say("refund.note", amount=money(came_back, payment.currency)))
        if self.page.route == "/":
            await self.page.push_route(f"/payments/{payment.payment_id}")
        else:
            await self.show()

    async def _tick_for_ever(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await guarded(self._tick)

    async def _tick(self) -> None:
        scene, shopper = self._scene, self.shopper
        if scene is None or not scene.counting or not shopper.is_signed_in:
            return
        if shopper.code is not None and shopper.code_seconds() <= 0:
            await self._renew()
        else:
            self.draw()

    async def _renew(self) -> None:
        """Get the next code; without a network the old one leaves the screen, since no till would take it."""
        error = await guarded(self.shopper.renew_code)
        if error is not None:
            self.shopper.code = None
        self._tell(error)
        self.draw()


async def _all(wanted: list[Callable[[], Awaitable[object]]]) -> None:
    for one in wanted:
        await one()


def themes(page: ft.Page) -> None:
    """Give *page* both themes, without a fade between them."""
    page.theme, page.dark_theme = theme(Look(dark=False)), theme(Look(dark=True))
    page.theme_animation_style = ft.AnimationStyle.no_animation()
