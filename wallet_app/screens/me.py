"""Who is signed in, with ways to balance, tier and settings."""

from __future__ import annotations

import flet as ft

from wallet_app import wire
from wallet_app.format import count
from wallet_app.frame import pane
from wallet_app.parts.controls import card, column, grow, hairline, named, row
from wallet_app.parts.icons import icon
from wallet_app.parts.states import loading
from wallet_app.parts.text import amount, figure, text
from wallet_app.scene import DESKTOP, Scene


def me(scene: Scene) -> ft.Control:
    """Return the member's page."""
    look, shown = scene.look, scene.shopper.me
    if shown is None:
        return pane(scene, look.say("me.title"), [loading(look)])
    return pane(scene, look.say("me.title"), [_who(scene, shown), _money(scene, shown), _ways(scene, shown)])


def _who(scene: Scene, me: wire.Me) -> ft.Control:
    look = scene.look
    first = ft.Container(
        text(look, "section", me.name[:1] or "·", "on_primary_container"),
        width=52,
        height=52,
        border_radius=26,
        bgcolor=look.color("primary_container"),
        alignment=ft.Alignment.CENTER,
    )
    words = column(
        [text(look, "section", me.name or me.phone_masked, lines=1), text(look, "label", me.phone_masked, "muted")]
    )
    return card(look, row([first, grow(words)], 14))


def _money(scene: Scene, me: wire.Me) -> ft.Control:
    look = scene.look
    balance = column(
        [
            text(look, "label", look.say("home.balance"), "muted"),
            amount(look, "figure_m", me.balance_minor, me.currency),
        ],
        stretch=False,
    )
    points = column(
        [text(look, "label", look.say("me.points"), "muted"), figure(look, "figure_m", count(me.points))], stretch=False
    )
    saved = column(
        [
            text(look, "label", look.say("me.saved"), "muted"),
            amount(look, "figure_m", me.saved_this_month_minor, me.currency, "saving"),
        ],
        stretch=False,
    )
    boxes: list[ft.Control] = [balance, points, saved]
    if look.is_large:
        return card(look, column(boxes, 8))
    for box, part in zip(boxes, (4, 3, 4), strict=True):
        box.expand = part
    return card(look, ft.Row(boxes, spacing=8))


def _ways(scene: Scene, me: wire.Me) -> ft.Control:
    look = scene.look
    rows = [
        _way(scene, "wallet", "me.top_up", "", "/me/top-up"),
        _way(scene, "star", "me.tier", look.words(me.tier.name), "/me/tier"),
        _fact(scene, "gift", "me.invite", me.invite_code),
        _way(scene, "gear", "me.settings", "", "/me/settings"),
    ]
    lined: list[ft.Control] = []
    for place, one in enumerate(rows):
        lined += [hairline(look), one] if place else [one]
    return card(look, column(lined), padding=ft.Padding.symmetric(vertical=4, horizontal=0))


def _way(scene: Scene, image: str, key: str, value: str, route: str) -> ft.Control:
    look = scene.look
    content = row(
        [
            icon(image, look.color("muted")),
            grow(text(look, "body", look.say(key))),
            text(look, "body_small", value, "muted"),
            icon("chev", look.color("muted"), 18),
        ],
        12,
    )
    is_on = scene.width >= DESKTOP and scene.route == route
    shown = ft.Container(
        content,
        padding=ft.Padding.symmetric(vertical=16, horizontal=16),
        on_click=scene.go(route),
        ink=True,
        bgcolor=look.color("primary_container") if is_on else None,
    )
    return ft.MergeSemantics(content=ft.Semantics(button=True, content=shown))


def _fact(scene: Scene, image: str, key: str, value: str) -> ft.Control:
    look = scene.look
    words = column([text(look, "body", look.say(key)), text(look, "label", look.say("me.invite_line"), "muted")])
    content = row([icon(image, look.color("muted")), grow(words), figure(look, "figure_s", value)], 12)
    return named("invite-code", ft.Container(content, padding=ft.Padding.symmetric(vertical=12, horizontal=16)))
