"""The three marks: fold, seal and tally bar. They always say who pays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import flet as ft
import flet.canvas as cv

from wallet_app import wire
from wallet_app.look import FUNDERS, Look, tokens
from wallet_app.theme import TEXT_FACE

FOLD: Final[int] = tokens()["fold"]["size"]
FLAP_RADIUS: Final[int] = tokens()["fold"]["flap_radius"]
SEAL: Final[int] = tokens()["size"]["seal"]
TALLY: Final[int] = tokens()["size"]["tally_bar"]
#: A part of less than this stays visible: about 4 of 326 pixels.
SMALLEST_PART: Final = 12
WHOLE: Final = 1000


def folded(look: Look, card: ft.Control, color: str) -> ft.Control:
    """Return *card* with its top right corner folded; *color* is the funder's who pays most."""
    return ft.Stack([card, fold(look, color)], fit=ft.StackFit.PASS_THROUGH)


def fold(look: Look, color: str) -> ft.Control:
    """Return the folded corner: a cut in the surface's colour and a flap."""
    size, round_ = FOLD, FLAP_RADIUS
    cut = cv.Path(
        [
            cv.Path.MoveTo(-1, -1),
            cv.Path.LineTo(size + 1, -1),
            cv.Path.LineTo(size + 1, size + 1),
            cv.Path.LineTo(size, size),
            cv.Path.LineTo(0, 0),
            cv.Path.Close(),
        ],
        paint=ft.Paint(color=look.color("surface"), style=ft.PaintingStyle.FILL),
    )
    flap = cv.Path(
        [
            cv.Path.MoveTo(0, 0),
            cv.Path.LineTo(0, size - round_),
            cv.Path.QuadraticTo(0, size, round_, size),
            cv.Path.LineTo(size, size),
            cv.Path.Close(),
        ],
        paint=ft.Paint(color=color, style=ft.PaintingStyle.FILL),
    )
    drawn = ft.Semantics(exclude_semantics=True, content=cv.Canvas([cut, flap], width=size, height=size))
    return ft.Container(drawn, right=0, top=0, width=size, height=size)


def seal(look: Look, kind: str) -> ft.Control:
    """Return the funder's seal; the funder's word follows it, so readers skip it."""
    known = kind if kind in FUNDERS else "platform"
    letter = ft.Text(
        look.say(f"seal.{known}"),
        style=ft.TextStyle(
            size=11, height=1.0, weight=ft.FontWeight.W_700, font_family=TEXT_FACE, color=look.on_funder
        ),
    )
    return chip(look.funder(known), letter)


def chip(color: str, content: ft.Control | None = None) -> ft.Control:
    """Return a seal-sized square: the mark of who pays a part."""
    square = ft.Container(
        content, width=SEAL, height=SEAL, border_radius=5, bgcolor=color, alignment=ft.Alignment.CENTER
    )
    return ft.Semantics(exclude_semantics=True, content=square)


def tally(parts: list[tuple[str, int]]) -> ft.Control:
    """Return a bar of (colour, amount) in true proportion; the rows below say the same in words."""
    shown = [(color, part) for color, part in parts if part > 0]
    total = sum(part for _, part in shown) or 1
    last = len(shown) - 1
    blocks: list[ft.Control] = [
        ft.Container(
            expand=max(SMALLEST_PART, part * WHOLE // total),
            height=TALLY,
            bgcolor=color,
            border_radius=ft.BorderRadius(
                top_left=2 if place else 6,
                bottom_left=2 if place else 6,
                top_right=6 if place == last else 2,
                bottom_right=6 if place == last else 2,
            ),
        )
        for place, (color, part) in enumerate(shown)
    ]
    return ft.Semantics(exclude_semantics=True, content=ft.Row(blocks, spacing=2))


def parts_by_funder(payment: wire.Payment) -> list[tuple[wire.AppliedOffer, wire.FunderPart]]:
    """Return who pays what of each discount, in the bar's order: platform, merchant, brand, bank."""
    found = [(offer, part) for offer in payment.applied for part in offer.funders if part.amount_minor]
    return sorted(found, key=lambda pair: _place(pair[1].kind))


def most(parts: list[tuple[wire.AppliedOffer, wire.FunderPart]]) -> str:
    """Return the kind of funder who pays most; platform when nobody pays."""
    sums = {kind: sum(part.amount_minor for _, part in parts if part.kind == kind) for kind in FUNDERS}
    return max(sums, key=lambda kind: sums[kind])


def in_order(parts: Iterable[wire.FunderPart]) -> list[wire.FunderPart]:
    """Return *parts* in the bar's order."""
    return sorted(parts, key=lambda part: _place(part.kind))


def _place(kind: str) -> int:
    return FUNDERS.index(kind) if kind in FUNDERS else len(FUNDERS)
