"""Coupons by tab, and one coupon with its rules."""

from __future__ import annotations

import flet as ft

from wallet_app import wire
from wallet_app.format import deadline, moment
from wallet_app.frame import pane
from wallet_app.parts.controls import card, column, gap, grow, hairline, named, row, strip, tabs
from wallet_app.parts.coupon_card import coupon_card, end_line, face_text, funder_line, not_now
from wallet_app.parts.marks import folded
from wallet_app.parts.states import empty, loading
from wallet_app.parts.text import text
from wallet_app.scene import DESKTOP, Scene

TABS = ("usable", "soon", "used", "expired")


def coupons(scene: Scene, open_id: str = "") -> ft.Control:
    """Return the list; *open_id* is the one shown beside it."""
    look, shopper = scene.look, scene.shopper
    tab = scene.chosen.get("coupons.tab", "usable")
    if shopper.coupons is None:
        return pane(scene, look.say("coupons.title"), [_tabs(scene, tab), loading(look)])
    now, held = shopper.now(), shopper.coupons_in(tab)
    ready = [one for one in held if not_now(look, one, now) is None]
    later = [one for one in held if not_now(look, one, now) is not None]
    body: list[ft.Control] = [_tabs(scene, tab)]
    if not held:
        body.append(empty(look, look.say(f"coupons.none_{tab}"), look.say(f"coupons.none_{tab}_line")))
    body += [_card(scene, one, open_id) for one in ready]
    if later:
        body.append(ft.Container(text(look, "body_small", look.say("coupons.later", count=len(later)), "muted")))
        body += [_card(scene, one, open_id) for one in later]
    return pane(scene, look.say("coupons.title"), body)


def coupon_detail(scene: Scene, coupon_id: str) -> ft.Control:
    """Return one coupon: face, who pays, where, until when, and every rule."""
    look, coupon = scene.look, scene.shopper.coupon(coupon_id)
    back = "" if scene.width >= DESKTOP else "/coupons"
    if coupon is None:
        body = (
            loading(look, 2) if scene.shopper.coupons is None else text(look, "body", look.say("coupon.gone"), "muted")
        )
        return pane(scene, look.say("coupon.title"), [body], back=back)
    now = scene.shopper.now()
    head: list[ft.Control] = [
        face_text(look, coupon, "ink"),
        text(look, "label", look.words(coupon.threshold), "muted"),
        gap(12),
        text(look, "section", look.words(coupon.name)),
        gap(6),
        funder_line(look, coupon),
        gap(4),
        end_line(look, coupon, now),
    ]
    if wait := not_now(look, coupon, now):
        head += [gap(12), strip(look, "info", wait)]
    top = card(look, column(head), padding=20)
    is_over = coupon.state in {"used", "expired", "revoked"}
    shown = top if is_over else folded(look, top, look.funder(coupon.funder_kind))
    return pane(scene, look.say("coupon.title"), [shown, _rules(scene, coupon)], back=back)


def _rules(scene: Scene, coupon: wire.Coupon) -> ft.Control:
    look, now = scene.look, scene.shopper.now()
    said = [look.words(rule) for rule in coupon.rules]
    facts = [
        (look.say("coupon.where"), look.words(coupon.where)),
        (look.say("coupon.valid"), deadline(coupon.valid_until, now, look.language)),
        (look.say("coupon.received"), moment(coupon.issued_at, now, look.language)),
    ]
    rows: list[ft.Control] = [text(look, "title", look.say("coupon.rules")), gap(8)]
    rows += [ft.Container(text(look, "body_small", one), padding=ft.Padding.only(bottom=6)) for one in said]
    rows += [gap(4), hairline(look), gap(8)]
    for label, words in facts:
        name = ft.Container(text(look, "body_small", label, "muted"), width=88 * look.percent / 100)
        rows.append(ft.Container(row([name, grow(text(look, "body_small", words))]), padding=ft.Padding.only(bottom=4)))
    return card(look, column(rows))


def _card(scene: Scene, coupon: wire.Coupon, open_id: str) -> ft.Control:
    shown = coupon_card(
        scene.look,
        coupon,
        scene.shopper.now(),
        scene.go(f"/coupons/{coupon.coupon_id}"),
        is_on=coupon.coupon_id == open_id and scene.width >= DESKTOP,
    )
    return named(f"coupon-{coupon.coupon_id}", shown)


def _tabs(scene: Scene, tab: str) -> ft.Control:
    look, shopper = scene.look, scene.shopper

    def label(name: str) -> str:
        counted = len(shopper.coupons_in(name)) if name in {"usable", "soon"} else 0
        return f"{look.say(f'coupons.{name}')} {counted}" if counted else look.say(f"coupons.{name}")

    return tabs(look, [(label(name), name == tab, scene.choose("coupons.tab", name)) for name in TABS])
