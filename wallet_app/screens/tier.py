"""Tier and points: how far the next level is, what expires when, the last movements."""

from __future__ import annotations

from datetime import datetime

import flet as ft

from wallet_app import wire
from wallet_app.format import count, date, deadline, moment, signed
from wallet_app.frame import pane
from wallet_app.parts.controls import card, column, gap, grow, hairline, row
from wallet_app.parts.marks import tally
from wallet_app.parts.states import loading
from wallet_app.parts.text import figure, text
from wallet_app.scene import DESKTOP, Scene

#: The bar of lots by expiry: first the one that ends first.
LOT_COLORS = ("warning", "primary", "outline")


def tier(scene: Scene) -> ft.Control:
    """Return level, points and history."""
    look, loyalty = scene.look, scene.shopper.loyalty
    back = "" if scene.width >= DESKTOP else "/me"
    if loyalty is None:
        return pane(scene, look.say("tier.title"), [loading(look)], back=back)
    body = [_level(scene, loyalty.tier), _points(scene, loyalty)]
    if loyalty.entries:
        body += [ft.Container(text(look, "section", look.say("tier.history")), padding=ft.Padding.only(top=10))]
        body += [_history(scene, loyalty.entries)]
    return pane(scene, look.say("tier.title"), body, back=back)


def _level(scene: Scene, level: wire.Tier) -> ft.Control:
    look = scene.look
    parts: list[ft.Control] = [
        text(look, "label", look.say("tier.now"), "muted"),
        text(look, "screen_title", look.words(level.name)),
        gap(12),
    ]
    goal = level.next_at_points
    part = min(1.0, level.points_12_months / goal) if goal else 1.0
    said = look.say("tier.progress", points=count(level.points_12_months))
    parts.append(
        ft.ProgressBar(
            value=part,
            bar_height=10,
            border_radius=5,
            color=look.color("primary"),
            bgcolor=look.color("sunken"),
            semantics_label=said,
        )
    )
    parts += [gap(12)]
    if goal and level.next_name is not None:
        missing = look.say(
            "tier.missing", points=count(max(0, goal - level.points_12_months)), name=look.words(level.next_name)
        )
        parts.append(text(look, "body", missing))
    else:
        parts.append(text(look, "body", look.say("tier.top")))
    parts.append(text(look, "label", said, "muted"))
    return card(look, column(parts))


def _points(scene: Scene, loyalty: wire.Loyalty) -> ft.Control:
    look, now = scene.look, scene.shopper.now()
    head = row([grow(text(look, "title", look.say("me.points"))), figure(look, "figure_l", count(loyalty.points))])
    lots = sorted(loyalty.lots, key=lambda lot: lot.expires_at)
    if not lots:
        return card(look, column([head, text(look, "body_small", look.say("tier.no_points"), "muted")]))
    shown = _grouped(lots)
    bar = tally([(look.color(color), points) for color, points, _ in shown])
    rows: list[ft.Control] = []
    for place, (color, points, until) in enumerate(shown):
        when = deadline(until, now, look.language) if place == 0 else date(until, look.language)
        words = look.say("tier.expires", when=when) if place == 0 else when
        if place == len(shown) - 1 and len(lots) > len(shown):
            words = look.say("tier.later", when=when)
        dot = ft.Container(width=10, height=10, border_radius=3, bgcolor=look.color(color))
        line = text(look, "body_small", words, "warning" if place == 0 else "muted", bold=place == 0)
        rows.append(
            ft.Container(
                row([ft.Container(dot, padding=4), grow(line), figure(look, "figure_s", count(points))]),
                padding=ft.Padding.symmetric(vertical=5),
            )
        )
    return card(look, column([head, gap(8), bar, gap(8), *rows]))


def _grouped(lots: list[wire.PointsLot]) -> list[tuple[str, int, datetime]]:
    """Return (colour, points, end) of at most three lots; what comes after the second is one."""
    first = [(color, lot.points, lot.expires_at) for color, lot in zip(LOT_COLORS, lots[:2], strict=False)]
    rest = lots[2:]
    return [*first, (LOT_COLORS[2], sum(lot.points for lot in rest), rest[0].expires_at)] if rest else list(first)


def _history(scene: Scene, entries: tuple[wire.PointsEntry, ...]) -> ft.Control:
    look, now = scene.look, scene.shopper.now()
    rows: list[ft.Control] = []
    for place, entry in enumerate(entries):
        if place:
            rows.append(hairline(look))
        when = text(look, "label", moment(entry.at, now, look.language), "muted")
        words = column([text(look, "body", look.words(entry.reason), lines=2), when])
        line = [grow(words), figure(look, "figure_s", signed(entry.points))]
        rows.append(ft.MergeSemantics(content=ft.Container(row(line), padding=ft.Padding.symmetric(vertical=10))))
    return card(look, column(rows), padding=ft.Padding.symmetric(vertical=4, horizontal=16))
