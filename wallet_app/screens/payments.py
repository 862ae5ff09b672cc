"""Payments by day, with what this month saved."""

from __future__ import annotations

from itertools import groupby
from typing import Final

import flet as ft

from wallet_app import wire
from wallet_app.format import clock, group_head, money, spoken
from wallet_app.frame import pane
from wallet_app.parts.controls import column, grow, named, outlined_button, row
from wallet_app.parts.icons import icon
from wallet_app.parts.states import empty, loading
from wallet_app.parts.text import amount, text
from wallet_app.scene import DESKTOP, Scene

ICON_BY_CATEGORY: Final = {"food": "bowl", "drinks": "cup", "cinema": "film", "restaurant": "bowl", "cafe": "cup"}


def payments(scene: Scene, open_id: str = "") -> ft.Control:
    """Return the list; *open_id* is the one shown beside it."""
    look, shopper = scene.look, scene.shopper
    title = look.say("payments.title")
    if shopper.payments is None:
        return pane(scene, title, [loading(look, 4)])
    if not shopper.payments:
        none = empty(
            look,
            look.say("payments.none"),
            look.say("payments.none_line"),
            button=(look.say("payments.none_go"), scene.go("/")),
        )
        return pane(scene, title, [none])
    now = shopper.now()
    body: list[ft.Control] = []
    for place, (head, found) in enumerate(
        groupby(shopper.payments, key=lambda one: group_head(one.at, now, look.language))
    ):
        rows = [_payment(scene, one, is_on=one.payment_id == open_id and scene.width >= DESKTOP) for one in found]
        body.append(column([_head(scene, head, is_first=place == 0), *rows]))
    if shopper.more_payments:
        body.append(outlined_button(look, look.say("payments.more"), scene.do(shopper.load_more_payments)))
    return pane(scene, title, body)


def _head(scene: Scene, head: str, *, is_first: bool) -> ft.Control:
    look, me = scene.look, scene.shopper.me
    words: list[ft.Control] = [grow(text(look, "label_strong", head, "muted"))]
    if is_first and me is not None and me.saved_this_month_minor:
        saved = money(me.saved_this_month_minor, me.currency)
        said = look.say("payments.saved", amount=spoken(me.saved_this_month_minor, me.currency, look.language))
        words.append(text(look, "label", look.say("payments.saved", amount=saved), "muted", label=said))
    return ft.Container(row(words), padding=ft.Padding.only(top=6, bottom=4, left=14, right=14))


def _payment(scene: Scene, payment: wire.PaymentSummary, *, is_on: bool) -> ft.Control:
    look = scene.look
    ink = "on_primary_container" if is_on else "ink"
    quiet = "on_primary_container" if is_on else "muted"
    tile = ft.Container(
        icon(ICON_BY_CATEGORY.get(payment.category, "bag"), look.color("ink")),
        width=44,
        height=44,
        border_radius=12,
        bgcolor=look.color("card" if is_on else "sunken"),
        alignment=ft.Alignment.CENTER,
    )
    state = _state(scene, payment)
    when = f"{clock(payment.at)} · {state}" if state else clock(payment.at)
    left = column(
        [text(look, "title", look.words(payment.merchant_name), ink, lines=1), text(look, "label", when, quiet)]
    )
    saved = money(payment.discount_minor, payment.currency)
    below = (
        text(
            look,
            "label",
            look.say("payments.row_saved", amount=saved),
            "on_primary_container" if is_on else "saving",
            label=look.say(
                "payments.row_saved", amount=spoken(payment.discount_minor, payment.currency, look.language)
            ),
        )
        if payment.discount_minor
        else text(look, "label", look.say("payments.no_offer"), quiet)
    )
    right = ft.Column(
        [amount(look, "figure_s", payment.paid_minor, payment.currency, ink), below],
        spacing=0,
        tight=True,
        horizontal_alignment=ft.CrossAxisAlignment.END,
    )
    shown = ft.Container(
        row([tile, grow(left), right], 12),
        padding=ft.Padding.symmetric(vertical=12, horizontal=14),
        border_radius=14,
        bgcolor=look.color("primary_container") if is_on else None,
        on_click=scene.go(f"/payments/{payment.payment_id}"),
        ink=True,
    )
    return named(f"payment-{payment.payment_id}", ft.MergeSemantics(content=shown))


def _state(scene: Scene, payment: wire.PaymentSummary) -> str:
    look = scene.look
    if payment.refunded_minor:
        whole = payment.refunded_minor >= payment.paid_minor
        return look.say("payments.refunded" if whole else "payments.part_refunded")
    return "" if payment.state == "committed" else look.say(f"payments.{payment.state}")
