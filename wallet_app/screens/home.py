"""The pay code: bars and QR on white, the ring that counts down to the next code, the coupon that will be used."""

from __future__ import annotations

from typing import Final

import flet as ft

from wallet_app import wire
from wallet_app.barcode import barcode_svg
from wallet_app.format import deadline, face, in_fours
from wallet_app.frame import pane
from wallet_app.look import Look, tokens
from wallet_app.parts.controls import CENTER, SIZE, card, column, gap, grow, named, row, text_button
from wallet_app.parts.icons import icon
from wallet_app.parts.marks import folded, seal
from wallet_app.parts.states import loading
from wallet_app.parts.text import amount, joined, style, text
from wallet_app.qr import qr_svg
from wallet_app.scene import Scene

MODULE: Final[int] = SIZE["barcode_module"]
QR_MODULE: Final = 9
#: The code card is white with black bars in both themes; its words take the light theme's colours.
PAPER: Final = tokens()["color"]["light"]
#: The countdown is said at these seconds only, and once when a code is new.
SAID_AT: Final = (30, 10, 0)


def home(scene: Scene) -> ft.Control:
    """Return the pay code screen."""
    look, shopper = scene.look, scene.shopper
    body: list[ft.Control] = []
    if shopper.code is None:
        body.append(_no_code(scene) if shopper.offline else loading(look, 1))
    else:
        body.append(code_card(scene, shopper.code))
        if shopper.code.best_coupon is not None:
            body.append(best_line(scene, shopper.code.best_coupon))
    if shopper.me is not None:
        body.append(_balance(scene, shopper.me))
    return pane(scene, look.say("home.title"), body)


def code_card(scene: Scene, code: wire.PayCode) -> ft.Control:
    """Return the white card; the digits are hidden until asked for."""
    look = scene.look
    bars_width = 145 * MODULE
    bars = ft.Image(
        src=barcode_svg(code.code, module=MODULE, height=SIZE["barcode_height"]),
        width=bars_width,
        height=SIZE["barcode_height"],
        semantics_label=look.say("home.code_label", seconds=int(scene.shopper.code_seconds())),
    )
    size = QR_MODULE * 21
    qr = ft.Image(src=qr_svg(code.code, module=QR_MODULE), width=size, height=size, exclude_from_semantics=True)
    lower = ft.Row([qr, grow(_ring(scene))], spacing=12, width=bars_width, vertical_alignment=CENTER)
    inside = [bars, gap(4), _digits(scene, code.code, bars_width), gap(6), lower]
    return named(
        "pay-code",
        ft.Container(
            ft.Column(inside, spacing=0, tight=True, horizontal_alignment=CENTER),
            bgcolor=PAPER["code_paper"],
            border_radius=18,
            padding=ft.Padding.symmetric(vertical=20),
            alignment=ft.Alignment.TOP_CENTER,
        ),
    )


def best_line(scene: Scene, coupon: wire.Coupon) -> ft.Control:
    """Return which coupon will be used, by whom it is paid, and until when."""
    look, now = scene.look, scene.shopper.now()
    saves = (
        look.say("home.saves", amount=face(coupon.face_minor, coupon.currency))
        if coupon.face_minor is not None
        else look.say("home.used_for_you")
    )
    until = look.say("coupon.until", when=deadline(coupon.valid_until, now, look.language))
    who = look.say("home.who_until", who=look.say(f"pays.{coupon.funder_kind}"), until=until)
    lines = [
        row([icon("tick", look.color("saving"), 16), grow(text(look, "label_strong", saves, "saving", lines=1))], 6),
        gap(2),
        text(look, "title", look.words(coupon.name), lines=1),
        gap(2),
        row([seal(look, coupon.funder_kind), grow(text(look, "label", who, "muted", lines=1))], 6),
    ]
    shown = card(
        look,
        ft.Container(column(lines), padding=ft.Padding.only(right=20)),
        padding=14,
        on_click=scene.go(f"/coupons/{coupon.coupon_id}"),
    )
    return folded(look, ft.MergeSemantics(content=shown), look.funder(coupon.funder_kind))


