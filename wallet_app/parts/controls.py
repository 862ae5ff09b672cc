"""Cards, rows and things to tap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import flet as ft

from wallet_app.look import Look, tokens
from wallet_app.parts.icons import icon
from wallet_app.parts.text import style, text
from wallet_app.scene import Handler

RADIUS: Final[dict[str, int]] = tokens()["radius"]
SIZE: Final[dict[str, Any]] = tokens()["size"]
STRETCH: Final = ft.CrossAxisAlignment.STRETCH
CENTER: Final = ft.CrossAxisAlignment.CENTER


def card(
    look: Look,
    content: ft.Control,
    *,
    color: str = "card",
    padding: ft.PaddingValue = 16,
    on_click: Handler | None = None,
    radius: int = RADIUS["card"],
) -> ft.Container:
    """Return a card: no border, no shadow; depth is tone."""
    return ft.Container(
        content,
        bgcolor=look.color(color),
        border_radius=radius,
        padding=padding,
        on_click=on_click,
        ink=on_click is not None,
    )


def column(controls: Sequence[ft.Control], spacing: float = 0, *, stretch: bool = True) -> ft.Column:
    """Return controls below each other."""
    return ft.Column(
        list(controls),
        spacing=spacing,
        tight=True,
        horizontal_alignment=STRETCH if stretch else ft.CrossAxisAlignment.START,
    )


def row(controls: Sequence[ft.Control], spacing: float = 8) -> ft.Row:
    """Return controls beside each other, centred."""
    return ft.Row(list(controls), spacing=spacing, vertical_alignment=CENTER)


def foot_row(controls: Sequence[ft.Control], spacing: float = 8) -> ft.Row:
    """Return controls beside each other, standing on one foot."""
    return ft.Row(list(controls), spacing=spacing, vertical_alignment=ft.CrossAxisAlignment.END)


def grow(control: ft.Control) -> ft.Control:
    """Return *control* taking what room is left in its row."""
    control.expand = True
    return control


def gap(height: float) -> ft.Control:
    """Return empty room."""
    return ft.Container(height=height)


def hairline(look: Look) -> ft.Control:
    """Return a line that carries no meaning."""
    return ft.Container(height=1, bgcolor=look.color("outline_variant"))


def named(name: str, control: ft.Control) -> ft.Semantics:
    """Return *control* with an identifier that tests and readers' scripts find it by."""
    return ft.Semantics(identifier=name, content=control, container=True)


def primary_button(look: Look, label: str, on_click: Handler) -> ft.Control:
    """Return the one filled button of a screen."""
    return ft.FilledButton(
        text(look, "title", label, "on_primary"),
        height=SIZE["button_height"],
        style=_button(),
        on_click=on_click,
    )


def outlined_button(look: Look, label: str, on_click: Handler) -> ft.Control:
    """Return a second button."""
    shape = _button()
    shape.side = ft.BorderSide(1, look.color("outline"))
    return ft.OutlinedButton(
        text(look, "title", label, "primary"), height=SIZE["button_height"], style=shape, on_click=on_click
    )


def text_button(look: Look, label: str, on_click: Handler, *, image: str = "") -> ft.Control:
    """Return a quiet button."""
    words = text(look, "body_small", label, "primary", bold=True)
    content = row([icon(image, look.color("primary"), 18), words], 6) if image else words
    if isinstance(content, ft.Row):
        content.tight = True
    return ft.TextButton(
        content,
        height=48,
        style=ft.ButtonStyle(
            shape=ft.RoundedRectangleBorder(radius=RADIUS["button"]), padding=ft.Padding.symmetric(horizontal=12)
        ),
        on_click=on_click,
    )


def icon_button(look: Look, image: str, label: str, on_click: Handler) -> ft.Control:
    """Return a button that is only an icon, with a name."""
    return ft.Semantics(
        button=True,
        label=label,
        content=ft.Container(
            icon(image, look.color("ink")),
            width=48,
            height=48,
            alignment=ft.Alignment.CENTER,
            border_radius=24,
            ink=True,
            on_click=on_click,
        ),
    )


def pill(look: Look, label: str, on_click: Handler, *, is_on: bool) -> ft.Control:
    """Return a filter or choice: the chosen one is ink on the surface."""
    words = text(look, "label", label, "surface" if is_on else "ink", bold=is_on)
    return ft.Semantics(
        button=True,
        selected=is_on,
        content=ft.Container(
            words,
            padding=ft.Padding.symmetric(vertical=9, horizontal=14),
            border_radius=RADIUS["chip"],
            bgcolor=look.color("ink" if is_on else "sunken"),
            on_click=on_click,
            ink=True,
        ),
    )


def tabs(look: Look, options: Sequence[tuple[str, bool, Handler]]) -> ft.Control:
    """Return tabs of (label, is open, what opening does) over a hairline; they scroll when text is large."""
    found: list[ft.Control] = []
    for label, is_on, on_click in options:
        words = text(look, "body", label, "ink" if is_on else "muted", bold=is_on)
        line = ft.BorderSide(3, look.color("primary")) if is_on else ft.BorderSide(3, ft.Colors.TRANSPARENT)
        box = ft.Container(
            words,
            padding=ft.Padding.only(left=8, right=8, top=12, bottom=9),
            border=ft.Border(bottom=line),
            on_click=on_click,
            ink=True,
        )
        found.append(ft.Semantics(button=True, selected=is_on, content=box))
    return column([ft.Row(found, spacing=8, scroll=ft.ScrollMode.HIDDEN), hairline(look)])


def choices(look: Look, options: Sequence[tuple[str, bool, Handler]]) -> ft.Row:
    """Return pills of (label, is chosen, what choosing does); they wrap when text is large."""
    pills = [pill(look, label, on_click, is_on=is_on) for label, is_on, on_click in options]
    return ft.Row(pills, spacing=8, run_spacing=8, wrap=True)


def strip(look: Look, image: str, message: str, *, tone: str = "sunken") -> ft.Control:
    """Return a quiet strip with one thing to know; *tone* is ``sunken``, ``warning_container`` or the like."""
    color = look.color("ink" if tone == "sunken" else f"on_{tone}")
    return ft.Container(
        row([icon(image, color, 18), grow(text(look, "body_small", message, color))], 10),
        bgcolor=look.color(tone),
        border_radius=RADIUS["chip"],
        padding=ft.Padding.symmetric(vertical=10, horizontal=12),
    )


def field(look: Look, label: str, **given: Any) -> ft.TextField:
    """Return a text field of the wallet's shape."""
    return ft.TextField(
        label=label,
        label_style=style(look, "body", "muted"),
        text_style=style(look, "body", "ink"),
        bgcolor=look.color("card"),
        filled=True,
        fill_color=look.color("card"),
        border=ft.OutlineInputBorder(border_radius=RADIUS["field"]),
        content_padding=ft.Padding.symmetric(vertical=18, horizontal=16),
        error_style=style(look, "label", "danger"),
        error_max_lines=3,
        helper_style=style(look, "label", "muted"),
        helper_max_lines=3,
        **given,
    )


def _button() -> ft.ButtonStyle:
    return ft.ButtonStyle(
        elevation=0,
        shape=ft.RoundedRectangleBorder(radius=RADIUS["button"]),
        padding=ft.Padding.symmetric(horizontal=16),
    )
