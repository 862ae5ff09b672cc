"""What stands where there is nothing yet, no network, or something broke."""

from __future__ import annotations

import flet as ft
import flet.canvas as cv

from wallet_app.look import Look
from wallet_app.parts.controls import CENTER, STRETCH, card, column, gap, primary_button, row, strip
from wallet_app.parts.text import text
from wallet_app.scene import Handler


def empty(look: Look, title: str, line: str, *, button: tuple[str, Handler] | None = None) -> ft.Control:
    """Return a dashed page with a jade fold, what will come here and one way on."""
    words: list[ft.Control] = [
        dashed_page(look),
        gap(16),
        text(look, "section", title),
        gap(6),
        ft.Text(line, style=text(look, "body", line, "muted").style, text_align=ft.TextAlign.CENTER),
    ]
    shown: list[ft.Control] = [gap(56), ft.Column(words, horizontal_alignment=CENTER, spacing=0)]
    if button is not None:
        shown += [gap(28), primary_button(look, *button)]
    return column(shown)


def dashed_page(look: Look) -> ft.Control:
    """Return the drawing of a page that is still to be filled."""
    path = cv.Path
    line = ft.Paint(
        color=look.color("outline"), style=ft.PaintingStyle.STROKE, stroke_width=2, stroke_dash_pattern=[5, 5]
    )
    words = ft.Paint(
        color=look.color("outline_variant"),
        style=ft.PaintingStyle.STROKE,
        stroke_width=6,
        stroke_cap=ft.StrokeCap.ROUND,
    )
    flap = ft.Paint(color=look.color("saving"), style=ft.PaintingStyle.FILL)
    shapes: list[cv.Shape] = [
        path(
            [
                path.MoveTo(92, 8),
                path.LineTo(26, 8),
                path.QuadraticTo(14, 8, 14, 20),
                path.LineTo(14, 84),
                path.QuadraticTo(14, 96, 26, 96),
                path.LineTo(106, 96),
                path.QuadraticTo(118, 96, 118, 84),
                path.LineTo(118, 34),
            ],
            paint=line,
        ),
        path(
            [
                path.MoveTo(92, 8),
                path.LineTo(92, 24),
                path.QuadraticTo(92, 34, 102, 34),
                path.LineTo(118, 34),
                path.Close(),
            ],
            paint=flap,
        ),
        cv.Line(34, 52, 74, 52, paint=words),
        cv.Line(34, 68, 58, 68, paint=words),
    ]
    return ft.Semantics(exclude_semantics=True, content=cv.Canvas(shapes, width=132, height=104))


def loading(look: Look, cards: int = 3) -> ft.Control:
    """Return sunken blocks in the shape of cards."""
    return column([card(look, _block_row(look)) for _ in range(cards)], 12)


def offline(look: Look) -> ft.Control:
    """Return the strip that says there is no network."""
    return ft.Semantics(live_region=True, content=strip(look, "off", look.say("offline"), tone="warning_container"))


def broken(look: Look, on_click: Handler) -> ft.Control:
    """Return what a screen shows that could not be drawn."""
    return empty(look, look.say("broken.title"), look.say("broken.line"), button=(look.say("broken.again"), on_click))


def _block_row(look: Look) -> ft.Control:
    bars = ft.Column(
        [_block(look, 180, 14), _block(look, 110, 12)], spacing=10, tight=True, horizontal_alignment=STRETCH
    )
    bars.horizontal_alignment = ft.CrossAxisAlignment.START
    return row([_block(look, 64, 44), bars], 14)


def _block(look: Look, width: int, height: int) -> ft.Control:
    return ft.Container(width=width, height=height, border_radius=min(10, height // 2), bgcolor=look.color("sunken"))