def _ring(scene: Scene) -> ft.Control:
    """Return the countdown; each second only this differs from the last drawing."""
    look, shopper = scene.look, scene.shopper
    number = ft.Text(
        _left(scene),
        style=style(look, "figure_m", PAPER["ink"]),
        semantics_label="",
    )
    number.style = ft.TextStyle(
        size=28, height=1.0, weight=ft.FontWeight.W_600, font_family="Youhui Figures", color=PAPER["ink"]
    )
    ring = ft.ProgressRing(
        value=round(shopper.code_part(), 3),
        width=SIZE["ring"],
        height=SIZE["ring"],
        stroke_width=SIZE["ring_stroke"],
        stroke_cap=ft.StrokeCap.ROUND,
        color=PAPER["primary"],
        bgcolor=PAPER["sunken"],
    )
    told = ft.Semantics(live_region=True, label=look.say("home.seconds_said", seconds=_said(scene)))
    scene.counting.append("ring")
    faces = ft.Stack([ring, number], alignment=ft.Alignment.CENTER, width=SIZE["ring"], height=SIZE["ring"])
    words = [_centered(look, "home.until_new", PAPER["ink"]), _centered(look, "home.pays_once", PAPER["muted"])]
    told.content = ft.Column(
        [ft.Semantics(exclude_semantics=True, content=faces), gap(10), *words],
        spacing=0,
        tight=True,
        horizontal_alignment=CENTER,
    )
    return told


def _said(scene: Scene) -> int:
    """Return the seconds last said: those of a new code, then 30, 10 and 0."""
    left = scene.shopper.code_seconds()
    return next((seconds for seconds in reversed(SAID_AT) if left <= seconds), scene.shopper.code_life_seconds())


def _centered(look: Look, key: str, color: str) -> ft.Text:
    kind = style(look, "label", color)
    return ft.Text(look.say(key), style=kind, text_align=ft.TextAlign.CENTER)


def _left(scene: Scene) -> str:
    return str(int(scene.shopper.code_seconds()))


def _digits(scene: Scene, code: str, width: int) -> ft.Control:
    look, shopper = scene.look, scene.shopper
    shown = shopper.digits_shown

    async def turn() -> None:
        shopper.digits_shown = not shopper.digits_shown

    words = ft.Text(
        in_fours(code) if shown else " ".join(["••••"] * 5),
        style=ft.TextStyle(
            size=15 if shown else 16,
            height=1.5,
            weight=ft.FontWeight.W_500,
            font_family="Youhui Figures",
            color=PAPER["ink" if shown else "muted"],
            letter_spacing=0 if shown else 1.5,
        ),
        no_wrap=True,
        semantics_label=in_fours(code) if shown else look.say("home.digits_hidden"),
    )
    light = Look(language=look.language, dark=False)
    button = text_button(light, look.say("home.hide" if shown else "home.show"), scene.do(turn), image="eye")
    parts: list[ft.Control] = [row([grow(named("digits", words)), button], 0)]
    if shown:
        parts.append(text(light, "label", look.say("home.cashier_only"), "warning"))
    return ft.Container(column(parts), width=width)


def _balance(scene: Scene, me: wire.Me) -> ft.Control:
    look = scene.look
    words = joined(
        text(look, "body", look.say("home.balance")), amount(look, "figure_s", me.balance_minor, me.currency)
    )
    line = text(look, "label", look.say("home.top_up_line"), "muted")
    content = row(
        [icon("wallet", look.color("muted")), grow(column([words, line])), icon("chev", look.color("muted"), 18)], 12
    )
    shown = card(
        look, content, padding=ft.Padding.symmetric(vertical=12, horizontal=16), on_click=scene.go("/me/top-up")
    )
    return named("balance", ft.MergeSemantics(content=shown))


def _no_code(scene: Scene) -> ft.Control:
    """Return what stands where the code was: without a network there is none to show."""
    look = scene.look
    shown = column([icon("off", look.color("muted"), 32), gap(8), text(look, "title", look.say("home.no_code"))])
    return card(look, ft.Container(shown, height=220, alignment=ft.Alignment.CENTER))
