"""How screens stand on the page: bar below on a phone, rail beside from 720, list and detail from 1080."""

from __future__ import annotations

from typing import Final

import flet as ft

from wallet_app.look import Look
from wallet_app.parts.controls import SIZE, STRETCH, column, gap, icon_button, row
from wallet_app.parts.icons import icon
from wallet_app.parts.states import offline
from wallet_app.parts.text import text
from wallet_app.scene import DESKTOP, TABLET, Scene

EDGE: Final = 16
#: Narrower than this the bars need the room.
NARROW: Final = 362
LIST_WIDTH: Final = 400
DETAIL_WIDTH: Final = 640
#: Route, icon, key of the word.
PLACES: Final = (
    ("/", "code", "nav.pay"),
    ("/coupons", "tag", "nav.coupons"),
    ("/payments", "list", "nav.payments"),
    ("/me", "me", "nav.me"),
)
LOGO: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" viewBox="0 0 40 40">'
    '<path d="M8 0H24L40 16V32a8 8 0 01-8 8H8a8 8 0 01-8-8V8a8 8 0 018-8z" fill="{primary}"/>'
    '<path d="M24 0V11Q24 16 29 16H40z" fill="{saving}"/></svg>'
)


def logo(look: Look) -> ft.Control:
    """Return the mark of the wallet: a folded sheet."""
    svg = LOGO.format(primary=look.color("primary"), saving=look.color("saving"))
    return ft.Image(src=svg, width=40, height=40, exclude_from_semantics=True)


def pane(
    scene: Scene,
    title: str,
    body: list[ft.Control],
    *,
    back: str = "",
    actions: list[ft.Control] | None = None,
    foot: ft.Control | None = None,
) -> ft.Control:
    """Return a title row over a scrolling body, and *foot* below it for the thumb."""
    look = scene.look
    edge = EDGE if scene.width >= NARROW else 8
    named = ft.Semantics(
        header=True,
        heading_level=1,
        content=text(look, "section" if back else "screen_title", title, lines=1),
        expand=True,
    )
    lead = [icon_button(look, "back", look.say("back"), scene.go(back))] if back else []
    head = ft.Container(
        row([*lead, named, *(actions or [])], 4),
        height=60 * max(1.0, look.percent / 130),
        padding=ft.Padding.only(left=4 if back else edge, right=4 if actions else edge),
    )
    shown = [offline(look), *body] if scene.shopper.offline else body
    inside = ft.Column(shown, spacing=12, scroll=ft.ScrollMode.AUTO, horizontal_alignment=STRETCH, expand=True)
    parts: list[ft.Control] = [
        head,
        ft.Container(inside, padding=ft.Padding.only(left=edge, right=edge), expand=True),
    ]
    inside.controls.append(gap(12))
    if foot is not None:
        parts.append(ft.Container(foot, padding=ft.Padding.only(left=edge, right=edge, top=12, bottom=20)))
    return ft.Column(parts, spacing=0, expand=True, horizontal_alignment=STRETCH)


def framed(
    scene: Scene, list_pane: ft.Control, detail: ft.Control | None, *, place: str, is_detail: bool
) -> ft.Control:
    """Return the page: on narrow screens the detail takes the list's place when the route *is_detail*."""
    if scene.width >= DESKTOP:
        return _side_by_side(scene, list_pane, detail, place)
    shown = detail if is_detail and detail is not None else list_pane
    if scene.width >= TABLET:
        return ft.Row(
            [rail(scene, place), _middle(shown)],
            spacing=0,
            expand=True,
            vertical_alignment=ft.CrossAxisAlignment.STRETCH,
        )
    if is_detail and not scene.route.startswith("/me"):
        return shown
    return ft.Column([ft.Container(shown, expand=True), bar(scene, place)], spacing=0, expand=True)


def bar(scene: Scene, place: str) -> ft.Control:
    """Return the navigation bar."""
    stops = [_stop(scene, *stop, is_on=stop[0] == place) for stop in PLACES]
    for stop in stops:
        stop.expand = True
    return ft.Container(
        ft.Row(stops, spacing=0, vertical_alignment=ft.CrossAxisAlignment.START),
        height=SIZE["nav_height"],
        bgcolor=scene.look.color("card"),
        padding=ft.Padding.only(left=4, right=4, top=10),
    )


def rail(scene: Scene, place: str) -> ft.Control:
    """Return the navigation rail."""
    stops: list[ft.Control] = [_stop(scene, *stop, is_on=stop[0] == place) for stop in PLACES]
    mark = ft.Container(logo(scene.look), alignment=ft.Alignment.CENTER, padding=ft.Padding.only(bottom=12))
    return ft.Container(
        column([mark, *stops], 16),
        width=SIZE["rail_width"],
        bgcolor=scene.look.color("card"),
        padding=ft.Padding.only(left=8, right=8, top=24),
    )


def _side_by_side(scene: Scene, list_pane: ft.Control, detail: ft.Control | None, place: str) -> ft.Control:
    side = ft.BorderSide(1, scene.look.color("outline_variant"))
    listed = ft.Container(list_pane, width=LIST_WIDTH, border=ft.Border(right=side), padding=ft.Padding.only(top=16))
    room = ft.Container(detail, width=DETAIL_WIDTH, padding=ft.Padding.only(top=16))
    rest = ft.Container(room, expand=True, alignment=ft.Alignment.TOP_LEFT, padding=ft.Padding.only(left=20))
    return ft.Row(
        [rail(scene, place), listed, rest], spacing=0, expand=True, vertical_alignment=ft.CrossAxisAlignment.STRETCH
    )


def _middle(shown: ft.Control) -> ft.Control:
    return ft.Container(
        ft.Container(shown, width=DETAIL_WIDTH),
        expand=True,
        alignment=ft.Alignment.TOP_CENTER,
        padding=ft.Padding.only(top=12),
    )


def _stop(scene: Scene, route: str, image: str, key: str, *, is_on: bool) -> ft.Control:
    look = scene.look
    mark = ft.Container(
        icon(image, look.color("on_primary_container" if is_on else "muted")),
        width=60,
        height=32,
        border_radius=12,
        alignment=ft.Alignment.CENTER,
        bgcolor=look.color("primary_container") if is_on else None,
    )
    kind = text(look, "nav", look.say(key), "ink" if is_on else "muted").style
    if isinstance(kind, ft.TextStyle):
        kind.size, kind.weight = 12, ft.FontWeight.W_700 if is_on else ft.FontWeight.W_400
    word = ft.Text(look.say(key), style=kind, no_wrap=True)
    shown = ft.Column([mark, word], spacing=4, tight=True, horizontal_alignment=ft.CrossAxisAlignment.CENTER)
    tapped = ft.Container(
        shown, on_click=scene.go(route), ink=True, border_radius=12, alignment=ft.Alignment.TOP_CENTER, height=60
    )
    return ft.Semantics(button=True, selected=is_on, content=tapped)
