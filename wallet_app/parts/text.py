"""Text in the steps of the type scale, and amounts in the figure face."""

from __future__ import annotations

from typing import Final

import flet as ft

from wallet_app.format import money, spoken
from wallet_app.look import Look
from wallet_app.theme import FIGURES_FACE, TEXT_FACE

_WEIGHT: Final = {
    400: ft.FontWeight.W_400,
    500: ft.FontWeight.W_500,
    600: ft.FontWeight.W_600,
    700: ft.FontWeight.W_700,
}
#: The sign before an amount, beside large figures.
SIGN_PART: Final = 0.6
SIGN_FROM_SIZE: Final = 34
#: From here on letters are Chinese: the figure face has none.
WIDE: Final = 0x2E80


def style(look: Look, step: str, color: str, *, bold: bool = False) -> ft.TextStyle:
    """Return the style of a step of the scale in a colour (token or #RRGGBB)."""
    kind = look.type(step)
    return ft.TextStyle(
        size=kind.size,
        height=kind.line / kind.size,
        weight=_WEIGHT[700 if bold and kind.family == "text" else kind.weight],
        font_family=TEXT_FACE if kind.family == "text" else FIGURES_FACE,
        color=color if color.startswith("#") else look.color(color),
    )


def text(  # noqa: PLR0913 - a text has these parts
    look: Look,
    step: str,
    value: str,
    color: str = "ink",
    *,
    bold: bool = False,
    lines: int | None = None,
    label: str | None = None,
) -> ft.Text:
    """Return a text; with *lines* what is more is cut by an ellipsis; *label* is what readers say instead."""
    return ft.Text(
        value,
        style=style(look, step, color, bold=bold),
        max_lines=lines,
        overflow=ft.TextOverflow.ELLIPSIS if lines else ft.TextOverflow.CLIP,
        semantics_label=label,
    )


def amount(look: Look, step: str, amount_minor: int, currency: str, color: str = "ink") -> ft.Text:
    """Return an amount of money: never wrapped, said in words, its sign smaller beside large figures."""
    shown, said = money(amount_minor, currency), spoken(amount_minor, currency, look.language)
    if look.type(step).family == "figures" and look.type(step).size / look.percent * 100 >= SIGN_FROM_SIZE:
        return figure(look, step, shown, color, label=said)
    return ft.Text(shown, style=style(look, step, color), no_wrap=True, semantics_label=said)


def figure(look: Look, step: str, shown: str, color: str = "ink", *, label: str | None = None) -> ft.Text:
    """Return large figures with what stands before and after the digits at 60 % of their size."""
    kind = look.type(step)
    if kind.size * 100 / look.percent < SIGN_FROM_SIZE and not any(ord(letter) > WIDE for letter in shown):
        return ft.Text(shown, style=style(look, step, color), no_wrap=True, semantics_label=label or shown)
    digits = [place for place, letter in enumerate(shown) if letter.isdigit()]
    first, last = (digits[0], digits[-1] + 1) if digits else (0, 0)
    spans = [
        _part(look, step, shown[:first], color, small=True),
        _part(look, step, shown[first:last], color, small=False),
        _part(look, step, shown[last:], color, small=True),
    ]
    return ft.Text(spans=[span for span in spans if span.text], no_wrap=True, semantics_label=label or shown)


def joined(*texts: ft.Text) -> ft.Text:
    """Return texts on one base line, in one run: a row would leave the smaller one hanging."""
    spans: list[ft.TextSpan] = []
    for one in texts:
        spans += [ft.TextSpan(" ")] if spans else []
        style_ = one.style if isinstance(one.style, ft.TextStyle) else None
        spans += one.spans or [ft.TextSpan(one.value, style=style_)]
    said = " ".join(one.semantics_label or one.value or "" for one in texts)
    return ft.Text(spans=spans, no_wrap=True, semantics_label=said)


def _part(look: Look, step: str, shown: str, color: str, *, small: bool) -> ft.TextSpan:
    kind = style(look, step, color)
    if small:
        kind.size = (kind.size or 0) * SIGN_PART
        if any(ord(letter) > WIDE for letter in shown):
            kind.font_family, kind.weight = TEXT_FACE, ft.FontWeight.W_700
    return ft.TextSpan(shown, style=kind)
