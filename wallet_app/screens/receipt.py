"""A receipt, and the result that arrives by itself."""

from __future__ import annotations

import flet as ft

from wallet_app import wire
from wallet_app.format import money, receipt_time
from wallet_app.frame import pane
from wallet_app.look import Look
from wallet_app.parts.controls import (
    card,
    column,
    foot_row,
    gap,
    grow,
    hairline,
    icon_button,
    named,
    outlined_button,
    primary_button,
    row,
)
from wallet_app.parts.icons import icon
from wallet_app.parts.receipt import (
    bar,
    discount_rows,
    fold_for,
    line_rows,
    paid_row,
    plain_row,
    refund_card,
    reward_cards,
)
from wallet_app.parts.states import empty, loading
from wallet_app.parts.text import amount, joined, text
from wallet_app.scene import DESKTOP, Scene


def receipt(scene: Scene, payment_id: str) -> ft.Control:
    """Return a payment with every line, discount and refund."""
    look, payment = scene.look, scene.shopper.payment_by_id.get(payment_id)
    back = "" if scene.width >= DESKTOP else "/payments"
    title = look.say("receipt.title")
    if payment is None:
        return pane(scene, title, [loading(look, 2)], back=back)
    now = scene.shopper.now()
    when = text(look, "label", receipt_time(payment.committed_at or payment.decided_at, look.language), "muted")
    price = amount(look, "figure_l", payment.paid_minor, payment.currency)
    top = column(
        [
            text(look, "body_small", place(look, payment), "muted"),
            foot_row([grow(price), ft.Container(when, padding=ft.Padding.only(bottom=7))])
            if not look.is_large
            else column([price, when]),
        ]
    )
    refunds: list[ft.Control] = [refund_card(look, payment, one, now) for one in payment.refunds]
    return named(
        "receipt", pane(scene, title, [top, _bill(look, payment), *refunds, *reward_cards(look, payment)], back=back)
    )


def result(scene: Scene, payment_id: str) -> ft.Control:
    """Return what just happened: paid, saved and by whom, and what it brought."""
    look, payment = scene.look, scene.shopper.payment_by_id.get(payment_id)
    if payment is None:
        return pane(scene, look.say("receipt.title"), [loading(look, 2)], back="/")
    now = scene.shopper.now()
    refunds: list[ft.Control] = [refund_card(look, payment, one, now) for one in payment.refunds]
    body = [_paid_head(scene), _paid(look, payment), _saved(look, payment), *refunds, *reward_cards(look, payment)]
    buttons = ft.Row(
        [
            grow(outlined_button(look, look.say("result.receipt"), scene.go(f"/payments/{payment_id}"))),
            grow(primary_button(look, look.say("result.done"), scene.go("/"))),
        ],
        spacing=12,
    )
    is_wide = scene.width >= DESKTOP
    inside = ft.Column(
        [gap(0), *body, *([gap(4), buttons] if is_wide else [])],
        spacing=12,
        scroll=ft.ScrollMode.AUTO,
        expand=True,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
    parts: list[ft.Control] = [ft.Container(inside, padding=ft.Padding.symmetric(horizontal=16), expand=True)]
    if not is_wide:
        parts.append(ft.Container(buttons, padding=ft.Padding.only(left=16, right=16, top=12, bottom=20)))
    shown = ft.Column(parts, spacing=0, expand=True)
    return named("result", ft.Semantics(live_region=True, content=shown))


def _paid_head(scene: Scene) -> ft.Control:
    look = scene.look
    tick = ft.Container(
        icon("tick", look.color("on_saving"), 18),
        width=28,
        height=28,
        border_radius=14,
        bgcolor=look.color("saving"),
        alignment=ft.Alignment.CENTER,
    )
    words = grow(text(look, "section", look.say("result.paid")))
    return row([tick, words, icon_button(look, "x", look.say("close"), scene.go("/"))], 10)


def _paid(look: Look, payment: wire.Payment) -> ft.Control:
    left = payment.balance_after_minor
    after = look.say("result.left", amount=money(left, payment.currency)) if left is not None else ""
    return column(
        [
            text(look, "body", place(look, payment), "muted"),
            gap(4),
            amount(look, "hero", payment.paid_minor, payment.currency),
            gap(4),
            text(look, "body_small", look.say("result.from_balance", left=after), "muted"),
            gap(12),
        ]
    )


def waiting(scene: Scene) -> ft.Control:
    """Return what stands beside the pay code on a wide screen until a result comes."""
    return pane(scene, "", [empty(scene.look, scene.look.say("result.none"), scene.look.say("result.none_line"))])


def place(look: Look, payment: wire.Payment) -> str:
    """Return shop and merchant."""
    name = look.words(payment.merchant_name)
    return f"{name} · {look.words(payment.shop_name)}" if payment.shop_name else name


def _saved(look: Look, payment: wire.Payment) -> ft.Control:
    if not payment.discount_minor:
        return card(look, column([paid_row(look, payment, with_chip=True)]))
    price = look.say("result.price", amount=money(payment.list_minor, payment.currency))
    saved = amount(look, "figure_l", payment.discount_minor, payment.currency, "saving")
    said = ft.Container(text(look, "label", price, "muted"), padding=ft.Padding.only(right=16, bottom=7))
    if look.is_large:
        head: ft.Control = column([joined(text(look, "title", look.say("result.saved")), saved), said])
    else:
        head = foot_row([grow(joined(text(look, "title", look.say("result.saved")), saved)), said])
    parts = [head, gap(12), bar(look, payment), gap(8), *discount_rows(look, payment)]
    shown = card(look, column([*parts, gap(4), hairline(look), gap(4), paid_row(look, payment, with_chip=True)]))
    return fold_for(look, payment, shown)


def _bill(look: Look, payment: wire.Payment) -> ft.Control:
    listed = amount(look, "figure_s", payment.list_minor, payment.currency, "muted")
    rows = [*line_rows(look, payment), gap(6), hairline(look), gap(6)]
    rows += [
        plain_row(look, look.say("receipt.list"), listed),
        *discount_rows(look, payment),
        gap(8),
        bar(look, payment),
    ]
    rows += [gap(4), paid_row(look, payment, with_chip=False)]
    padding = ft.Padding.only(left=16, right=16, bottom=10, top=24 if payment.discount_minor else 12)
    return fold_for(look, payment, card(look, column(rows), padding=padding))
