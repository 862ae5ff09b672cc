"""A coupon: face over threshold, a hairline, then name, who pays where, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import flet as ft

from wallet_app import wire
from wallet_app.format import deadline, face, moment
from wallet_app.look import Look
from wallet_app.parts.controls import card, column, gap, grow, row, strip
from wallet_app.parts.icons import icon
from wallet_app.parts.marks import folded, seal
from wallet_app.parts.text import figure, text
from wallet_app.scene import Handler

FACE_WIDTH: Final = 84
#: An end this near is said in the warning colour.
NEAR: Final = timedelta(hours=24)
OVER: Final = frozenset({"used", "expired", "revoked"})


def coupon_card(
    look: Look, coupon: wire.Coupon, now: datetime, on_click: Handler, *, is_on: bool = False
) -> ft.Control:
    """Return the card of *coupon*; *is_on*: it is the one shown beside."""
    off = not_now(look, coupon, now)
    head = _head(look, coupon, now, muted=off is not None or coupon.state in OVER)
    content = column([head, gap(12), strip(look, "info", off)]) if off else head
    shown = card(
        look,
        content,
        color="primary_container" if is_on else "card",
        padding=ft.Padding.symmetric(vertical=14, horizontal=16),
        on_click=on_click,
    )
    merged = ft.MergeSemantics(content=shown)
    return merged if coupon.state in OVER else folded(look, merged, look.funder(coupon.funder_kind))


def not_now(look: Look, coupon: wire.Coupon, now: datetime) -> str | None:
    """Return the one thing to do or wait for, None when it can be used now or never again."""
    if coupon.state == "soon":
        return look.say("coupon.from", when=moment(coupon.valid_from, now, look.language))
    if coupon.state == "locked":
        return look.say("coupon.locked")
    if coupon.state == "usable" and coupon.why_not is not None:
        return look.words(coupon.why_not)
    return None


def face_text(look: Look, coupon: wire.Coupon, color: str) -> ft.Text:
    """Return the face: an amount, or its words."""
    shown = face(coupon.face_minor, coupon.currency) if coupon.face_minor is not None else look.words(coupon.face)
    if any(letter.isdigit() for letter in shown) and len(shown) <= 8:
        return figure(look, "figure_l" if len(shown) <= 5 else "figure_m", shown, color)
    return text(look, "title", shown, color, lines=2)


def funder_line(look: Look, coupon: wire.Coupon) -> ft.Control:
    """Return the seal, who pays, and where it can be used."""
    who = look.say(f"pays.{coupon.funder_kind}") if coupon.funder_kind != "brand" else _name_pays(look, coupon)
    words = text(look, "label", f"{who} · {look.words(coupon.where)}", "muted", lines=2 if look.is_large else 1)
    return row([seal(look, coupon.funder_kind), grow(words)], 6)


def end_line(look: Look, coupon: wire.Coupon, now: datetime) -> ft.Control:
    """Return the clock and the last usable minute, or when it was used or ended."""
    if coupon.state == "used" and coupon.used_at is not None:
        return _clock(look, look.say("coupon.used", when=moment(coupon.used_at, now, look.language)), "muted")
    if coupon.state in OVER:
        return _clock(look, look.say("coupon.ended", when=deadline(coupon.valid_until, now, look.language)), "muted")
    near = coupon.valid_until - now <= NEAR
    when = deadline(coupon.valid_until, now, look.language)
    words = look.say("coupon.until", when=when) if near else when
    return _clock(look, words, "warning" if near else "muted", bold=near)


def _head(look: Look, coupon: wire.Coupon, now: datetime, *, muted: bool) -> ft.Control:
    left = column(
        [
            face_text(look, coupon, "muted" if muted else "ink"),
            text(look, "label", look.words(coupon.threshold), "muted", lines=2),
        ],
        stretch=False,
    )
    name = ft.Container(text(look, "title", look.words(coupon.name), lines=1), padding=ft.Padding.only(right=14))
    right = column([name, gap(2), funder_line(look, coupon), gap(4), end_line(look, coupon, now)])
    if look.is_large:
        return column([left, gap(8), right])
    line = ft.Container(width=1, bgcolor=look.color("outline_variant"))
    left_box = ft.Container(left, width=FACE_WIDTH, alignment=ft.Alignment.CENTER_LEFT)
    return ft.Row(
        [left_box, line, grow(right)],
        spacing=14,
        intrinsic_height=True,
        vertical_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _clock(look: Look, words: str, color: str, *, bold: bool = False) -> ft.Control:
    return row([icon("clock", look.color(color), 16), grow(text(look, "label", words, color, bold=bold))], 6)


def _name_pays(look: Look, coupon: wire.Coupon) -> str:
    return look.say("pays.name", name=look.words(coupon.funder_name))
